"""Reads a file with the analyser of its format, and every file inside it with that of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from driftseal import plugins
from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Reading, Seen

_HEAD: Final = 4096
_FOLDER: Final = "observe.files"
_TEXTS: Final = frozenset({"loader_config", "yaml_config"})
"""Formats of configurations, which say less of a file than a name by which a loader knows it."""
_ANYTHING: Final = frozenset({".pb", ".bin", ".dat", ".meta"})
"""Endings under which many things go, so that they decide nothing."""


def read(blob: Blob, name: str, limits: Limits) -> Reading:
    """Everything that one file shows, files within it too, within ``limits``.

    The first bytes say what a file is; where they say nothing, its name does. A file that is something else than its
    name says is the fact ``format-differs-from-name`` (subject: the ending and what it is, ``.onnx pickle``).

    Raises:
        OSError: its bytes cannot be read.
    """
    return _Reader(name, limits).read(blob)


def flagged(seen: Reading, level: str) -> Reading:
    """The same with what the scanners of the Hub say of the file: ``unsafe``, ``suspicious`` and the like.

    It is the word of others: the fact ``hub-flagged`` (subject: the level), for a rule of its own.
    """
    fact = Fact("hub-flagged", f"its scanners say {level}", subject=level)
    return replace(seen, facts=(*seen.facts, fact))


def format_of(blob: Blob) -> str:
    """Name of the format that the first bytes are of; empty where no analyser claims them.

    Raises:
        OSError: its bytes cannot be read.
    """
    analyser = _by_bytes(blob)
    return analyser.name if analyser is not None else ""


class _Reader:
    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
        self._facts: list[Fact] = []
        self._blanks: list[Blank] = []
        self._properties: list[Property] = []
        self._formats: dict[str, str] = {}
        # One file within another is read to its end before its neighbour, so that little of them is held at once.
        self._queue: deque[tuple[Embedded, int]] = deque()
        self._inside: list[tuple[Embedded, int]] = []

    def read(self, blob: Blob) -> Reading:
        self._queue.append((Embedded("", blob), 0))
        while self._queue:
            file, depth = self._queue.popleft()
            if file.hint and file.hint not in _all():
                self._blanks.append(Blank(f"nothing here reads {file.hint}", file.path))
            analyser, owners = self._analyser(file)
            if analyser is None:
                continue
            self._formats[file.path] = analyser.name
            if owners and all(analyser.name != one.name for one in owners):
                suffix = self._suffix(file)
                told = f"named {suffix}, and what it holds is {analyser.name}"
                self._facts.append(Fact("format-differs-from-name", told, 0, file.path, f"{suffix} {analyser.name}"))
            for seen in _within(analyser.read(file.blob, file.path or self._name, self._budget), file.path):
                self._take(seen, depth)
            self._queue.extendleft(reversed(self._inside))
            self._inside.clear()
            if self._budget.steps < 0 or self._budget.unpacked < 0 or self._budget.members < 0:
                why = "more work than one file is given (limits.file_steps, unpacked_bytes, archive_members)"
                self._blanks.append(Blank(why, file.path))
                break
        outermost = self._formats.pop("", "")
        blanks = tuple(dict.fromkeys(self._blanks))
        return Reading(outermost, tuple(self._facts), blanks, tuple(self._properties), self._formats)

    def _analyser(self, file: Embedded) -> tuple[Analyser | None, list[Analyser]]:
        """Who reads a file, and who would by its name alone."""
        if file.hint:
            return _all().get(file.hint), []
        suffix = self._suffix(file)
        owners = [one for one in _all().values() if suffix in one.suffixes]
        found = _by_bytes(file.blob)
        asked = PurePosixPath(file.path or self._name).name
        if found is None or found.name in _TEXTS:
            found = next((one for one in _all().values() if asked in one.files), found)
        if found is None and len(owners) == 1 and file.blob.size and suffix not in _ANYTHING:
            # Within archives, names such as ``x.npy.z`` are of parts that only their archive can make sense of.
            found = owners[0] if not file.path or owners[0].named else None
        return found, owners

    def _suffix(self, file: Embedded) -> str:
        return PurePosixPath(file.path or self._name).suffix.lower()

    def _take(self, seen: Seen, depth: int) -> None:
        if isinstance(seen, Fact):
            self._facts.append(seen)
        elif isinstance(seen, Blank):
            self._blanks.append(seen)
        elif isinstance(seen, Property):
            self._properties.append(seen)
        elif depth == self._limits.archive_depth:
            # Models lie two or three deep; what lies deeper was put there to be out of reach.
            self._facts.append(Fact("nested-too-deep", f"files within files, {depth + 1} deep", 0, seen.path))
            self._blanks.append(Blank("files within files are nested too deep (limits.archive_depth)", seen.path))
        else:
            self._budget.members -= 1
            self._inside.append((seen, depth + 1))


def _within(seen: Iterator[Seen], path: str) -> Iterator[Seen]:
    """The same with its place in the outermost file."""
    for one in seen:
        yield replace(one, path=f"{path}/{one.path}" if path and one.path else one.path or path)


def _by_bytes(blob: Blob) -> Analyser | None:
    head = blob.read_at(0, _HEAD)
    return next((one for one in _all().values() if one.claims(head, blob)), None)


@cache
def _all() -> dict[str, Analyser]:
    """Every analyser by its name, in the order of names."""
    found = {name: kind() for name, kind in plugins.load_all(_FOLDER, Analyser).items()}  # type: ignore[type-abstract]
    return dict(sorted(found.items()))
