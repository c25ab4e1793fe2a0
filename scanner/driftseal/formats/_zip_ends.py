"""Ends of ZIP archives: records from which readers start, and the directories that they lead to."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats._zip_headers import RECORD, Oddity
from driftseal.formats.blob import PIECE, Blob

END_SIZE: Final = 22
_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_LOCATOR64: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_END64_SIZE: Final = 56
_END_FORM: Final = struct.Struct("<4s4H2IH")
_END64_FORM: Final = struct.Struct("<4sQ2H2I4Q")
_MANY: Final = 0xFFFFFFFF
_FEW: Final = 0xFFFF
_SIGNS: Final = 64
"""Signs of an end that are looked at; readers look at one."""
_ENDS: Final = 8
"""Ends of archives in one file that are followed."""


@dataclass(frozen=True, slots=True)
class End:
    """An end record that leads to a directory."""

    at: int
    after: int
    """Offset behind the comment."""
    start: int
    """Of the directory."""
    size: int
    entries: int
    shift: int
    """What must be added to offsets that the directory tells."""
    oddities: tuple[Oddity, ...] = ()


def _tail(blob: Blob) -> tuple[int, bytes]:
    # The format allows 64 KiB behind the last record; files with more pass readers that look no further.
    start = max(0, blob.size - PIECE)
    return start, blob.read_at(start, blob.size - start)


def ends(blob: Blob) -> Iterator[End]:
    """Every end record that leads to a directory, the last first."""
    start, data = _tail(blob)
    at, found = len(data), 0
    for _ in range(_SIGNS):
        at = data.rfind(_END, 0, at + 3) if at else -1
        if at < 0 or found == _ENDS:
            return
        end = _end(blob, start + at, data[at : at + END_SIZE])
        if end is not None:
            found += 1
            yield end


def _end(blob: Blob, at: int, data: bytes) -> End | None:
    if len(data) < END_SIZE:
        return None
    _, disk, _, _, entries, size, offset, comment = _END_FORM.unpack(data)
    before, odd = at, []
    wide = _end64(blob, at)
    if wide is not None:
        before, entries64, size64, offset64 = wide
        told = [(entries, entries64, _FEW), (size, size64, _MANY), (offset, offset64, _MANY)]
        if any(small not in {large, most} for small, large, most in told):
            odd.append(Oddity("zip-ends-differ", "the two end records name different directories", at))
        entries, size, offset = entries64, size64, offset64
    if disk not in {0, _FEW}:
        odd.append(Oddity("zip-ends-differ", f"says that it is part {disk} of several files", at))
    after = min(at + END_SIZE + comment, blob.size)
    if not entries and not size:
        return End(at, after, before, 0, 0, 0, tuple(odd)) if offset <= before else None
    starts = [one for one in (before - size, offset) if 0 <= one < before and blob.read_at(one, 4) == RECORD]
    if not starts:
        return None
    if len(set(starts)) > 1:
        odd.append(Oddity("zip-ends-differ", f"directories at {starts[0]} and at {starts[1]}", at))
    return End(at, after, starts[0], before - starts[0], entries, starts[0] - offset, tuple(odd))


def _end64(blob: Blob, at: int) -> tuple[int, int, int, int] | None:
    """Where the large end record stands, and entries, size and offset that it tells."""
    locator = blob.read_at(at - _LOCATOR_SIZE, _LOCATOR_SIZE) if at >= _LOCATOR_SIZE else b""
    if not locator.startswith(_LOCATOR64):
        return None
    for place in (int.from_bytes(locator[8:16], "little"), at - _LOCATOR_SIZE - _END64_SIZE):
        data = blob.read_at(place, _END64_SIZE) if 0 <= place < at else b""
        if data.startswith(_END64) and len(data) == _END64_SIZE:
            fields = _END64_FORM.unpack(data)
            return place, fields[7], fields[8], fields[9]
    return None
