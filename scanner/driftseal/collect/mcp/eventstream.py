"""Server-sent events out of chunks, in linear time and bounded memory whatever the server sends.

HTML living standard, section 9.2.6, «Interpreting an event stream». ``id`` and ``retry`` serve resumption,
which we never do, and are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.errors import LimitExceeded

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """One event with data."""

    name: bytes
    data: bytes


class EventParser:
    """Feed it chunks, get events."""

    def __init__(self, most: int) -> None:
        self._most = most
        """Bytes of one event with its comments."""
        self._line = bytearray()
        self._data = bytearray()
        self._name = b""
        self._size = 0
        self._after_return = False
        self._first = True

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that this chunk completes.

        Raises:
            LimitExceeded: an event is larger than allowed.
        """
        if not chunk:
            return
        start = 1 if self._after_return and chunk.startswith(b"\n") else 0
        self._after_return = chunk.endswith(b"\r")
        for end in _LINE_END.finditer(chunk, start):
            self._extend(chunk[start : end.start()])
            start = end.end()
            event = self._end_line()
            if event is not None:
                yield event
        self._extend(chunk[start:])

    def _extend(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._most:
            raise LimitExceeded(f"the server sent an event of more than {self._most} bytes")
        self._line += part

    def _end_line(self) -> Event | None:
        line = bytes(self._line)
        self._line.clear()
        if self._first:
            self._first = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data += value + b"\n"
        elif field == b"event":
            self._name = value
        return None

    def _dispatch(self) -> Event | None:
        data, name = bytes(self._data[:-1]), self._name
        self._data.clear()
        self._name, self._size = b"", 0
        return Event(name or b"message", data) if data else None
