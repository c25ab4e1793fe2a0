"""What ZIP archives say of a member, in their directory and in front of its bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob

LOCAL: Final = b"PK\x03\x04"
RECORD: Final = b"PK\x01\x02"
_RECORD_FORM: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL_FORM: Final = struct.Struct("<4s5H3I2H")
_DESCRIPTOR: Final = b"PK\x07\x08"
_MANY: Final = 0xFFFFFFFF
_EXTRA64: Final = 0x0001
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_LATER: Final = 0x8
"""Flag: sums and sizes stand behind the member's bytes."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that writers of archives do not do."""

    name: str
    evidence: str
    offset: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """One of the two accounts of a member."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int

    @property
    def encrypted(self) -> bool:
        """Whether it says so."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def later(self) -> bool:
        """Whether sizes and sum need not stand in front of the bytes."""
        return bool(self.flags & _LATER)


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a directory."""

    header: Header
    offset: int
    """Of the header in front of the bytes, as the directory tells it."""
    mode: int
    after: int
    """Where the next entry begins."""


def record(data: bytes, at: int) -> Record | None:
    """The entry of a directory that begins there; None where none does."""
    if not data.startswith(RECORD, at) or at + _RECORD_FORM.size > len(data):
        return None
    fields = _RECORD_FORM.unpack_from(data, at)
    flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
    name_size, extra_size, comment_size = fields[10:13]
    body = at + _RECORD_FORM.size
    extra = data[body + name_size : body + name_size + extra_size]
    size, packed, offset = _wide(extra, [size, packed, fields[16]])
    name = _name(data[body : body + name_size], flags)
    header = Header(name, flags, method, crc, packed, size)
    return Record(header, offset, fields[15] >> 16, body + name_size + extra_size + comment_size)


def local(blob: Blob, offset: int, guess: int) -> tuple[Header | None, int]:
    """The header at an offset, read with so many bytes more at once, and where the bytes behind it begin."""
    fixed = _LOCAL_FORM.size
    data = blob.read_at(offset, fixed + guess) if offset >= 0 else b""
    if len(data) < fixed:
        return None, max(offset, 0)
    sign, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL_FORM.unpack_from(data)
    start = offset + fixed + name_size + extra_size
    if sign != LOCAL:
        # A reader that believes the directory alone would not mind.
        return None, min(start, blob.size)
    if len(data) < fixed + name_size + extra_size:
        data = blob.read_at(offset, fixed + name_size + extra_size)
    size, packed = _wide(data[fixed + name_size : fixed + name_size + extra_size], [size, packed])
    return Header(_name(data[fixed : fixed + name_size], flags), flags, method, crc, packed, size), start


def descriptor(blob: Blob, at: int) -> tuple[int, int]:
    """Sums and sizes behind a member: with or without a sign, of 4 or 8 bytes each; the next sign decides."""
    data = blob.read_at(at, 28)
    for length in (16, 24, 12, 20):
        if data[length : length + 2] == b"PK" and (data.startswith(_DESCRIPTOR) or length in {12, 20}):
            return at, at + length
    return at, at + (16 if data.startswith(_DESCRIPTOR) else 0)


def _wide(extra: bytes, small: list[int]) -> list[int]:
    """Sizes and offset with those of the extra field where they are marked as too large."""
    found = _extras(extra).get(_EXTRA64, b"")
    numbers = iter([int.from_bytes(found[at : at + 8], "little") for at in range(0, len(found) - 7, 8)])
    return [next(numbers, one) if one == _MANY else one for one in small]


def _extras(extra: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        found.setdefault(kind, extra[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def _name(data: bytes, flags: int) -> str:
    if flags & _UTF8:
        return data.decode("utf-8", "backslashreplace")
    return data.decode("cp437")
