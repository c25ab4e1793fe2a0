"""Protocol buffers without their schema: fields by number and wire type, as their encoding document defines them.

Long fields are stepped over without being read, so that walking a model of gigabytes reads its structure alone. Groups,
which no model format uses, are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5
_WINDOW: Final = 1 << 16
_VARINT_BYTES: Final = 10
_FIXED: Final = {FIXED64: 8, FIXED32: 4}


class Malformed(ValueError):
    """No message from some byte on."""

    def __init__(self, problem: str, at: int, *, cut: bool = False) -> None:
        super().__init__(f"{problem} at byte {at}")
        self.at = at
        self.cut = cut
        """Whether more bytes could make it whole."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    number: int
    wire: int
    at: int
    """Where its value starts in the blob."""
    size: int
    """Bytes of its value."""
    value: int = 0
    """The number, of a ``VARINT``."""


class Messages:
    """Messages within one blob."""

    def __init__(self, blob: Blob, spend: Callable[[], bool]) -> None:
        """``spend`` is asked before each field and says whether there may be another."""
        self.blob = blob
        self._spend = spend
        self._window = b""
        self._start = 0

    def fields(self, within: Field | None = None) -> Iterator[Field]:
        """The fields of the outermost message, or of the one that a field holds; none of what a spent budget left.

        Raises:
            Malformed: they end where no field ends, or are none.
            OSError: the bytes cannot be read.
        """
        at, end = (within.at, within.at + within.size) if within else (0, self.blob.size)
        if within and within.wire != LENGTH:
            raise Malformed("a number where a message belongs", at)
        while at < end and self._spend():
            began = at
            key, at = self._varint(at, end)
            number, wire = key >> 3, key & 7
            if not 0 < number < 1 << 29:
                raise Malformed("a field without a number", began)
            if wire == VARINT:
                value, after = self._varint(at, end)
                yield Field(number, wire, at, after - at, value)
            elif wire == LENGTH:
                size, at = self._varint(at, end)
                after = at + size
                if after <= end:
                    yield Field(number, wire, at, size)
            elif wire in _FIXED:
                after = at + _FIXED[wire]
                if after <= end:
                    yield Field(number, wire, at, _FIXED[wire])
            else:
                raise Malformed("a field of no known kind", began)
            if after > end:
                raise Malformed("a field that ends behind its message", began, cut=True)
            at = after

    def data(self, field: Field, most: int) -> bytes:
        """The first ``most`` bytes of a field's value."""
        return self._read(field.at, min(field.size, most))

    def text(self, field: Field, most: int) -> str:
        """The same as text; what is no UTF-8 is replaced."""
        return self.data(field, most).decode("utf-8", "replace") if field.wire == LENGTH else ""

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        data = self._read(at, min(_VARINT_BYTES, end - at))
        value = 0
        for place, byte in enumerate(data):
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
                return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
        raise Malformed("a number without an end", at, cut=len(data) < _VARINT_BYTES)

    def _read(self, at: int, count: int) -> bytes:
        """Bytes, by way of a window, since most fields take a few."""
        if count > _WINDOW:
            return self.blob.read_at(at, count)
        offset = at - self._start
        if offset < 0 or offset + count > len(self._window):
            self._window, self._start, offset = self.blob.read_at(at, _WINDOW), at, 0
        return self._window[offset : offset + count]
