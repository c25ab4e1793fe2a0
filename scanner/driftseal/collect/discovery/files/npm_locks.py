"""Lockfiles of JavaScript: npm's, pnpm's, Yarn's old and new, and Bun's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from driftseal import canonical
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents
from driftseal.collect.discovery.files._packages import Lines, basename, framework
from driftseal.errors import FormatError
from driftseal.formats import jsonc
from driftseal.limits import Limits
from driftseal.model.item import Json

_NAME: Final = r"(?:@[^/@\s'\"]++/)?+[^/@\s'\"(]++"
_PNPM: Final = re.compile(rf"^  '?/?({_NAME})[@/]([0-9][^\s('_:]*+)", re.MULTILINE)
_PNPM_SECTION: Final = re.compile(r"^packages:\s*$", re.MULTILINE)
_SECTION: Final = re.compile(r"^\S", re.MULTILINE)
_YARN: Final = re.compile(rf'^"?({_NAME})@([^\n]*+)(?<=:)\n  version:? "?([^"\s]++)"?$', re.MULTILINE)
_ENTRY: Final = re.compile(r"^(?!#|__metadata)\S", re.MULTILINE)
_YARN_ALIAS: Final = re.compile(rf"npm:({_NAME})@")
_BUN: Final = re.compile(rf"({_NAME})@([0-9].*)")
_LINK: Final = ("workspace:", "link:", "file:", "portal:")

Pinned = tuple[str, str, int]
"""Name, version and line."""


class NpmLocks(FileFinder):
    """See the module."""

    name: ClassVar[str] = "npm_locks"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in _READERS

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        told: set[tuple[str, str]] = set()
        for name, version, line in _READERS[basename(source.path)](source):
            if (name, version) not in told:
                told.add((name, version))
                yield from framework("npm", name, version=version, line=line)


def _npm(source: Source) -> Iterator[Pinned]:
    value = _json(source.data, source.path, source.limits)
    packages = value.get("packages")
    lines = Lines(source.text)
    for path, about in packages.items() if isinstance(packages, dict) else []:
        if isinstance(about, dict) and "node_modules/" in path and about.get("link") is not True:
            name = about.get("name", path.rpartition("node_modules/")[2])
            yield str(name), _version(about), lines.next(path)
    if not isinstance(packages, dict):
        yield from _nested(value.get("dependencies"), lines, source.limits.json_depth)


def _nested(value: Json, lines: Lines, depth: int) -> Iterator[Pinned]:
    """The first form of the file, in which packages stand within packages."""
    for name, about in value.items() if isinstance(value, dict) and depth else []:
        if isinstance(about, dict):
            yield name, _version(about), lines.next(name)
            yield from _nested(about.get("dependencies"), lines, depth - 1)


def _version(about: dict[str, Json]) -> str:
    version = about.get("version")
    return version if isinstance(version, str) and version[:1].isdigit() else ""


def _pnpm(source: Source) -> Iterator[Pinned]:
    text = source.text
    section = _PNPM_SECTION.search(text)
    if section is None:
        # As pnpm writes it nothing is locked; written otherwise, it is read as YAML, slowly.
        value = _documents.first(source).value
        packages = value.get("packages") if isinstance(value, dict) else None
        for key in packages if isinstance(packages, dict) else ():
            if found := _PNPM.match(f"  {key}"):
                yield found[1], found[2], 0
        return
    following = _SECTION.search(text, section.end())
    end = following.start() if following else len(text)
    yield from _counted(text, _PNPM.finditer(text, section.end(), end), lambda found: (found[1], found[2]))


def _yarn(source: Source) -> Iterator[Pinned]:
    def read(found: re.Match[str]) -> tuple[str, str]:
        alias = _YARN_ALIAS.match(found[2])
        return alias[1] if alias else found[1], found[3]

    text = source.text.replace("\r\n", "\n")
    if _ENTRY.search(text) and not _YARN.search(text):
        raise FormatError(f"{source.path}: not as Yarn writes it", hint="have Yarn write it again")
    every = (found for found in _YARN.finditer(text) if not found[2].startswith(_LINK))
    yield from _counted(text, every, read)


def _counted(
    text: str, every: Iterator[re.Match[str]], read: Callable[[re.Match[str]], tuple[str, str]]
) -> Iterator[Pinned]:
    line, counted = 1, 0
    for found in every:
        line += text.count("\n", counted, found.start())
        counted = found.start()
        yield *read(found), line


def _bun(source: Source) -> Iterator[Pinned]:
    packages = jsonc.parse(source.data, source.path, source.limits).value
    packages = packages.get("packages") if isinstance(packages, dict) else None
    lines = Lines(source.text)
    for key, about in packages.items() if isinstance(packages, dict) else []:
        if isinstance(about, list) and about and isinstance(about[0], str):
            found = _BUN.fullmatch(about[0])
            if found:
                yield found[1], found[2], lines.next(key)


def _json(data: bytes, name: str, limits: Limits) -> dict[str, Json]:
    value = canonical.parse_json(data, name, limits).value
    if not isinstance(value, dict):
        raise FormatError(f"{name}: no object", hint="have npm write it again")
    return value


_READERS: Final[dict[str, Callable[[Source], Iterator[Pinned]]]] = {
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "pnpm-lock.yaml": _pnpm,
    "yarn.lock": _yarn,
    "bun.lock": _bun,
}
