"""Lowers the files of a project within the time that there is, those first that tell the most about it."""

from __future__ import annotations

import gc
import marshal
import posixpath
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from driftseal import beside
from driftseal.code import front_ends, ir, packed
from driftseal.limits import Limits
from driftseal.records import dataclass

_ENTRIES: Final = frozenset(
    {"__init__", "__main__", "app", "cli", "handlers", "index", "main", "mcp", "program", "server", "tools"}
)
"""What files are called that a server starts in or declares its tools in."""
_LARGE: Final = 256 * 1024
"""Bytes of a file that comes after all that are smaller."""
_WORTH: Final = 768 * 1024
"""Bytes from which on another process saves more than it takes."""
_HANDED: Final = 1.2
"""Seconds that it takes to lower a file elsewhere, pack it and unpack it here, for each that it takes here."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of the files of one project."""

    modules: Mapping[str, ir.Module]
    """In the order in which the files were given."""
    late: tuple[str, ...]
    """Files for which no time was left."""
    seconds: float = 0.0
    """Of computing that it took."""


def lower(files: Mapping[str, bytes], limits: Limits, known: Mapping[str, str] = MappingProxyType({})) -> Batch:
    """The modules that files hold, those of languages that there is a front end for.

    ``known`` are the languages of files that are called otherwise.

    All of them share ``limits.code_seconds``. A large file, however hostile, delays no smaller one. Of many files
    another process lowers a part, in as much time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return _divided(files, limits, known)
    finally:
        if collects:
            # Modules hold no cycles. What is held by now is not gone over in search of some, however large it is.
            gc.freeze()
            gc.enable()


def _divided(files: Mapping[str, bytes], limits: Limits, known: Mapping[str, str]) -> Batch:
    began = time.thread_time()
    others = _others(files)
    begun = beside.begin(lambda: _tell(_lowered(others, limits, known))) if others else None
    mine = {path: data for path, data in files.items() if path not in others} if begun is not None else files
    found, late = _lowered(mine, limits, known)
    data = begun.data(limits.program_seconds) if begun is not None else None
    told, later = _told(data) if data else ({}, [])
    if begun is not None:
        # What it did not say, and had no time for, is lowered here while there is time.
        left = {path: data for path, data in others.items() if path not in told and path not in later}
        spared = replace(limits, code_seconds=limits.code_seconds - (time.thread_time() - began))
        more, last = _lowered(left, spared, known)
        found, late = found | told | more, [*late, *later, *last]
    in_order = {path: found[path] for path in files if path in found}
    return Batch(in_order, tuple(sorted(late)), time.thread_time() - began)


def _lowered(
    files: Mapping[str, bytes], limits: Limits, known: Mapping[str, str]
) -> tuple[dict[str, ir.Module], list[str]]:
    """Modules by path, and the files for which no time was left."""
    until = time.thread_time() + limits.code_seconds
    found: dict[str, ir.Module] = {}
    late: list[str] = []
    for path in _in_order(files):
        left = until - time.thread_time()
        if left <= 0:
            late.append(path)
            continue
        data = files[path]
        least = replace(limits, code_seconds=left) if len(data) > _LARGE else limits
        module = front_ends.lower(data, path, least, known.get(path))
        if module is not None:
            found[path] = module
    return found, late


def _others(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files that another process lowers, a little less than half; none where that would save nothing."""
    if sum(map(len, files.values())) < _WORTH:
        return {}
    here, there = 0.0, 0.0
    others: dict[str, bytes] = {}
    for path in _in_order(files):
        size = len(files[path])
        if there + size * _HANDED < here + size:
            others[path] = files[path]
            there += size * _HANDED
        else:
            here += size
    return others


def _tell(lowered: tuple[Mapping[str, ir.Module], list[str]]) -> bytes:
    """What another process lowered, for `_told`."""
    found, late = lowered
    return marshal.dumps(([(path, packed.pack(module)) for path, module in found.items()], late))


def _told(data: bytes) -> tuple[dict[str, ir.Module], list[str]]:
    """What `_tell` told; nothing where the other process ended before it had said all."""
    try:
        given, late = marshal.loads(data)  # noqa: S302  # of this program's own process, and it runs nothing
    except (EOFError, TypeError, ValueError):
        return {}, []
    unpacked = ((path, packed.unpack(module)) for path, module in given if module is not None)
    return {path: module for path, module in unpacked if module is not None}, late


def _in_order(files: Mapping[str, bytes]) -> Sequence[str]:
    """Small files before large ones, and among either those before the others that a server starts in."""

    def worth(path: str) -> tuple[bool, bool, int, str]:
        stem = posixpath.basename(path).partition(".")[0].lower()
        size = len(files[path])
        return size > _LARGE, stem not in _ENTRIES, size, path

    return sorted(files, key=worth)
