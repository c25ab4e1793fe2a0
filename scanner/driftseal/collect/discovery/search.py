"""Runs every finder over the files of one project, each file read and parsed once."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal import plugins
from driftseal.code import front_ends
from driftseal.code.constants import Constants
from driftseal.code.paths import Paths
from driftseal.code.project import Project
from driftseal.collect.clients import paths
from driftseal.collect.discovery import cache, notebooks
from driftseal.collect.discovery.base import Code, CodeFinder, FileFinder, Finder, Sighting, Source
from driftseal.collect.discovery.cache import Cache, Entry
from driftseal.collect.discovery.compiled import is_compiled
from driftseal.collect.discovery.elsewhere import Elsewhere
from driftseal.collect.discovery.lowered import Lowered
from driftseal.collect.discovery.seen import Seen
from driftseal.collect.discovery.walk import Unseen, is_sample, walk
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Evidence, ItemKind
from driftseal.observe import aside

if TYPE_CHECKING:
    import re2

_FILES: Final = "collect.discovery.files"
_CODE: Final = "collect.discovery.code"
_MANIFESTS: Final = frozenset(
    {"package.json", "pyproject.toml", "setup.py", "setup.cfg", "go.mod", "cargo.toml", "pom.xml", "build.gradle"}
)
"""Files that a package's root holds."""
_ASIDE: Final = 0.4
"""How sure it is that a project uses what a file of its tests names."""
_HELD_BYTES: Final = 4 * 1024 * 1024
"""Source that is lowered and held together: about thirty times as much memory."""
_HEAD: Final = 4096
_BILLS: Final = (b'"bomFormat"', b'"spdxVersion"', b"https://spdx.org/rdf/3")
_TOLD: Final = 500
"""Files after which progress is told."""

Found = Seen | Unseen


class Search:
    """One run over one folder."""

    def __init__(
        self,
        root: Path,
        prefix: str,
        limits: Limits,
        progress: Callable[[str], None],
        kept: Cache | None = None,
        lowered: Lowered | None = None,
    ) -> None:
        """``kept`` holds what an earlier run saw, ``lowered`` what this one has lowered already."""
        self._root = root
        self._kept = kept
        self._lowered = lowered or Lowered()
        self._elsewhere = Elsewhere(root, limits, self._lowered)
        self._prefix = prefix
        self._limits = limits
        self._progress = progress
        self._roots: set[str] = set()
        self._sources: dict[str, bytes] = {}
        self._lines: dict[str, tuple[int, ...]] = {}
        """Of notebooks: the line in the file for each line of their Python."""
        self._silent: set[str] = set()
        """Source files in which no finder has a word of interest."""
        self._left = limits.sightings

    def run(self) -> Iterator[Found]:
        """Everything that is named, and what could not be looked at."""
        ours = self._kept.folder if self._kept is not None else None
        for number, entry in enumerate(walk(self._root, self._limits, ours)):
            if number % _TOLD == 0 and number:
                self._progress(f"{number} files looked at")
            if isinstance(entry, Unseen):
                yield replace(entry, path=self._prefix + entry.path)
                continue
            folder, name = posixpath.split(entry.path)
            if name.lower() in _MANIFESTS:
                self._roots.add(folder)
            wanting = [
                finder
                for finder in self._file_finders
                if finder.wants(entry.path) and finder.takes(entry.size, self._limits)
            ]
            is_code = front_ends.language(entry.path) is not None or entry.path.endswith(notebooks.ENDING)
            if wanting or is_code:
                yield from self._file(entry.path, wanting, is_code=is_code)
        yield from self._code()

    # --- files ------------------------------------------------------------------------------

    @cached_property
    def _file_finders(self) -> tuple[FileFinder, ...]:
        return tuple(kind() for kind in plugins.load_all(_FILES, FileFinder).values())  # type: ignore[type-abstract]  # its concrete subclasses are made

    def _file(self, path: str, wanting: list[FileFinder], *, is_code: bool) -> Iterator[Found]:
        reads = is_code or any(finder.reads for finder in wanting)
        try:
            data = paths.read(self._root / path, path, self._limits) if reads else b""
            source = Source(path, data, self._limits)
        except TargetError as cause:
            yield Unseen(self._prefix + path, str(cause).removeprefix(f"{path}: "))
            return
        if is_code:
            yield from self._source(path, data)
        # What a bill of materials lists was found elsewhere, by us perhaps, and may be long gone.
        for finder in wanting if not _is_bill(path, data) else ():
            try:
                for sighting in finder.look(source):
                    yield from self._told(self._seen(_weighed(sighting, path), path, finder))
            except TargetError as cause:
                yield Unseen(self._prefix + path, str(cause).removeprefix(f"{path}: "))

    def _source(self, path: str, data: bytes) -> Iterator[Unseen]:
        """Hold what may name parts of AI, until every file of its package is known."""
        if is_compiled(path, data) or not any(words.search(data) for words in self._words):
            self._silent.add(path)
        elif path.endswith(notebooks.ENDING):
            try:
                code, lines = notebooks.python(data, path, self._limits)
            except TargetError as cause:
                yield Unseen(self._prefix + path, str(cause).removeprefix(f"{path}: "))
                return
            as_python = f"{path.removesuffix(notebooks.ENDING)}{notebooks.AS_PYTHON}"
            self._sources[as_python], self._lines[as_python] = code, lines
        elif len(data) <= self._limits.discovery_file_bytes:
            self._sources[path] = data
        else:
            most = self._limits.discovery_file_bytes
            yield Unseen(self._prefix + path, f"larger than {most} bytes (limits.discovery_file_bytes)")

    def _in_notebook(self, seen: Seen) -> Seen:
        """What the Python of a notebook names, at its place in the notebook itself."""
        path, line = seen.place.uri, seen.place.line
        lines = self._lines.get(path)
        if lines is None:
            return seen
        name = f"{path.removesuffix(notebooks.AS_PYTHON)}{notebooks.ENDING}"
        own = lines[line - 1] if 0 < line <= len(lines) else 0
        return replace(seen, name=seen.name.replace(path, name), place=replace(seen.place, uri=name, line=own))

    def _told(self, seen: Seen) -> Iterator[Found]:
        seen = self._in_notebook(seen)
        self._left -= 1
        uri = self._prefix + seen.place.uri
        if self._left >= 0:
            yield replace(seen, place=replace(seen.place, uri=uri))
        elif self._left == -1:
            yield Unseen(uri, "more places name parts of AI than are told (limits.sightings)")

    def _seen(self, sighting: Sighting, path: str, finder: Finder) -> Seen:
        place = Evidence(
            sighting.path or path,
            line=sighting.line,
            symbol=sighting.symbol[: self._limits.name_chars],
            technique=sighting.technique or finder.technique,
            confidence=sighting.confidence,
        )
        return Seen(sighting.kind, sighting.name, tuple(sighting.content.items()), place)

    # --- code -------------------------------------------------------------------------------

    @cached_property
    def _code_finders(self) -> Mapping[CodeFinder, re2._Regexp[bytes]]:
        found = plugins.load_all(_CODE, CodeFinder)  # type: ignore[type-abstract]  # its concrete subclasses are made
        return {finder: _any_of((finder,)) for finder in (kind() for kind in found.values())}

    @cached_property
    def _words(self) -> tuple[re2._Regexp[bytes], ...]:
        # Long patterns each on its own: together they have more states than an automaton has room for.
        plain = tuple(finder for finder in self._code_finders if not finder.pattern)
        return (_any_of(plain), *(words for finder, words in self._code_finders.items() if finder.pattern))

    def _code(self) -> Iterator[Found]:
        """One package after the other, so that names of one never stand for those of another."""
        packages: dict[str, dict[str, bytes]] = {}
        for path, data in self._sources.items():
            packages.setdefault(self._package(path), {})[path] = data
        silent: dict[str, list[str]] = {}
        for path in sorted(self._silent):
            silent.setdefault(self._package(path), []).append(path)
        left = self._limits.discovery_seconds
        parts = [(root, *part) for root, files in sorted(packages.items()) for part in _parts(root, files)]
        for number, (root, folder, files) in enumerate(parts):
            self._progress(f"package {number + 1} of {len(parts)}: {folder or '.'}")
            began = time.thread_time()
            yield from self._part(folder, files, (*packages[root], *silent.get(root, ())), left)
            left = max(left - (time.thread_time() - began), 0.0)

    def _part(self, root: str, files: Mapping[str, bytes], every: Sequence[str], left: float) -> Iterator[Found]:
        """What the code of one package names, as it was seen before where nothing of it has changed."""
        if self._kept is None:
            for found in self._look(root, files, Paths(every), left, {}):
                yield from self._told(found) if isinstance(found, Seen) else (found,)
            return
        key = cache.key(root, files, every, self._limits)
        entry = self._kept.get(key, every)
        if entry is not None and all(self._elsewhere.digest(path) == told for path, told in entry.beside.items()):
            for seen in entry.seen:
                yield from self._told(seen)
            return
        beside: dict[str, str] = {}
        whole = list(self._look(root, files, Paths(every), left, beside))
        sure = tuple(found for found in whole if isinstance(found, Seen))
        if len(sure) == len(whole) and all(beside.values()):
            self._kept.put(key, Entry(beside, sure))
        for found in whole:
            yield from self._told(found) if isinstance(found, Seen) else (found,)

    def _look(
        self, root: str, files: Mapping[str, bytes], known: Paths, left: float, beside: dict[str, str]
    ) -> Iterator[Found]:
        """The same within so many seconds of computing; ``beside`` gets the digests of other files that it looks at."""
        began = time.thread_time()
        lowered = self._lowered.lower(files, replace(self._limits, code_seconds=left))
        for path in lowered.late:
            yield Unseen(self._prefix + path, "no time was left to read it (limits.discovery_seconds)")
        names = self._elsewhere.modules(lowered.modules, known, max(left - lowered.seconds, 0.0), beside)
        project = Project({**lowered.modules, **names})
        code = Code(project, Constants(project), known)
        for path in lowered.modules:
            if time.thread_time() - began > left:
                yield Unseen(self._prefix + path, "no time was left to look at it (limits.discovery_seconds)")
                continue
            for finder, words in self._code_finders.items():
                if words.search(files[path]):
                    for sighting in finder.look(code, path):
                        yield self._seen(sighting, path, finder)
        if code.values.budget.spent:
            yield Unseen(self._prefix + (root or "."), "more is handed on by its code than is followed")

    def _package(self, path: str) -> str:
        """The nearest folder above a file that holds a package's manifest; the root where none does."""
        folder = posixpath.dirname(path)
        while folder and folder not in self._roots:
            folder = posixpath.dirname(folder)
        return folder


def _parts(root: str, files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """A package, or the folders of one that is too large to be held whole; names are then resolved in each alone."""
    below: dict[str, dict[str, bytes]] = {}
    if sum(map(len, files.values())) > _HELD_BYTES:
        start = len(root) + 1 if root else 0
        for path, data in files.items():
            inner = path[start:].partition("/")
            folder = path[: start + len(inner[0])] if inner[1] else root
            below.setdefault(folder, {})[path] = data
    if len(below) <= 1 and root not in below and below:
        yield from _parts(*next(iter(below.items())))
    elif len(below) <= 1:
        yield root, files
    else:
        for folder, part in sorted(below.items()):
            yield from ((folder, part),) if folder == root else _parts(folder, part)


def _is_bill(path: str, data: bytes) -> bool:
    """Whether a file is a bill of materials: CycloneDX, or SPDX in either of its JSON forms."""
    head = data[:_HEAD]
    return path.endswith(".json") and any(mark in head for mark in _BILLS)


def _weighed(sighting: Sighting, path: str) -> Sighting:
    """What tests and documentation name is about themselves: a guess. What they are installed with is not."""
    if sighting.kind is ItemKind.MODEL_FILE or sighting.confidence <= _ASIDE or not aside.is_aside(path):
        return sighting
    if sighting.kind is ItemKind.FRAMEWORK and not is_sample(path):
        return sighting
    return replace(sighting, confidence=_ASIDE)


def _any_of(finders: tuple[CodeFinder, ...]) -> re2._Regexp[bytes]:
    """A file that this does not match is of no interest to any of these finders."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    # Bytes as they are: a file in any encoding has these words in ASCII.
    options.encoding = re2.Options.Encoding.LATIN1
    words = sorted({word for finder in finders for word in finder.words})
    patterns = [finder.pattern.encode("ascii") for finder in finders if finder.pattern]
    return re2.compile(b"|".join((*map(re2.escape, words), *patterns)) or rb"[^\x00-\xff]", options)
