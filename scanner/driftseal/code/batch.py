"""Lowers the files of a project within the time that there is, those first that tell the most about it."""

from __future__ import annotations

import gc
import posixpath
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from driftseal.code import front_ends, ir
from driftseal.limits import Limits
from driftseal.records import dataclass

_ENTRIES: Final = frozenset(
    {"__init__", "__main__", "app", "cli", "handlers", "index", "main", "mcp", "program", "server", "tools"}
)
"""What files are called that a server starts in or declares its tools in."""
_LARGE: Final = 256 * 1024
"""Bytes of a file that comes after all that are smaller."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of the files of one project."""

    modules: Mapping[str, ir.Module]
    """In the order in which the files were given."""
    late: tuple[str, ...]
    """Files for which no time was left."""
    seconds: float = 0.0
    """Of computing that it took."""


def lower(files: Mapping[str, bytes], limits: Limits) -> Batch:
    """The modules that files hold, those of languages that there is a front end for.

    All of them share ``limits.code_seconds``. A large file, however hostile, delays no smaller one.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return _lowered(files, limits)
    finally:
        if collects:
            # Modules hold no cycles. What is held by now is not gone over in search of some, however large it is.
            gc.freeze()
            gc.enable()


def _lowered(files: Mapping[str, bytes], limits: Limits) -> Batch:
    began = time.thread_time()
    until = began + limits.code_seconds
    found: dict[str, ir.Module] = {}
    late: list[str] = []
    for path in _in_order(files):
        left = until - time.thread_time()
        if left <= 0:
            late.append(path)
            continue
        data = files[path]
        module = front_ends.lower(data, path, replace(limits, code_seconds=left) if len(data) > _LARGE else limits)
        if module is not None:
            found[path] = module
    in_order = {path: found[path] for path in files if path in found}
    return Batch(in_order, tuple(sorted(late)), time.thread_time() - began)


def _in_order(files: Mapping[str, bytes]) -> Sequence[str]:
    """Small files before large ones, and among either those before the others that a server starts in."""

    def worth(path: str) -> tuple[bool, bool, int, str]:
        stem = posixpath.basename(path).partition(".")[0].lower()
        size = len(files[path])
        return size > _LARGE, stem not in _ENTRIES, size, path

    return sorted(files, key=worth)
