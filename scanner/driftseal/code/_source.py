"""Gives a parser the bytes of a file until no time is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

CHUNK: Final = 1024
"""Bytes that a parser is given at once; in between, the clock is looked at."""


class Source:
    """See the module."""

    def __init__(self, data: bytes, end: int, until: Callable[[int], float]) -> None:
        """``end`` is where the file ends for the parser: earlier once no time is left.

        ``until`` tells of an offset what ``time.thread_time`` may come to there.
        """
        self.end = end
        self._data = data
        self._until = until
        self._given = 0
        self._over = False

    def chunk(self, offset: int, _: object) -> bytes:
        """Some bytes from an offset on; none at the end.

        Parsers look back. One from which bytes are taken that it has read crashes, so the file ends behind all of them.
        """
        if not self._over and offset < self.end and time.thread_time() > self._until(offset):
            self.end, self._over = min(self.end, max(offset, self._given)), True
        stop = min(offset + CHUNK, self.end)
        self._given = max(self._given, stop)
        return self._data[offset:stop]
