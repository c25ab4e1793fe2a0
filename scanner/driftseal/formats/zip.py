"""ZIP archives, read without trusting any of their two accounts of what they hold.

A ZIP file describes each member twice: in front of its bytes and in the directory at the end. Readers differ in which
they believe, and scanners are passed by files of which the two differ. This one reads both and tells each difference,
finds members that the directory does not name, and gives every stretch of bytes that any reader might take.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from driftseal.formats.blob import PIECE, Blob
from driftseal.limits import Limits

LOCAL: Final = b"PK\x03\x04"
_RECORD: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_LOCATOR64: Final = b"PK\x06\x07"
_DESCRIPTOR: Final = b"PK\x07\x08"
_END_SIZE: Final = 22
_LOCATOR_SIZE: Final = 20
_END64_SIZE: Final = 56
_RECORD_FORM: Final = struct.Struct("<4s6H3I5H2I")
_LOCAL_FORM: Final = struct.Struct("<4s5H3I2H")
_END_FORM: Final = struct.Struct("<4s4H2IH")
_END64_FORM: Final = struct.Struct("<4sQ2H2I4Q")
_MANY: Final = 0xFFFFFFFF
_FEW: Final = 0xFFFF
_EXTRA64: Final = 0x0001
_EXTRA_NAME: Final = 0x7075
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_LATER: Final = 0x8
"""Flag: sums and sizes stand behind the member's bytes."""
_ENDS: Final = 8
"""Ends of archives in one file that are followed."""


@dataclass(frozen=True, slots=True)
class Header:
    """One of the two accounts of a member."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    extra: bytes = field(repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether it says so."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def later(self) -> bool:
        """Whether sizes and sum need not stand in front of the bytes."""
        return bool(self.flags & _LATER)


@dataclass(frozen=True, slots=True)
class Member:
    """A stretch of bytes with a name."""

    offset: int
    """Of the header in front of it."""
    start: int
    """Of its bytes."""
    central: Header | None
    local: Header | None
    mode: int = 0
    """As Unix has it; 0 where none is told."""

    @property
    def name(self) -> str:
        """The directory's name for it, else its own."""
        header = self.central or self.local
        return header.name if header else ""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that writers of archives do not do."""

    name: str
    evidence: str
    offset: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """What lies in the file, and where."""

    members: tuple[Member, ...]
    oddities: tuple[Oddity, ...] = ()
    blanks: tuple[str, ...] = ()
    start: int = 0
    """Where the archive begins; other bytes stand before it."""
    end: int = 0
    """Where it ends, its comment with it."""
    comment: tuple[int, int] = (0, 0)
    """Offset and length."""


@dataclass(frozen=True, slots=True)
class _End:
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


def ends_as_zip(blob: Blob) -> bool:
    """Whether a directory is found from the end of the file on, whatever stands at its beginning."""
    return next(_ends(blob), None) is not None


def read(blob: Blob, limits: Limits) -> Directory:
    """Both accounts of every member, and what of the file none of them explains.

    Raises:
        OSError: its bytes cannot be read.
    """
    return _Walk(blob, limits).read()


def _tail(blob: Blob) -> tuple[int, bytes]:
    # The format allows 64 KiB behind the last record; files with more pass readers that look no further.
    start = max(0, blob.size - PIECE)
    return start, blob.read_at(start, blob.size - start)


def _ends(blob: Blob) -> Iterator[_End]:
    """Every end record that leads to a directory, the last first."""
    start, data = _tail(blob)
    at, found = len(data), 0
    for _ in range(1000):
        at = data.rfind(_END, 0, at + 3) if at else -1
        if at < 0 or found == _ENDS:
            return
        end = _end(blob, start + at, data[at : at + _END_SIZE])
        if end is not None:
            found += 1
            yield end


def _end(blob: Blob, at: int, data: bytes) -> _End | None:
    if len(data) < _END_SIZE:
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
    after = min(at + _END_SIZE + comment, blob.size)
    if not entries and not size:
        return _End(at, after, before, 0, 0, 0, tuple(odd)) if offset <= before else None
    starts = [one for one in (before - size, offset) if 0 <= one < before and blob.read_at(one, 4) == _RECORD]
    if not starts:
        return None
    if len(set(starts)) > 1:
        odd.append(Oddity("zip-ends-differ", f"directories at {starts[0]} and at {starts[1]}", at))
    return _End(at, after, starts[0], before - starts[0], entries, starts[0] - offset, tuple(odd))


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


class _Walk:
    def __init__(self, blob: Blob, limits: Limits) -> None:
        self._blob = blob
        self._limits = limits
        self._members: dict[tuple[int, str], Member] = {}
        self._odd: list[Oddity] = []
        self._blanks: list[str] = []
        self._spans: list[tuple[int, int]] = []

    def read(self) -> Directory:
        ends: list[_End] = []
        for end in _ends(self._blob):
            # An archive that lies in this one as a member has an end of its own, which is no second end of this one.
            if any(start <= end.at < stop for start, stop in self._spans):
                continue
            ends.append(end)
            self._odd += end.oddities
            self._directory(end)
        self._spans += [(end.start, end.after) for end in ends]
        if len(ends) > 1:
            places = ", ".join(str(end.at) for end in ends)
            self._odd.append(Oddity("zip-several-directories", f"end records at {places}", ends[-1].at))
        if not ends:
            self._odd.append(Oddity("zip-no-directory", "no directory at the end; members are found one after another"))
        self._gaps(max((end.after for end in ends), default=0))
        first = min((start for start, _ in self._spans), default=0)
        last = ends[0].after if ends else max((end for _, end in self._spans), default=0)
        comment = (ends[0].at + _END_SIZE, ends[0].after - ends[0].at - _END_SIZE) if ends else (0, 0)
        members = sorted(self._members.values(), key=lambda member: member.offset)
        self._overlaps(members)
        return Directory(tuple(members), tuple(self._odd), tuple(self._blanks), first, last, comment)

    def _directory(self, end: _End) -> None:
        if end.size > self._limits.file_bytes:
            self._blanks.append("a directory larger than limits.file_bytes is read up to there")
        data = self._blob.read_at(end.start, min(end.size, self._limits.file_bytes))
        at = count = 0
        while data.startswith(_RECORD, at) and at + _RECORD_FORM.size <= len(data):
            if len(self._members) >= self._limits.archive_members:
                self._blanks.append("more members than limits.archive_members")
                return
            fields = _RECORD_FORM.unpack_from(data, at)
            flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
            name_size, extra_size, comment_size = fields[10:13]
            body = at + _RECORD_FORM.size
            extra = data[body + name_size : body + name_size + extra_size]
            size, packed, offset = _wide(extra, [size, packed, fields[16]])
            name = _name(data[body : body + name_size], flags)
            header = Header(name, flags, method, crc, packed, size, extra)
            self._member(offset + end.shift, header, fields[15] >> 16)
            at = body + name_size + extra_size + comment_size
            count += 1
        if count != end.entries or at < len(data):
            text = f"{end.entries} entries announced, {count} found in {at} of {end.size} bytes"
            self._odd.append(Oddity("zip-directory-broken", text, end.start))

    def _member(self, offset: int, central: Header, mode: int) -> None:
        local, start = self._local(offset, len(central.name) + len(central.extra))
        if local is None:
            text = "no header in front of the bytes that the directory names"
            self._odd.append(Oddity("zip-headers-differ", text, max(offset, 0), central.name))
        key = (offset, central.name)
        if key in self._members:
            self._odd.append(Oddity("duplicate-member", "named twice by the directory", max(offset, 0), central.name))
        self._members[key] = Member(offset, start, central, local, mode)
        if local is not None:
            self._spans.append((offset, start + central.packed))
            if local.later:
                self._spans.append(self._descriptor(start + central.packed))

    def _local(self, offset: int, guess: int) -> tuple[Header | None, int]:
        """The header at an offset, and where the bytes behind it begin."""
        fixed = _LOCAL_FORM.size
        data = self._blob.read_at(offset, fixed + guess + 64) if offset >= 0 else b""
        if len(data) < fixed or not data.startswith(LOCAL):
            return None, max(offset, 0)
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL_FORM.unpack_from(data)
        if len(data) < fixed + name_size + extra_size:
            data = self._blob.read_at(offset, fixed + name_size + extra_size)
        extra = data[fixed + name_size : fixed + name_size + extra_size]
        size, packed = _wide(extra, [size, packed])
        name = _name(data[fixed : fixed + name_size], flags)
        return Header(name, flags, method, crc, packed, size, extra), offset + fixed + name_size + extra_size

    def _descriptor(self, at: int) -> tuple[int, int]:
        """Sums and sizes behind a member: with or without a sign, of 4 or 8 bytes each; the next sign decides."""
        data = self._blob.read_at(at, 28)
        for length in (16, 24, 12, 20):
            if data[length : length + 2] == b"PK" and (data.startswith(_DESCRIPTOR) or length in {12, 20}):
                return at, at + length
        return at, at + (16 if data.startswith(_DESCRIPTOR) else 0)

    def _gaps(self, last: int) -> None:
        """Members that no directory names lie in stretches that nothing explains."""
        at = 0
        explained = sorted(self._spans)
        for start, end in [*explained, (max(last, 0) if explained else self._blob.size, self._blob.size)]:
            if start > at:
                self._gap(at, start)
            at = max(at, end)

    def _gap(self, start: int, end: int) -> None:
        at = start
        while at < end:
            if len(self._members) >= self._limits.archive_members:
                self._blanks.append("more members than limits.archive_members")
                return
            local, body = self._local(at, 64)
            if local is None:
                found = self._next(at + 1, end)
                self._unexplained(at, found)
                at = found
                continue
            if local.later and not local.packed:
                after = self._next(body, end)
            else:
                after = min(body + local.packed, self._blob.size)
            header = Header(local.name, local.flags, local.method, local.crc, after - body, local.size, local.extra)
            self._odd.append(Oddity("zip-hidden-member", "not named by the directory", at, local.name))
            self._members[(at, local.name)] = Member(at, body, None, header)
            self._spans.append((at, after))
            at = max(after, at + 1)
            if local.later:
                at = max(at, self._descriptor(at)[1])

    def _next(self, at: int, end: int) -> int:
        """Where the next member's header stands."""
        while at < end:
            piece = self._blob.read_at(at, min(PIECE, end - at + len(LOCAL)))
            found = piece.find(LOCAL)
            if found >= 0:
                return min(at + found, end)
            at += max(len(piece) - len(LOCAL) + 1, 1)
        return end

    def _unexplained(self, start: int, end: int) -> None:
        if start == 0 or self._blank(start, end):
            return  # What stands before an archive is told by where it starts.
        self._odd.append(Oddity("zip-gap", f"{end - start} bytes between members that nothing names", start))

    def _blank(self, start: int, end: int) -> bool:
        return not any(piece.strip(b"\0") for piece in self._blob.part(start, end - start).pieces())

    def _overlaps(self, members: list[Member]) -> None:
        last, whose = 0, ""
        for member in members:
            header = member.central or member.local
            if header is None or member.local is None:
                continue
            if member.offset < last:
                self._odd.append(Oddity("zip-overlap", f"shares bytes with {whose}", member.offset, member.name))
            if member.start + header.packed > last:
                last, whose = member.start + header.packed, member.name
