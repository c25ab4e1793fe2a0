"""Gradle: build scripts (their literal coordinates), version catalogs and lockfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.model.item import Json

_SCRIPTS: Final = (".gradle", ".gradle.kts")
_CATALOG: Final = ".versions.toml"
_PART: Final = r"[A-Za-z0-9][\w.-]{0,100}"
_COORDINATES: Final = re.compile(rf"[\"']({_PART}):({_PART})(?::([^\"'\s:@]{{1,100}}))?[^\"'\s]{{0,60}}[\"']")
_LOCKED: Final = re.compile(rf"({_PART}):({_PART}):([^=\s]+)=.*")
_EXACT: Final = re.compile(r"[0-9][\w.-]*")


class Gradle(FileFinder):
    """See the module."""

    name: ClassVar[str] = "gradle"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name.endswith((*_SCRIPTS, _CATALOG)) or name == "gradle.lockfile"

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        name = basename(source.path)
        if name.endswith(_CATALOG):
            yield from _catalog(source)
            return
        locked = name == "gradle.lockfile"
        for number, line in enumerate(source.text.splitlines(), start=1):
            bare = "" if line.lstrip().startswith(("//", "#", "*")) else line
            for found in [_LOCKED.fullmatch(bare)] if locked else _COORDINATES.finditer(bare):
                if found is None:
                    continue
                version = found[3] or ""
                exact = version if locked and _EXACT.fullmatch(version) else ""
                yield from framework(
                    "maven",
                    f"{found[1]}:{found[2]}",
                    version=exact,
                    requirement="" if locked or "$" in version else version,
                    line=number,
                )


def _catalog(source: Source) -> Iterator[Sighting]:
    document = source.document
    value = document.value if isinstance(document.value, dict) else {}
    versions, libraries = value.get("versions"), value.get("libraries")
    known = versions if isinstance(versions, dict) else {}
    for alias, about in libraries.items() if isinstance(libraries, dict) else []:
        given: dict[str, Json] = about if isinstance(about, dict) else {}
        module, version = given.get("module"), given.get("version")
        if isinstance(about, str):
            module, _, version = about.rpartition(":")
        elif not module:
            module = f"{given.get('group')}:{given.get('name')}"
        if isinstance(version, dict):
            version = known.get(str(version.get("ref")))
        told = version if isinstance(version, str) else ""
        line = document.line(f"/libraries/{escape_pointer(alias)}")
        yield from framework("maven", str(module), requirement=told, line=line, symbol=alias)
