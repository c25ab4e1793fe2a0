"""Files of models are hashed on threads of their own while their structure is read; no file is loaded whole."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from driftseal.collect.models import tree
from driftseal.collect.models.hashing import CHANGED, State, sha256, state
from driftseal.collect.models.opening import opened
from driftseal.errors import TargetError
from driftseal.formats.blob import Bytes, File
from driftseal.limits import KIB, Limits
from driftseal.model.digest import Digest
from driftseal.records import dataclass

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from driftseal.collect.models.hashing import Hashed
    from driftseal.observe.files.base import Reading

_THREADS: Final = 2
"""hashlib lets go of the interpreter while it works, so two files are hashed at twice the rate of one."""
_AHEAD: Final = 32
"""Files whose digest is still being computed when a further one is read."""

_WORTHWHILE: Final = 32 * KIB
"""Bytes from which on hashing takes longer than handing them to another thread."""

_NOTHING: Final[Mapping[Path, Hashed]] = MappingProxyType({})


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


def measure(
    members: Iterable[tree.Member],
    limits: Limits,
    digest_of: Callable[[Path], Digest] | None = None,
    begun: Mapping[Path, Hashed] = _NOTHING,
) -> Iterator[Measured | tree.Member]:
    """Every file with its digest and what it shows; a member with its reason where it could not be read.

    ``digest_of`` may know digests of large files from an earlier run; without it every byte is read. ``begun`` are
    files that are being hashed already.
    """
    from concurrent.futures import ThreadPoolExecutor

    waiting: deque[_Begun | Measured | tree.Member] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for member in members:
            waiting.append(member if member.why else _begin(member, pool, limits, digest_of, begun))
            while len(waiting) > _AHEAD:
                yield _joined(waiting.popleft())
        while waiting:
            yield _joined(waiting.popleft())


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a file shows, while it is still hashed."""

    member: tree.Member
    state: State
    text: bytes
    reading: Reading
    hashed: Hashed


def _hash(member: tree.Member, digest_of: Callable[[Path], Digest] | None) -> tuple[str, State]:
    if digest_of is None:
        return sha256(member.path, member.name)
    known = digest_of(member.path).value
    with opened(member.path, member.name) as file:
        return known, state(file)


def _begin(
    member: tree.Member,
    pool: ThreadPoolExecutor,
    limits: Limits,
    digest_of: Callable[[Path], Digest] | None,
    begun: Mapping[Path, Hashed],
) -> _Begun | Measured | tree.Member:
    from driftseal.observe import reading

    try:
        with opened(member.path, member.name) as file:
            before = state(file)
            if before[2] > limits.model_text_bytes:
                hashed = begun.get(member.path) or pool.submit(_hash, member, digest_of)
                shown = reading.read(File(file, before[2]), Path(member.name).name, limits)
                # By now it may be hashed already: what was looked into has to be the same file still.
                return _Begun(member, before, b"", shown, hashed) if state(file) == before else _changed(member)
            # Read once: what is hashed is what is looked into, and a second look at the disk costs more than both.
            data = file.read(before[2] + 1)
            if len(data) != before[2] or state(file) != before:
                return _changed(member)
    except (TargetError, OSError) as cause:
        return _failed(member, cause)
    if len(data) < _WORTHWHILE:
        shown = reading.read(Bytes(data), Path(member.name).name, limits)
        return Measured(member, len(data), hashlib.sha256(data).hexdigest(), data, shown)
    hashed = pool.submit(lambda: (hashlib.sha256(data).hexdigest(), before))
    return _Begun(member, before, data, reading.read(Bytes(data), Path(member.name).name, limits), hashed)


def _joined(begun: _Begun | Measured | tree.Member) -> Measured | tree.Member:
    if not isinstance(begun, _Begun):
        return begun
    try:
        digest, after = begun.hashed.result()
    except (TargetError, OSError) as cause:
        return _failed(begun.member, cause)
    if after != begun.state:
        return _changed(begun.member)
    return Measured(begun.member, after[2], digest, begun.text, begun.reading)


def _changed(member: tree.Member) -> tree.Member:
    return tree.Member(member.name, member.path, CHANGED)


def _failed(member: tree.Member, cause: Exception) -> tree.Member:
    return tree.Member(member.name, member.path, str(cause).removeprefix(f"{member.name}: "))
