"""ZIP archives, read without trusting any of their two accounts of what they hold.

A ZIP file describes each member twice: in front of its bytes and in the directory at the end. Readers differ in which
they believe, and scanners are passed by files of which the two differ. This one reads both and tells each difference,
finds members that the directory does not name, and gives every stretch of bytes that any reader might take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from driftseal.formats._zip_ends import END_SIZE, End
from driftseal.formats._zip_ends import ends as ends_of
from driftseal.formats._zip_headers import LOCAL, Header, Oddity, Record, descriptor, local, record
from driftseal.formats.blob import PIECE, Blob
from driftseal.limits import Limits

_GUESS: Final = 96
"""Bytes that are read with a header, for its name and extra fields."""

_ROOM: Final = 1024
"""Bytes that a tensor's header, its padding and what stands behind it take."""
TENSOR: Final = re.compile(r"(?:.*/)?data/\d+")


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
    passed: bool = False
    """Whether nothing but the directory was read of it."""

    @property
    def name(self) -> str:
        """The directory's name for it, else its own."""
        header = self.central or self.local
        return header.name if header else ""


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


def ends_as_zip(blob: Blob) -> bool:
    """Whether a directory is found from the end of the file on, whatever stands at its beginning."""
    return next(ends_of(blob), None) is not None


def read(blob: Blob, limits: Limits) -> Directory:
    """Both accounts of every member, and what of the file none of them explains.

    Raises:
        OSError: its bytes cannot be read.
    """
    return _Walk(blob, limits).read()


def _is_tensor(entry: Record, room: int) -> bool:
    """Whether an entry is that of a tensor's numbers, and the file has room for them and a header and no more."""
    header = entry.header
    return TENSOR.fullmatch(header.name) is not None and not header.method and 0 <= room - header.packed <= _ROOM


class _Walk:
    def __init__(self, blob: Blob, limits: Limits) -> None:
        self._blob = blob
        self._limits = limits
        self._members: list[Member] = []
        self._places: set[tuple[int, str]] = set()
        self._odd: list[Oddity] = []
        self._blanks: list[str] = []
        self._spans: list[tuple[int, int]] = []

    def read(self) -> Directory:
        ends: list[End] = []
        for end in ends_of(self._blob):
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
        comment = (ends[0].at + END_SIZE, ends[0].after - ends[0].at - END_SIZE) if ends else (0, 0)
        members = sorted(self._members, key=lambda member: member.offset)
        self._overlaps(members)
        return Directory(tuple(members), tuple(self._odd), tuple(self._blanks), first, last, comment)

    def _full(self) -> bool:
        if len(self._members) < self._limits.archive_members:
            return False
        self._blanks.append("more members than limits.archive_members")
        return True

    def _directory(self, end: End) -> None:
        if end.size > self._limits.file_bytes:
            self._blanks.append("a directory larger than limits.file_bytes is read up to there")
        data = self._blob.read_at(end.start, min(end.size, self._limits.file_bytes))
        at = count = 0
        records: list[Record] = []
        while (found := record(data, at)) is not None and len(records) < self._limits.archive_members:
            records.append(found)
            at = found.after
            count += 1
        places = sorted({found.offset + end.shift for found in records} | {end.start})
        following = dict(pairwise(places))
        for found in records:
            if self._full():
                return
            self._member(found.offset + end.shift, found, following.get(found.offset + end.shift, end.start))
        if len(records) == self._limits.archive_members and at < len(data):
            self._blanks.append("more members than limits.archive_members")
        elif count != end.entries or at < len(data):
            text = f"{end.entries} entries announced, {count} found in {at} of {end.size} bytes"
            self._odd.append(Oddity("zip-directory-broken", text, end.start))

    def _member(self, offset: int, entry: Record, following: int) -> None:
        central = entry.header
        if self._blob.distant and _is_tensor(entry, following - offset):
            self._spans.append((offset, following))
            self._members.append(Member(offset, following, central, None, entry.mode, passed=True))
            return
        front, start = local(self._blob, offset, len(central.name) + _GUESS)
        place, shown = (offset, central.name), max(offset, 0)
        if front is None:
            text = "no header in front of the bytes that the directory names"
            self._odd.append(Oddity("zip-headers-differ", text, shown, central.name))
        if place in self._places:
            self._odd.append(Oddity("zip-named-twice", "named twice by the directory", shown, central.name))
        self._places.add(place)
        self._members.append(Member(offset, start, central, front, entry.mode))
        if front is not None:
            self._spans.append((offset, start + central.packed))
            if front.later:
                self._spans.append(descriptor(self._blob, start + central.packed))

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
            if self._full():
                return
            front, body = local(self._blob, at, _GUESS)
            if front is None:
                found = self._next(at + 1, end)
                self._unexplained(at, found)
                at = found
                continue
            if front.later and not front.packed:
                after = self._next(body, end)
            else:
                after = min(body + front.packed, self._blob.size)
            header = Header(front.name, front.flags, front.method, front.crc, after - body, front.size)
            self._odd.append(Oddity("zip-hidden-member", "not named by the directory", at, front.name))
            self._members.append(Member(at, body, None, header))
            self._spans.append((at, after))
            at = max(after, at + 1)
            if front.later:
                at = max(at, descriptor(self._blob, at)[1])

    def _next(self, at: int, end: int) -> int:
        """Where the next member's header stands."""
        length = _GUESS
        while at < end:
            piece = self._blob.read_at(at, min(length, end - at + len(LOCAL)))
            found = piece.find(LOCAL)
            if found >= 0:
                return min(at + found, end)
            at += max(len(piece) - len(LOCAL) + 1, 1)
            # Little at first, since headers may stand close to one another.
            length = min(length * 8, PIECE)
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
