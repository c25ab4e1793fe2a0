"""Compressed bytes, unpacked piece by piece: what a header says of sizes, or a bomb hides, does not matter.

Nothing is held whole. ``measure`` unpacks once to learn the true size; ``Unpacked`` then gives the bytes to whoever
asks, as far as it is asked, from a file without a name that lies in memory while it is small.
"""

from __future__ import annotations

import bz2
import importlib
import lzma
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Final, Protocol

from driftseal.formats.blob import PIECE, Blob
from driftseal.limits import Limits

_PACKED_PIECE: Final = 64 * 1024
_IN_MEMORY: Final = 4 * PIECE
_BZIP2_BLOCK: Final = b"1AY&SY"
_ZLIB_SUM: Final = 31
_TRIAL: Final = 4096
_SWELLING: Final = 7


class Damaged(Exception):
    """The bytes are not what they seem to be; what came before was given."""


class Decompressor(Protocol):
    """What ``bz2``, ``lzma`` and their like share."""

    @property
    def eof(self) -> bool:
        """Whether the stream's own end was reached."""

    @property
    def unused_data(self) -> bytes | None:
        """What follows that end."""

    @property
    def needs_input(self) -> bool:
        """Whether more can come without new bytes."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most so many bytes."""


class Inflate:
    """``zlib`` in the manner of ``bz2``; ``window`` as in ``zlib.decompressobj``."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)
        # With all input taken there may still be output that the last call had no room for.
        self._full = False

    @property
    def eof(self) -> bool:
        """See ``Decompressor.eof``."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """See ``Decompressor.unused_data``."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """See ``Decompressor.needs_input``."""
        return not (self._full or self._inner.unconsumed_tail)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See ``Decompressor.decompress``."""
        given = self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))
        self._full = len(given) == max_length
        return given


class Unzstd:
    """Zstandard, whose module has an error of its own that is none of ``OSError``."""

    def __init__(self, inner: Decompressor, error: type[Exception]) -> None:
        self._inner = inner
        self._error = error

    @property
    def eof(self) -> bool:
        """See ``Decompressor.eof``."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes | None:
        """See ``Decompressor.unused_data``."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """See ``Decompressor.needs_input``."""
        return self._inner.needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See ``Decompressor.decompress``."""
        try:
            return self._inner.decompress(data, max_length)
        except self._error as cause:
            raise OSError(str(cause)) from cause


Make = Callable[[], Decompressor]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to compress."""

    name: str
    magic: bytes
    make: Make | None
    """None where no module of this Python can unpack it."""
    again: bool = False
    """Whether another stream of the kind may follow the first, as its own readers take it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What unpacking to the end, or to a bound, has shown."""

    size: int
    """Bytes that came out."""
    crc: int
    packed: int
    """Bytes that went in, up to the end of the last stream."""
    cost: int = 0
    """What it takes of the bytes that one file may unpack to."""
    problem: str = ""
    """Why the end was not reached."""
    bounded: bool = False
    """Whether the bound ended it."""


def raw_deflate() -> Decompressor:
    """The method 8 of ZIP."""
    return Inflate(-zlib.MAX_WBITS)


_KINDS: Final = {
    "gzip": b"\x1f\x8b\x08",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "lz4": b"\x04\x22\x4d\x18",
    "zstd": b"\x28\xb5\x2f\xfd",
    "lzma": b"\x5d\x00\x00",
    "zlib": b"\x78",
}
_ONE_STREAM: Final = frozenset({"lzma", "zlib"})
_WEAK: Final = frozenset({"lzma", "zlib", "bzip2"})
"""Kinds of so short a sign that more than it must be tried."""


def kind(name: str, limits: Limits) -> Kind:
    """One way to compress, by its name."""
    return Kind(name, _KINDS[name], _maker(name, limits.unpack_memory), again=name not in _ONE_STREAM)


@cache
def _maker(name: str, memory: int) -> Make | None:
    if name in {"xz", "lzma"}:
        return lambda: lzma.LZMADecompressor(memlimit=memory)
    if name == "gzip":
        return lambda: Inflate(16 + zlib.MAX_WBITS)
    if name == "zlib":
        return lambda: Inflate(zlib.MAX_WBITS)
    if name == "bzip2":
        return bz2.BZ2Decompressor
    if name == "lz4":
        return _imported("lz4.frame", "LZ4FrameDecompressor")
    return _zstd("compression.zstd") or _zstd("backports.zstd")


def _imported(module: str, name: str) -> Make | None:
    try:
        found: Make = getattr(importlib.import_module(module), name)
    except ImportError:
        return None
    return found


def _zstd(module: str) -> Make | None:
    try:
        found = importlib.import_module(module)
    except ImportError:
        return None
    return lambda: Unzstd(found.ZstdDecompressor(), found.ZstdError)


def kind_of(head: bytes, limits: Limits) -> Kind | None:
    """How these first bytes are compressed. Kinds of a weak sign are tried on them."""
    for name, magic in _KINDS.items():
        if head.startswith(magic):
            found = kind(name, limits)
            if name not in _WEAK or (found.make is not None and _tried(name, found.make, head)):
                return found
    return None


def _tried(name: str, make: Make, head: bytes) -> bool:
    if name == "zlib" and (len(head) < 2 or int.from_bytes(head[:2]) % _ZLIB_SUM):  # noqa: PLR2004  # RFC 1950
        return False
    stream = make()
    try:
        given = stream.decompress(head, _TRIAL)
    except (zlib.error, lzma.LZMAError, OSError, ValueError):
        return False
    # Bzip2 gives nothing before the end of a block, which may be 900 kB away.
    return bool(given) or stream.eof or (name == "bzip2" and head[4:10] == _BZIP2_BLOCK)


def pieces(packed: Blob, make: Make, magic: bytes = b"", streams: int = 1) -> Iterator[tuple[bytes, int]]:
    """What comes out, in pieces of at most ``PIECE`` bytes, each with the number of bytes that went in until then.

    Raises:
        Damaged: the stream breaks, or ends before its own end.
    """
    at, stream, data = 0, make(), b""
    # Read as it is used: bytes that the stream did not take do not count as gone in.
    while True:
        if stream.eof:
            at -= len(stream.unused_data or b"")
            streams -= 1
            if streams <= 0 or not magic or packed.read_at(at, len(magic)) != magic:
                yield b"", at
                return
            stream = make()
        if stream.needs_input:
            data = packed.read_at(at, _PACKED_PIECE)
            if not data:
                raise Damaged("it ends before its own end")
            at += len(data)
        else:
            data = b""
        try:
            given = stream.decompress(data, PIECE)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, RuntimeError) as cause:
            raise Damaged(f"it breaks: {cause}") from cause
        if given:
            yield given, at


def measure(packed: Blob, make: Make, left: int, limits: Limits, magic: bytes = b"", streams: int = 1) -> Measured:
    """Unpack to the end, or until it costs more than is ``left``, and keep nothing."""
    size = crc = at = cost = 0
    try:
        for given, at in pieces(packed, make, magic, streams):
            size += len(given)
            crc = zlib.crc32(given, crc)
            cost = size + _SWELLING * max(size - at * limits.unpack_ratio, 0)
            if cost > left:
                why = "more comes out than one file is given (limits.unpacked_bytes)"
                return Measured(size, crc, at, cost, why, bounded=True)
    except Damaged as cause:
        return Measured(size, crc, min(at, packed.size), cost, str(cause))
    return Measured(size, crc, at, cost)


class Unpacked(Blob):
    """Unpacked bytes, as far as they are asked for; no more than ``size``, which was measured."""

    def __init__(self, packed: Blob, make: Make, size: int, magic: bytes = b"", streams: int = 1) -> None:
        self.size = size
        self._pieces = pieces(packed, make, magic, streams)
        self._kept: IO[bytes] | None = None
        self._length = 0

    def read_at(self, offset: int, count: int) -> bytes:
        """See ``Blob.read_at``."""
        if offset < 0 or count <= 0 or offset >= self.size:
            return b""
        end = min(offset + count, self.size)
        kept = self._until(end)
        kept.seek(offset)
        return kept.read(end - offset)

    def _until(self, end: int) -> IO[bytes]:
        kept = self._kept or self._open()
        kept.seek(self._length)
        try:
            while self._length < end:
                given, _ = next(self._pieces)
                kept.write(given)
                self._length += len(given)
        except (StopIteration, Damaged):
            # Told by whoever measured; the pieces are at their end from here on.
            self.size = min(self.size, self._length)
        return kept

    def _open(self) -> IO[bytes]:
        self._kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed with this object
        weakref.finalize(self, self._kept.close)
        return self._kept
