"""Lines out of chunks, in linear time and bounded memory whatever the server sends."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.errors import LimitExceeded


class Lines:
    """Splits a byte stream at line feeds. Every byte is searched once and copied a constant number of times."""

    def __init__(self, most: int) -> None:
        self._most = most
        # One growing buffer: a list of parts would cost fifty bytes for each two that a slow server sends.
        self._open = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that this chunk completes, without their line feed.

        Raises:
            LimitExceeded: a line is longer than allowed.
        """
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._add(chunk[start:end])
            start = end + 1
            yield self.rest()
        self._add(chunk[start:])

    def rest(self) -> bytes:
        """What has come since the last line feed; empties the buffer."""
        line = bytes(self._open)
        self._open.clear()
        return line

    def _add(self, part: bytes) -> None:
        if len(self._open) + len(part) > self._most:
            raise LimitExceeded(f"the server sent a message of more than {self._most} bytes")
        self._open += part
