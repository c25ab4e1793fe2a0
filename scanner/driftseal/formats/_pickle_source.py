"""Bytes of a pickle through a window that moves forward, so that a stream of gigabytes costs a megabyte."""

from __future__ import annotations

from typing import Final

from driftseal.formats._pickle_values import LONGEST, Long
from driftseal.formats.blob import Blob

WINDOW: Final = 1 << 20
FIRST_WINDOW: Final = 1 << 12
"""Where it starts: some files hold very many short streams."""
MARGIN: Final = 512
"""Bytes that any opcode with its argument takes at most, unless it says its length or goes to the end of a line."""


class Cut(Exception):
    """The stream ends, or cannot be followed, in the middle of an opcode."""


class Source:
    """The window, and where in it the next byte to read is."""

    __slots__ = ("_window", "at", "base", "blob", "data", "ended", "last")

    def __init__(self, blob: Blob, start: int) -> None:
        self.blob = blob
        self.base = start
        """Where the window starts in the blob."""
        self.at = 0
        self.data = b""
        self._window = FIRST_WINDOW
        self.last = False
        """Whether the window reaches to the end."""
        self.ended = False
        """Whether the stream ended with a name that no line feed ends."""
        self.refill()

    @property
    def offset(self) -> int:
        """Where the next byte is in the blob."""
        return self.base + self.at

    def refill(self) -> None:
        """Start the window at the next byte."""
        self.base += self.at
        self.at = 0
        self.data = self.blob.read_at(self.base, self._window)
        self._window = min(self._window * 4, WINDOW)
        self.last = self.base + len(self.data) >= self.blob.size or not self.data

    def skip(self, count: int) -> None:
        """Go forward.

        Raises:
            Cut: there are not so many bytes.
        """
        if self.offset + count > self.blob.size:
            raise Cut("ends inside an argument")
        self.at += count
        if self.at >= len(self.data) - MARGIN and not self.last:
            self.refill()

    def number(self, size: int) -> int:
        """An unsigned number in little endian.

        Raises:
            Cut: there are not so many bytes.
        """
        start = self.at
        self.at = end = start + size
        if end > len(self.data):
            raise Cut("ends inside an argument")
        return int.from_bytes(self.data[start:end], "little")

    def content(self, size: int) -> bytes | Long:
        """So many bytes, or what is kept of them.

        Raises:
            Cut: there are not so many bytes.
        """
        offset = self.offset
        if size <= LONGEST:
            if self.at + size > len(self.data) and not self.last:
                self.refill()
            content = self.data[self.at : self.at + size]
            self.skip(size)
            return content
        head = self.blob.read_at(offset, LONGEST)
        self.skip(size)
        return Long("bytes", head, offset, size)

    def line(self) -> bytes | Long:
        """All bytes to the end of the line, without it.

        Raises:
            Cut: no line ends any more.
        """
        start = self.offset
        head = b""
        while True:
            end = self.data.find(b"\n", self.at)
            if not head and end >= 0:
                head = self.data[self.at : min(end, self.at + LONGEST + 1)]
            head = head or self.data[self.at : self.at + LONGEST + 1]
            if end >= 0:
                self.at = end + 1
                break
            if self.last:
                raise Cut("ends inside a line")
            self.at = len(self.data)
            self.refill()
        size = self.offset - 1 - start
        if self.at >= len(self.data) - MARGIN and not self.last:
            self.refill()
        return head if size == len(head) else Long("bytes", head[:LONGEST], start, size)

    def name(self) -> bytes | Long:
        """The next line as readers take it that are written in Python, such as joblib's.

        They cut off the last byte of a line without looking at it. So a name at the very end of a stream needs no line
        feed, is imported and even called, and only then the stream is found to be too short; see ``ended``.
        """
        start = self.offset
        try:
            return self.line()
        except Cut:
            self.ended, self.at = True, len(self.data)
            size = max(self.blob.size - start - 1, 0)
            head = self.blob.read_at(start, min(size, LONGEST))
            return head if size == len(head) else Long("bytes", head, start, size)

    def check_end(self) -> None:
        """Go on only where the names before ended as they should.

        Raises:
            Cut: the stream ended with one of them.
        """
        if self.ended:
            raise Cut("ends inside a line")
