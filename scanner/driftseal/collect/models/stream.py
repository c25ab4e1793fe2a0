"""Files of models are hashed on threads of their own while their structure is read; no file is loaded whole."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from driftseal.collect.models import tree
from driftseal.collect.models.opening import opened
from driftseal.errors import TargetError
from driftseal.formats.blob import File
from driftseal.limits import Limits

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading

_THREADS: Final = 2
"""hashlib lets go of the interpreter while it works, so two files are hashed at twice the rate of one."""
_AHEAD: Final = 32
"""Files whose digest is still being computed when a further one is read."""

_State = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """One file of a model, looked at."""

    member: tree.Member
    size: int
    sha256: str
    text: bytes
    """All bytes of a file so small that it may be a configuration; empty for any other."""
    reading: Reading
    hashed: bool = True
    """Whether every byte was read here; else the digest is what whoever has the file says."""


def measure(members: Iterable[tree.Member], limits: Limits) -> Iterator[Measured | tree.Member]:
    """Every file with its digest and what it shows; a member with its reason where it could not be read."""
    waiting: deque[tuple[_Read | tree.Member, Future[tuple[str, _State]] | None]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for member in members:
            if member.why:
                waiting.append((member, None))
            else:
                future = pool.submit(_hash, member)
                waiting.append((_read(member, limits), future))
            while len(waiting) > _AHEAD:
                yield _joined(*waiting.popleft())
        while waiting:
            yield _joined(*waiting.popleft())


@dataclass(frozen=True, slots=True)
class _Read:
    member: tree.Member
    state: _State
    text: bytes
    reading: Reading


def _state(file: IO[bytes]) -> _State:
    """What changes when a file is changed or exchanged."""
    told = os.fstat(file.fileno())
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def _hash(member: tree.Member) -> tuple[str, _State]:
    with opened(member.path, member.name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), _state(file)


def _read(member: tree.Member, limits: Limits) -> _Read | tree.Member:
    from driftseal.observe import reading

    try:
        with opened(member.path, member.name) as file:
            state = _state(file)
            blob = File(file, state[2])
            text = blob.read_at(0, limits.model_text_bytes) if blob.size <= limits.model_text_bytes else b""
            return _Read(member, state, text, reading.read(blob, Path(member.name).name, limits))
    except (TargetError, OSError) as cause:
        return _failed(member, cause)


def _joined(read: _Read | tree.Member, hashed: Future[tuple[str, _State]] | None) -> Measured | tree.Member:
    if hashed is None or isinstance(read, tree.Member):
        return read if isinstance(read, tree.Member) else read.member
    try:
        digest, state = hashed.result()
    except (TargetError, OSError) as cause:
        return _failed(read.member, cause)
    if state != read.state:
        return tree.Member(read.member.name, read.member.path, "it changed while it was read; scan again")
    return Measured(read.member, state[2], digest, read.text, read.reading)


def _failed(member: tree.Member, cause: Exception) -> tree.Member:
    return tree.Member(member.name, member.path, str(cause).removeprefix(f"{member.name}: "))
