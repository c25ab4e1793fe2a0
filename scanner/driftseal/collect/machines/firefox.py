"""Add-ons of Firefox and its like, from the list that each profile keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty, texts_among

_STORE = "firefox-addons"


class Firefox(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "firefox"
    sought: ClassVar[str] = "add-ons of Firefox"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for profile in machine.find(_tables.places("firefox", platform=machine.platform)):
            spot = profile.child("extensions.json")
            for addon in list_or_empty(object_or_empty(machine.strict_json(spot)).get("addons")):
                about = object_or_empty(addon)
                if about.get("type") == "extension":
                    yield from _judged(machine, about, spot)


def _judged(machine: Machine, about: Mapping[str, Json], spot: Spot) -> Iterator[Sighting]:
    id_ = machine.text(about.get("id"))
    locale = object_or_empty(about.get("defaultLocale"))
    title = machine.text(locale.get("name"))
    description = text_or_empty(locale.get("description"))[: machine.limits.evidence_chars]
    asked = [object_or_empty(about.get(key)) for key in ("userPermissions", "optionalPermissions")]
    permissions: list[Json] = [one for part in asked for one in texts_among(part.get("permissions"))]
    hosts = [one for part in asked for one in texts_among(part.get("origins"))]
    verdict = _judge.surest(
        (_judge.by_title(title, description), _judge.by_hosts(hosts, ()), _judge.by_words(title, description))
    )
    if verdict is None or not id_:
        return
    content: dict[str, Json] = {
        "store": _STORE,
        "id": id_,
        "title": title or id_,
        "version": machine.text(about.get("version")),
        "permissions": machine.texts(permissions),
        "hosts": machine.texts([*hosts]),
        "role": verdict.role,
    }
    name = f"{_STORE}:{id_}"
    yield Sighting(ItemKind.EXTENSION, name, content, symbol=id_, confidence=verdict.confidence, path=spot.told)
