"""SHA-256 of files, computed on threads: hashlib lets go of the interpreter while it works, and so does reading.

A large file is read by one thread and hashed by another, so that the time for reading is hidden; and where it is known
from the command line that its digest will be asked for, that begins before the program has loaded its other half.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Final

from driftseal.errors import TargetError
from driftseal.limits import MIB
from driftseal.records import dataclass

State = tuple[int, int, int, int, int]

if TYPE_CHECKING:
    from concurrent.futures import Future

    from driftseal.collect.base import Context

    Hashed = Future[tuple[str, State]]
    """The digest of a file, and what it was when the last byte was read."""

CHANGED: Final = "it changed while it was read; scan again"

_LARGE: Final = 64 * MIB
"""Bytes from which on a second thread is worth its start."""
_PIECE: Final = 4 * MIB
"""As much is hashed at once; whatever else runs holds up each piece a little."""
_PIECES: Final = 2
_AT_ONCE: Final = 2
"""Files that are begun before anything else is."""
_ENTRIES: Final = 1000
"""Entries of a named folder among which they are looked for."""


def state(file: IO[bytes]) -> State:
    """What changes when a file is changed or exchanged; programs can set the first of both times, and not the other."""
    return _state(os.fstat(file.fileno()))


def _state(told: os.stat_result) -> State:
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def sha256(path: Path, name: str) -> tuple[str, State]:
    """The digest of a file in hexadecimal, and the state that it was in all the while.

    Raises:
        TargetError: it cannot be opened, or changed meanwhile; the message begins with ``name``.
        OSError: it cannot be read.
    """
    from driftseal.collect.models.opening import opened

    with opened(path, name) as file:
        before = state(file)
        size = before[2]
        digest = _in_two(file, size) if size >= _LARGE else hashlib.file_digest(file, "sha256").hexdigest()
        if state(file) != before:
            raise TargetError(f"{name}: {CHANGED}")
        return digest, before


def _in_two(file: IO[bytes], size: int) -> str:
    """The digest of what one thread reads and this one hashes; a file that grows without end is not followed."""
    empty: SimpleQueue[bytearray | None] = SimpleQueue()
    full: SimpleQueue[tuple[bytearray, int] | OSError] = SimpleQueue()
    for _ in range(_PIECES):
        empty.put(bytearray(_PIECE))
    reader = threading.Thread(target=_read, args=(file, size, empty, full), daemon=True)
    reader.start()
    digest = hashlib.sha256()
    try:
        while True:
            piece = full.get()
            if isinstance(piece, OSError):
                raise piece
            data, count = piece
            if not count:
                return digest.hexdigest()
            with memoryview(data) as view:
                digest.update(view[:count])
            empty.put(data)
    finally:
        empty.put(None)
        reader.join()


def _read(
    file: IO[bytes],
    size: int,
    empty: SimpleQueue[bytearray | None],
    full: SimpleQueue[tuple[bytearray, int] | OSError],
) -> None:
    left = size + 1
    while (piece := empty.get()) is not None:
        try:
            count = file.readinto(piece) if left > 0 else 0  # type: ignore[attr-defined]  # what ``opened`` gives has it
        except OSError as cause:
            full.put(cause)
            return
        left -= count
        full.put((piece, count))
        if not count:
            return


def ahead(references: Iterable[str]) -> None:
    """Begin with large files among the words of a command line, before the program knows what they mean.

    ``begin`` finds what was begun here. To hash a file in vain, since it is no model after all, costs nobody any time.
    """
    for reference in references:
        with suppress(OSError, ValueError):
            seen = _seen(Path(reference))
            if seen is not None:
                _started(seen)
                return


def begin(references: Iterable[str], context: Context) -> None:
    """Begin with the large files among what is named, or in named folders; ``Context.hashing`` holds what comes of it.

    Nothing is told of a file that cannot be read: whoever needs it tells.
    """
    if context.discover is not None:
        return
    begun = context.hashing
    for reference in references:
        for seen in _large(reference, context):
            if len(begun) == _AT_ONCE:
                return
            if seen.path not in begun:
                begun[seen.path] = _started(seen)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A large file; the same one under whatever path, as long as nobody changes it."""

    state: State
    path: Path = field(compare=False)


def _seen(path: Path) -> _Seen | None:
    told = path.lstat()
    if not stat.S_ISREG(told.st_mode) or told.st_size < _LARGE:
        return None
    return _Seen(_state(told), path)


@lru_cache(2 * _AT_ONCE)
def _started(seen: _Seen) -> Hashed:
    from concurrent.futures import Future

    found: Hashed = Future()
    # A daemon, since the command may end before: with an error, or as nobody needs the digest after all.
    threading.Thread(target=_settle, args=(seen.path, found), daemon=True).start()
    return found


def _large(reference: str, context: Context) -> list[_Seen]:
    from driftseal.collect.clients import paths
    from driftseal.collect.models import tree

    if "://" in reference or reference == "-":
        return []
    path = paths.absolute(Path(reference), context)
    try:
        if path.is_dir():
            with os.scandir(path) as entries:
                there = [path / entry.name for entry, _ in zip(entries, range(_ENTRIES), strict=False)]
        else:
            there = [path]
        weights = sorted(one for one in there if tree.is_weights(one.name))
        return [seen for seen in map(_seen, weights) if seen is not None]
    except (OSError, ValueError):
        return []


def _settle(path: Path, found: Hashed) -> None:
    try:
        found.set_result(sha256(path, path.name))
    except (TargetError, OSError) as cause:
        found.set_exception(cause)
