"""Bytes that are read where they lie: a local file, a part of one, a remote file, or bytes at hand.

Every parser of large files asks ``read_at`` for the few kilobytes that it needs, so that one parser serves a file of
four gigabytes, a member of an archive and a file behind ranged HTTP requests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import IO, Final

PIECE: Final = 1 << 20
"""Bytes that one step of reading through takes."""


class Blob(ABC):
    """Some bytes of known size."""

    size: int
    distant: bool = False
    """Whether each place that is read costs a request, so that many small looks are too dear."""

    @abstractmethod
    def read_at(self, offset: int, count: int) -> bytes:
        """At most ``count`` bytes from ``offset`` on; fewer only at the end, none beyond it.

        Raises:
            OSError: they cannot be read.
        """

    def part(self, offset: int, count: int) -> Blob:
        """A stretch of these bytes, cut off at their end."""
        start = min(max(offset, 0), self.size)
        return Part(self, start, min(max(count, 0), self.size - start))

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """All bytes in order."""
        at = 0
        while at < self.size:
            piece = self.read_at(at, size)
            if not piece:
                return
            yield piece
            at += len(piece)


class Bytes(Blob):
    """Bytes at hand."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, count: int) -> bytes:
        """See ``Blob.read_at``."""
        return self._data[offset : offset + count] if offset >= 0 < count else b""


class File(Blob):
    """An open regular file. Its size is that of when it was opened; what is added later is not read."""

    def __init__(self, opened: IO[bytes], size: int) -> None:
        self._opened = opened
        self.size = size

    def read_at(self, offset: int, count: int) -> bytes:
        """See ``Blob.read_at``."""
        if offset < 0 or count <= 0 or offset >= self.size:
            return b""
        self._opened.seek(offset)
        return self._opened.read(min(count, self.size - offset))


class Part(Blob):
    """A stretch of another blob."""

    def __init__(self, whole: Blob, start: int, size: int) -> None:
        self._whole = whole
        self._start = start
        self.size = size
        self.distant = whole.distant

    def read_at(self, offset: int, count: int) -> bytes:
        """See ``Blob.read_at``."""
        if offset < 0 or count <= 0 or offset >= self.size:
            return b""
        return self._whole.read_at(self._start + offset, min(count, self.size - offset))
