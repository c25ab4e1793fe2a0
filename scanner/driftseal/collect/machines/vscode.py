"""Extensions of VS Code and the editors that are made from it: Insiders, VSCodium, Cursor, Windsurf and more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._judge import Verdict
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty, texts_among

_ID: Final = re.compile(r"[A-Za-z0-9][\w-]{0,99}\.[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_REMOVED: Final = ".obsolete"
_TEXT: Final = re.compile(r"%([\w.-]{1,200})%", re.ASCII)


class VsCode(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "vscode"
    sought: ClassVar[str] = "extensions of editors"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``. A folder that the editor is about to remove does not count."""
        for store in _tables.keys("vscode"):
            for folder in machine.find(_tables.places("vscode", store, platform=machine.platform)):
                removed = object_or_empty(machine.strict_json(folder.child(_REMOVED)))
                lying = machine.entries(folder)
                for extension in lying:
                    name = extension.path.name
                    if not name.startswith(".") and "." in name and removed.get(name) is not True:
                        yield from _extension(machine, extension, store)
                yield from _elsewhere(machine, folder, store, {extension.path.name for extension in lying})


def _elsewhere(machine: Machine, folder: Spot, store: str, lying: set[str]) -> Iterator[Sighting]:
    """What the editor loads from other folders: told by its id alone, since those are nobody's business here."""
    spot = folder.child("extensions.json")
    for entry in list_or_empty(machine.strict_json(spot)):
        about = object_or_empty(entry)
        id_ = text_or_empty(object_or_empty(about.get("identifier")).get("id")).casefold()
        verdict = _judge.by_id("vscode_extensions", id_)
        if verdict is not None and text_or_empty(about.get("relativeLocation")) not in lying:
            content: dict[str, Json] = {
                "store": store,
                "id": id_,
                "title": id_.partition(".")[2],
                "version": machine.text(about.get("version")),
                "role": verdict.role,
            }
            yield Sighting(ItemKind.EXTENSION, f"{store}:{id_}", content, confidence=verdict.confidence, path=spot.told)


def _extension(machine: Machine, folder: Spot, store: str) -> Iterator[Sighting]:
    spot = folder.child("package.json")
    about = object_or_empty(machine.json(spot))
    id_ = f"{text_or_empty(about.get('publisher'))}.{text_or_empty(about.get('name'))}".casefold()
    if not _ID.fullmatch(id_):
        return
    title = _resolved(machine, folder, about.get("displayName")) or text_or_empty(about.get("name"))
    description = _resolved(machine, folder, about.get("description"))
    declared = tuple(_declared(about))
    verdict = _judge.surest(
        (
            _judge.by_id("vscode_extensions", id_),
            *(Verdict(_judge.DECLARED, role) for role, _ in declared),
            _judge.by_words(title, description),
        )
    )
    if verdict is None:
        return
    content: dict[str, Json] = {
        "store": store,
        "id": id_,
        "title": machine.text(title),
        "version": machine.text(about.get("version")),
        "permissions": machine.texts([*(what for _, what in declared), *texts_among(about.get("enabledApiProposals"))]),
        "role": verdict.role,
    }
    yield Sighting(ItemKind.EXTENSION, f"{store}:{id_}", content, confidence=verdict.confidence, path=spot.told)


def _declared(about: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """What it contributes to models and agents, with the role that this gives it."""
    contributes = object_or_empty(about.get("contributes"))
    for role in _tables.keys("vscode_contributes"):
        for what in _tables.words("vscode_contributes", role):
            if contributes.get(what):
                yield role, what
    for category in texts_among(about.get("categories")):
        if category in _tables.words("vscode_categories"):
            yield "", f"category {category}"


def _resolved(machine: Machine, folder: Spot, value: Json) -> str:
    """A text of a manifest, which may stand in a file of texts under a name."""
    text = text_or_empty(value)[: machine.limits.evidence_chars]
    found = _TEXT.fullmatch(text)
    if found is None:
        return text
    told = object_or_empty(machine.json(folder.child("package.nls.json"))).get(found[1])
    told = told.get("message") if isinstance(told, dict) else told
    return text_or_empty(told)[: machine.limits.evidence_chars]
