"""Extensions of Chrome, Chromium, Edge, Brave and their like, in every profile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.machines import _judge, _tables
from driftseal.collect.machines._look import Machine
from driftseal.collect.machines._places import Spot
from driftseal.collect.machines.base import MachineFinder
from driftseal.model.item import ItemKind, Json
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty, texts_among

_ID: Final = re.compile("[a-p]{32}")
_MESSAGE: Final = re.compile(r"__MSG_([A-Za-z0-9_@]{1,100})__")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:_[A-Za-z0-9]{2,8})?")
_NUMBERS: Final = re.compile("[0-9]{1,9}")
_CHROME, _EDGE, _ELSEWHERE = "chrome-web-store", "edge-addons", "unlisted"


class Chromium(MachineFinder):
    """See the module."""

    name: ClassVar[str] = "chromium"
    sought: ClassVar[str] = "extensions of Chromium browsers"

    def look(self, machine: Machine) -> Iterator[Sighting]:
        """See ``MachineFinder.look``."""
        for data in machine.find(_tables.places("chromium", platform=machine.platform)):
            for profile in (data, *machine.folders(data)):
                for extension in machine.entries(profile.child("Extensions")):
                    if _ID.fullmatch(extension.path.name):
                        yield from _extension(machine, extension)


def _extension(machine: Machine, extension: Spot) -> Iterator[Sighting]:
    """The newest version that lies there; the browser removes the others at its next start."""
    versions = machine.entries(extension)
    if not versions:
        return
    folder = max(versions, key=lambda one: [int(part) for part in _NUMBERS.findall(one.path.name)])
    spot = folder.child("manifest.json")
    manifest = object_or_empty(machine.json(spot))
    if manifest:
        yield from _judged(machine, extension.path.name, manifest, _Messages(machine, folder, manifest), spot)


def _judged(
    machine: Machine, id_: str, manifest: Mapping[str, Json], messages: _Messages, spot: Spot
) -> Iterator[Sighting]:
    title = machine.text(messages.resolve(manifest.get("name")))
    description = messages.resolve(manifest.get("description"))[: machine.limits.evidence_chars]
    asked = [*texts_among(manifest.get("permissions")), *texts_among(manifest.get("optional_permissions"))]
    hosts = [one for one in asked if _is_host(one)]
    hosts += [*texts_among(manifest.get("host_permissions")), *texts_among(manifest.get("optional_host_permissions"))]
    pages = [
        page
        for script in list_or_empty(manifest.get("content_scripts"))
        for page in texts_among(object_or_empty(script).get("matches"))
    ]
    verdict = _judge.surest(
        (
            _judge.by_id("browser_extensions", id_),
            _judge.by_title(title, description),
            _judge.by_hosts(hosts, pages),
            _judge.by_words(title, description),
        )
    )
    if verdict is None:
        return
    store = _store(text_or_empty(manifest.get("update_url")))
    content: dict[str, Json] = {
        "store": store,
        "id": id_,
        "title": title or verdict.title or id_,
        "version": machine.text(manifest.get("version")),
        "permissions": machine.texts([one for one in asked if not _is_host(one)]),
        "hosts": machine.texts([*hosts, *pages]),
        "role": verdict.role,
    }
    yield Sighting(ItemKind.EXTENSION, f"{store}:{id_}", content, confidence=verdict.confidence, path=spot.told)


def _is_host(permission: str) -> bool:
    return "://" in permission or permission == "<all_urls>"


def _store(update: str) -> str:
    if "://edge.microsoft.com/" in update:
        return _EDGE
    return _CHROME if ".google.com/" in update or ".googleapis.com/" in update else _ELSEWHERE


class _Messages:
    """What an extension's texts read in its own default language."""

    def __init__(self, machine: Machine, folder: Spot, manifest: Mapping[str, Json]) -> None:
        self._machine = machine
        locale = text_or_empty(manifest.get("default_locale"))
        self._spot = folder.child("_locales", locale, "messages.json") if _LOCALE.fullmatch(locale) else None
        self._known: dict[str, str] | None = None

    def resolve(self, value: Json) -> str:
        """The text with its messages filled in, whose names are compared without case; unknown ones stay."""
        text = text_or_empty(value)
        return _MESSAGE.sub(lambda found: self._messages().get(found[1].casefold(), found[0]), text)

    def _messages(self) -> dict[str, str]:
        if self._known is None:
            value = self._machine.json(self._spot) if self._spot is not None else None
            self._known = {
                name.casefold(): text_or_empty(object_or_empty(one).get("message"))
                for name, one in object_or_empty(value).items()
            }
        return self._known
