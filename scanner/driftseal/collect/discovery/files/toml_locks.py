"""Lockfiles that list packages as tables: those of uv, Poetry, PDM and Cargo, and ``pylock.toml`` (PEP 751)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files._packages import basename, framework
from driftseal.formats import toml
from driftseal.model.item import Json

_ECOSYSTEMS: Final = {"uv.lock": "pypi", "poetry.lock": "pypi", "pdm.lock": "pypi", "cargo.lock": "cargo"}
_PYLOCK: Final = re.compile(r"pylock(?:\.[^/]+)?\.toml")
_TABLE: Final = re.compile(r"^\[\[packages?\]\]\s*$", re.MULTILINE)
_NEXT: Final = re.compile(r"^\[", re.MULTILINE)
_MEMBER: Final = re.compile(r"^(name|version) = \"([^\"\\\n]*)\"", re.MULTILINE)
_OWN: Final = re.compile(r"^source = \{ (?:virtual|editable) = \"\.\" \}", re.MULTILINE)


class TomlLocks(FileFinder):
    """See the module."""

    name: ClassVar[str] = "toml_locks"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name in _ECOSYSTEMS or (name.startswith("pylock.") and _PYLOCK.fullmatch(name) is not None)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        ecosystem = _ECOSYSTEMS.get(basename(source.path), "pypi")
        # Such files are megabytes that a tool wrote in one way; one in another way is read as TOML, slowly.
        found = False
        for name, version, line in _written(source.text):
            found = True
            yield from framework(ecosystem, name, version=version, line=line)
        if not found:
            for name, version in _parsed(toml.parse(source.data, source.path, source.limits).value):
                yield from framework(ecosystem, name, version=version)


def _written(text: str) -> Iterator[tuple[str, str, int]]:
    """Name, version and line of each package but the project itself."""
    line, counted = 1, 0
    for table in _TABLE.finditer(text):
        following = _NEXT.search(text, table.end())
        end = following.start() if following else len(text)
        members = {found[1]: found for found in _MEMBER.finditer(text, table.end(), end)}
        if "name" in members and not _OWN.search(text, table.end(), end):
            at = members["name"].start()
            line += text.count("\n", counted, at)
            counted = at
            yield members["name"][2], members["version"][2] if "version" in members else "", line


def _parsed(value: Json) -> Iterator[tuple[str, str]]:
    for key in ("package", "packages"):
        entries = value.get(key) if isinstance(value, dict) else None
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                version = entry.get("version")
                yield str(entry["name"]), version if isinstance(version, str) else ""
