"""Models in the stores of a machine as items. Names of stores that are digests are told; no weights are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from driftseal.canonical import show
from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass

SURE: Final = 0.95
HUB: Final = "huggingface"


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of a model."""

    name: str
    digest: str = ""
    """``sha256:…`` where the store calls it so; nobody has hashed it."""
    size: int = 0

    def __str__(self) -> str:
        name = show(self.name)
        return f"{name}={self.digest}" if self.digest and name else name or self.digest


def sighting(
    machine: Machine,
    spot: Spot,
    model: tuple[str, str],
    files: Iterable[Stored],
    *,
    revision: str = "",
    kind: ItemKind = ItemKind.MODEL,
) -> Sighting:
    """A model, or a dataset, by its provider and id, with the files that lie here."""
    provider, id_ = model
    stored = sorted(set(files), key=str)
    told: list[Json] = [str(one)[: machine.limits.evidence_chars] for one in stored]
    most = machine.limits.file_facts
    further: list[Json] = [f"… {len(told) - most} further"] if len(told) > most else []
    content: dict[str, Json] = {
        "provider": provider,
        "id": id_,
        "revision": revision,
        "size": sum(one.size for one in stored),
        "files": [*told[:most], *further],
    }
    return Sighting(kind, f"{provider}:{id_}", content, confidence=SURE, path=spot.told)
