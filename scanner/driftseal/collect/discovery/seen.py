"""A sighting in its place, as the search hands it on."""

from __future__ import annotations

from dataclasses import dataclass

from driftseal.model.item import Evidence, ItemKind, Json


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting with its place."""

    kind: ItemKind
    name: str
    content: tuple[tuple[str, Json], ...]
    place: Evidence
