"""Compressed files, as ``joblib.dump`` writes them: gzip, bzip2, xz, lzma, zlib, zstd, lz4, and its own of before 2016.

Facts, beside ``trailing-data`` and ``extreme-ratio``:

- ``compressed-broken``: the stream breaks, or ends before its own end; what came before is read.

What is inside is a file within the file, under the name without its last ending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.formats.compressed import Kind, Unpacked, kind_of, measure
from driftseal.formats.compressed import kind as kind_named
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.observe.files._archive import swells, trailing
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Seen

_HEAD: Final = 4096
_SUFFIXES: Final = frozenset({".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".z", ".tgz"})
_OLD_JOBLIB: Final = re.compile(rb"ZF0x[0-9a-f]{1,16}L? {0,17}(?=\x78)")


class Compressed(Analyser):
    """See the module."""

    name: ClassVar[str] = "compressed"
    suffixes: ClassVar[frozenset[str]] = _SUFFIXES | {".joblib", ".pkl", ".pickle", ".rds", ".rda", ".rdata"}

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return _kind(head, DEFAULT_LIMITS) is not None and blob.size > 2  # noqa: PLR2004  # more than a sign

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        found = _kind(blob.read_at(0, _HEAD), budget.limits)
        if found is None:
            yield Fact("compressed-broken", "is not compressed in any way that is known")
            return
        kind, start = found
        if kind.make is None:
            yield Blank(f"compressed with {kind.name}, which this Python cannot unpack")
            return
        packed = blob.part(start, blob.size)
        magic, streams = (kind.magic, budget.limits.archive_members) if kind.again else (b"", 1)
        told = measure(packed, kind.make, max(budget.unpacked, 0), budget.limits, magic, streams)
        budget.unpacked = max(budget.unpacked - told.cost, 0)
        if swells(told.size, told.packed, budget.limits):
            text = f"{told.packed} bytes unpack to {'more than ' if told.bounded else ''}{told.size}"
            yield Fact("extreme-ratio", text)
        if told.problem:
            if not told.bounded:
                yield Fact("compressed-broken", f"{kind.name}: {told.problem}", start + told.packed)
            yield Blank(told.problem)
        if told.size:
            yield Embedded(_inner(name), Unpacked(packed, kind.make, told.size, magic, streams))
        if not told.problem:
            yield from trailing(blob, start + told.packed)


def _kind(head: bytes, limits: Limits) -> tuple[Kind, int] | None:
    """How it is compressed, and where that begins."""
    old = _OLD_JOBLIB.match(head)
    if old is not None:
        return kind_named("zlib", limits), old.end()
    found = kind_of(head, limits)
    return None if found is None else (found, 0)


def _inner(name: str) -> str:
    path = PurePosixPath(name)
    if path.suffix.lower() == ".tgz":
        return f"{path.stem}.tar"
    return path.stem if path.suffix.lower() in _SUFFIXES and path.stem else f"#unpacked{path.suffix}"
