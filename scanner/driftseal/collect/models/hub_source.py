"""What is known of one file of a model of the Hub, whether the Hub was asked for it or it lies here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from driftseal.collect.models.hub import Claimed
from driftseal.collect.models.stream import Measured


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file, looked at."""

    measured: Measured
    data: bytes = field(repr=False)
    """All of it where it is small; else nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of looking at one file."""

    claimed: Claimed
    fetched: Fetched | None
    """Nothing where it could not be looked at."""
    why: str = ""
    """Why not; empty where another gap tells it."""


def git_oid(data: bytes) -> str:
    """The name that Git gives a file of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def lies(claimed: Claimed, fetched: Fetched, whose: str) -> Iterator[str]:
    """Where the bytes are other than ``whose`` claim says. Of a file that Git LFS holds, Git itself has a pointer."""
    one, data = fetched.measured, fetched.data
    if one.size != claimed.size:
        yield f"{whose} says {claimed.size} bytes, and there are {one.size}"
    if claimed.sha256 and one.sha256 != claimed.sha256:
        yield f"its SHA-256 is not the one that {whose} tells ({claimed.sha256})"
    if claimed.git_oid and not claimed.sha256 and (data or not one.size) and git_oid(data) != claimed.git_oid:
        yield f"its git object is not the one that {whose} tells ({claimed.git_oid})"
