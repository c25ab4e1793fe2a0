"""Extensions of Zed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._judge import Verdict
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.formats import toml
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import object_or_empty, text_or_empty

_STORE: Final = "zed"


class Zed(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "zed"
    sought: ClassVar[str] = "extensions of Zed"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for folder in machine.find(_tables.places("zed", platform=machine.platform)):
            for extension in machine.entries(folder):
                yield from _extension(machine, extension.child("extension.toml"))


def _extension(machine: Machine, spot: Spot) -> Iterator[Sighting]:
    data = machine.read(spot)
    value = machine.parsed(spot, lambda: toml.parse(data, spot.told, machine.limits).value) if data else None
    about = object_or_empty(value)
    id_ = machine.text(about.get("id"))
    declared: list[Json] = [what for what in _tables.words("zed_contributes") if about.get(what)]
    title = machine.text(about.get("name")) or id_
    description = text_or_empty(about.get("description"))[: machine.limits.evidence_chars]
    verdict = _judge.surest(
        (Verdict(_judge.DECLARED, "tools") if declared else None, _judge.by_words(title, description))
    )
    if verdict is None or not id_:
        return
    content: dict[str, Json] = {
        "store": _STORE,
        "id": id_,
        "title": title,
        "version": machine.text(about.get("version")),
        "permissions": declared,
        "role": verdict.role,
    }
    yield Sighting(ItemKind.EXTENSION, f"{_STORE}:{id_}", content, confidence=verdict.confidence, path=spot.told)
