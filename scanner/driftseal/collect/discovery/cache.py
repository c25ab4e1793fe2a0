"""What finders saw in the code of a package, kept from one run to the next: what is as it was is not lowered again.

It serves discovery alone. One file for each folder that was listed lies in the user's cache folder, under the version
of driftseal, and is safe to delete. An entry goes by the names and digests of all that it was made of; what is not of
its form, or lies where others may write, counts for nothing. No text of a file is in it: sightings hold none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from driftseal import __version__, atomic, canonical, resources
from driftseal.collect import _private
from driftseal.collect.discovery.seen import Seen
from driftseal.collect.models.opening import opened
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Evidence, ItemKind, Json

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KINDS: Final = {kind.value: kind for kind in ItemKind}
_KEPT: Final = 200
"""Folders of which something is kept; those that were listed last are kept longest."""
_ROW: Final = 9
_OURS: Final = ("code", "collect/discovery")
"""What decides what is seen, beside the lists."""
_LISTS: Final = ("inventory", "lists")


def place(environment: Mapping[str, str], home: Path, platform: str, root: Path) -> Path:
    """The file of this version for a folder, in the user's cache folder."""
    from driftseal.collect.mcp.package_cache import cache_folder

    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()
    return cache_folder(environment, home, platform).parent / "inventory" / __version__ / f"{name}.json"


class Entry:
    """What one package was when it was looked at, and what was seen."""

    def __init__(self, beside: Mapping[str, str], seen: tuple[Seen, ...]) -> None:
        """``beside`` holds digests of files that were read for names, by their paths."""
        self.beside = beside
        self.seen = seen


class Cache:
    """Use as a context manager: what was used is kept at its end, and nothing else."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """``path`` is where entries are kept, see ``place``."""
        self._path = path
        self._limits = limits
        self._known: dict[str, Json] = {}
        self._used: dict[str, Json] = {}

    @property
    def folder(self) -> Path:
        """Where everything lies that is kept from run to run."""
        return self._path.parent.parent.parent

    def __enter__(self) -> Self:
        self._known = self._load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or self._used == self._known:
            return
        data = json.dumps({"version": _version(), "entries": self._used}, separators=(",", ":")).encode()
        if len(data) > self._limits.file_bytes:
            return
        with suppress(OSError):
            # Without a cache all that is lost is time.
            _private.make(self._path.parent)
            atomic.write(self._path, data)
            _forget(self._path.parent)

    def get(self, key: str, files: Iterable[str]) -> Entry | None:
        """What is known of a package by its key, where every place is one of its files."""
        value = self._known.get(key)
        entry = _entry(value, frozenset(files)) if value is not None else None
        if entry is not None:
            self._used[key] = value
        return entry

    def put(self, key: str, entry: Entry) -> None:
        """Keep what was seen, where all of the package was looked at."""
        self._used[key] = {"beside": dict(entry.beside), "seen": [_row(one) for one in entry.seen]}

    def _load(self) -> dict[str, Json]:
        try:
            if not _private.is_private(self._path.parent) or self._path.is_symlink():
                return {}
            with opened(self._path, self._path.name) as file:
                own = _private.is_own(os.fstat(file.fileno()))
                data = file.read(self._limits.file_bytes + 1) if own else b""
            if len(data) > self._limits.file_bytes:
                return {}
            value = canonical.parse_json(data, self._path.name, self._limits).value
        except (TargetError, OSError):
            return {}
        if not isinstance(value, dict) or value.keys() != {"version", "entries"} or value["version"] != _version():
            return {}
        entries = value["entries"]
        return entries if isinstance(entries, dict) and all(map(_SHA256.fullmatch, entries)) else {}


def key(root: str, files: Mapping[str, bytes], others: Iterable[str], limits: Limits) -> str:
    """Of a package: its place, its files and what is in them, and the names of its other files."""
    told = [root, repr(limits), *(f"{path}\0{digest(data)}" for path, data in sorted(files.items())), *sorted(others)]
    return digest("\n".join(told).encode("utf-8", "surrogatepass"))


def digest(data: bytes) -> str:
    """SHA-256, as entries hold it."""
    return hashlib.sha256(data).hexdigest()


@cache
def _version() -> str:
    """Of what decides what is seen: in a checkout that changes without a new number."""
    package, rules = Path(__file__).parents[2], resources.folder("rules")
    ours = [path for name in _OURS for path in (package / name).rglob("*.py")]
    lists = [path for name in _LISTS for path in (rules / name).glob("*.yaml")]
    stamps = []
    for path in sorted((*ours, *lists)):
        status = path.stat()
        stamps.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    told = digest("\n".join(stamps).encode())
    return f"{__version__} {told}"


def _row(one: Seen) -> Json:
    at = one.place
    place: list[Json] = [at.uri, at.line, at.symbol, at.technique, at.confidence]
    return [one.kind.value, one.name, dict(one.content), *place, at.pointer]


def _entry(value: Json, files: frozenset[str]) -> Entry | None:
    """None where anything is not of the form."""
    if not isinstance(value, dict) or value.keys() != {"beside", "seen"}:
        return None
    beside, rows = value["beside"], value["seen"]
    if not isinstance(beside, dict) or not isinstance(rows, list):
        return None
    digests = {path: told for path, told in beside.items() if isinstance(told, str) and _SHA256.fullmatch(told)}
    if len(digests) != len(beside) or not digests.keys() <= files:
        return None
    seen = [one for row in rows if (one := _seen(row, files)) is not None]
    return Entry(digests, tuple(seen)) if len(seen) == len(rows) else None


def _seen(row: Json, files: frozenset[str]) -> Seen | None:
    if not isinstance(row, list) or len(row) != _ROW:
        return None
    kind, name, content, uri, line, symbol, technique, confidence, pointer = row
    texts = (name, symbol, technique, pointer)
    if (
        kind not in _KINDS
        or uri not in files
        or not isinstance(content, dict)
        or not all(isinstance(t, str) for t in texts)
    ):
        return None
    if type(line) is not int or line < 0 or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return None
    at = Evidence(str(uri), str(pointer), line, str(symbol), str(technique), float(confidence))
    return Seen(_KINDS[str(kind)], str(name), tuple(content.items()), at)


def _forget(folder: Path) -> None:
    """Drop what was used longest ago."""
    entries = sorted(folder.glob("*.json"), key=lambda path: path.lstat().st_mtime_ns)
    for path in entries[:-_KEPT]:
        path.unlink(missing_ok=True)
