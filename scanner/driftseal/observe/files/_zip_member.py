"""The bytes of one member of a ZIP file, in every way that some reader may take them."""

from __future__ import annotations

import lzma
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from driftseal.formats._zip_headers import Header
from driftseal.formats.blob import Blob
from driftseal.formats.compressed import Decompressor, Make, Measured, Unpacked, kind, measure, raw_deflate
from driftseal.formats.numpy_array import MAGIC
from driftseal.formats.zip import TENSOR, Member
from driftseal.limits import Limits
from driftseal.observe.files._archive import Once, begins_as_file, link_facts, path_facts, swells
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact

_STORED: Final = 0
_DEFLATED: Final = 8
_NAMED: Final = {12: "bzip2", 93: "zstd", 95: "xz"}
_LZMA: Final = 14
_LINK_BYTES: Final = 4096


def differences(member: Member) -> Iterator[Fact]:
    """``zip-names-differ`` and ``zip-headers-differ``, ``zip-encrypted-flag``, and what its name shows."""
    yield from path_facts(member.name, member.offset)
    central, local = member.central, member.local
    if any(header is not None and header.encrypted for header in (central, local)):
        yield Fact("zip-encrypted-flag", "says that it is encrypted", member.offset, subject=member.name)
    if central is None or local is None:
        return
    if central.name != local.name:
        text = f"{central.name} in the directory, {local.name} in front of the bytes"
        yield Fact("zip-names-differ", text, member.offset, subject=member.name)
        yield from path_facts(local.name, member.offset)
    told = [
        ("method", central.method, local.method, False),
        ("encryption", int(central.encrypted), int(local.encrypted), False),
        ("sum", central.crc, local.crc, local.later),
        ("packed size", central.packed, local.packed, local.later),
        ("size", central.size, local.size, local.later),
    ]
    for what, directory, front, may_lack in told:
        if directory != front and not (may_lack and front in {0, 0xFFFFFFFF}):
            text = f"{what} {directory} in the directory, {front} in front of the bytes"
            yield Fact("zip-headers-differ", text, member.offset, subject=member.name)


def contents(blob: Blob, member: Member, path: str, budget: Budget, once: Once) -> Iterator[Fact | Blank | Embedded]:
    """The member's bytes as ``Embedded``, once for each way to take them, and what shows when they are unpacked."""
    first = member.central or member.local
    if first is None or member.passed:
        return
    if stat.S_ISLNK(member.mode):
        target = blob.read_at(member.start, min(first.packed, _LINK_BYTES)).decode("utf-8", "backslashreplace")
        yield from link_facts(member.name, target, member.offset, member.name.rpartition("/")[0])
    ways = [(header.method, header.packed, header) for header in (member.central, member.local) if header is not None]
    seen: set[tuple[int, int]] = set()
    for method, packed, header in ways:
        if (method, packed) in seen or (header.later and not packed and seen):
            continue
        seen.add((method, packed))
        where = path if len(seen) == 1 else f"{path}#{len(seen)}"
        if member.start + packed > blob.size:
            yield Fact("zip-truncated", "reaches beyond the end of the file", member.offset, subject=member.name)
            yield Blank("the file ends within it", where)
        data = blob.part(member.start, packed)
        if once.allows(data.size, budget):
            yield from _content(data, header, member, where, budget)
        else:
            yield Blank("members share more bytes than are read again (limits.unpacked_bytes)", where)


def _content(
    data: Blob, header: Header, member: Member, path: str, budget: Budget
) -> Iterator[Fact | Blank | Embedded]:
    if header.method == _STORED:
        yield from _stored(data, header, member, path, budget)
        return
    if header.method == _LZMA:
        data, make = data.part(4 + _properties(data), data.size), _lzma(data, budget.limits)
    else:
        make = _maker(header.method, budget.limits)
    if make is not None:
        yield from _packed(data, make, header, member, path, budget)
        return
    yield Fact("zip-unknown-method", f"method {header.method}", member.offset, subject=member.name)
    # A reader that ignores the method takes the bytes as they are, or as the common method has it.
    found = _measured(data, raw_deflate, budget)
    if found.problem:
        yield Blank(f"packed by method {header.method}, which nothing here unpacks", path)
        yield Embedded(path, data)
    else:
        yield Embedded(path, Unpacked(data, raw_deflate, found.size))


def _maker(method: int, limits: Limits) -> Make | None:
    if method == _DEFLATED:
        return raw_deflate
    return kind(_NAMED[method], limits).make if method in _NAMED else None


def _properties(data: Blob) -> int:
    return int.from_bytes(data.read_at(2, 2), "little")


def _lzma(data: Blob, limits: Limits) -> Make | None:
    head = data.read_at(4, 5)
    if _properties(data) != 5 or len(head) < 5:  # noqa: PLR2004  # the one size of properties that the method has
        return None
    first, dictionary = struct.unpack("<BI", head)
    if first >= 9 * 5 * 5 or dictionary > limits.unpack_memory:
        return None
    rest, lc = divmod(first, 9)
    pb, lp = divmod(rest, 5)
    if lc + lp > 4:  # noqa: PLR2004  # liblzma's own bound
        return None
    chosen = {"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": lc, "lp": lp, "pb": pb}

    def make() -> Decompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])

    return make


def _measured(data: Blob, make: Make, budget: Budget) -> Measured:
    if budget.unpacked <= 0:
        why = "more was unpacked than one file is given (limits.unpacked_bytes)"
        return Measured(0, 0, 0, problem=why, bounded=True)
    found = measure(data, make, budget.unpacked, budget.limits)
    budget.unpacked = max(budget.unpacked - found.cost, 0)
    return found


def _packed(
    data: Blob, make: Make, header: Header, member: Member, path: str, budget: Budget
) -> Iterator[Fact | Blank | Embedded]:
    found = _measured(data, make, budget)
    if found.size == header.size and not found.bounded:
        # Some ways to compress have no end of their own, where the size is told.
        found = replace(found, problem="")
    subject, at = member.name, member.offset
    content = Unpacked(data, make, found.size)
    # An array of zeros swells too, and takes no more memory than its header says.
    if swells(found.size, found.packed, budget.limits) and not content.read_at(0, 6).startswith(MAGIC):
        text = f"{found.packed} bytes unpack to {'more than ' if found.bounded else ''}{found.size}"
        yield Fact("extreme-ratio", text, at, subject=subject)
    if found.problem:
        yield from _broken(data, found, header, member, path)
    elif found.size != header.size and not (header.later and not header.size):
        yield Fact("zip-size-differs", f"{found.size} bytes, {header.size} told", at, subject=subject)
    elif found.crc != header.crc and not (header.later and not header.crc):
        yield Fact("zip-sum-differs", f"{found.crc:08x}, {header.crc:08x} told", at, subject=subject)
    if not found.problem and found.packed < data.size:
        text = f"{data.size - found.packed} bytes behind the packed ones"
        yield Fact("trailing-data", text, member.start + found.packed, subject=subject)
        yield Embedded(f"{path}#trailing", data.part(found.packed, data.size))
    if found.size and (TENSOR.fullmatch(member.name) is None or begins_as_file(content.read_at(0, 8))):
        yield Embedded(path, content)


def _broken(
    data: Blob, found: Measured, header: Header, member: Member, path: str
) -> Iterator[Fact | Blank | Embedded]:
    if found.bounded:
        yield Blank(found.problem, path)
        return
    if header.encrypted:
        yield Blank("it is encrypted", path)
    else:
        yield Fact("zip-member-broken", f"its bytes do not unpack: {found.problem}", member.offset, subject=member.name)
        yield Blank(f"its bytes do not unpack: {found.problem}", path)
    yield Embedded(f"{path}#stored", data)


def _stored(data: Blob, header: Header, member: Member, path: str, budget: Budget) -> Iterator[Fact | Blank | Embedded]:
    subject, at = member.name, member.offset
    if header.size != header.packed and not (header.later and not header.size):
        text = f"stored in {header.packed} bytes, {header.size} told"
        yield Fact("zip-size-differs", text, at, subject=subject)
    storage = TENSOR.fullmatch(member.name) is not None
    if not storage and data.size <= budget.limits.file_bytes:
        crc = 0
        for piece in data.pieces():
            crc = zlib.crc32(piece, crc)
        wrong = crc != header.crc and not (header.later and not header.crc)
        if wrong and header.encrypted:
            yield Blank("it is encrypted", path)
        elif wrong:
            yield Fact("zip-sum-differs", f"{crc:08x}, {header.crc:08x} told", at, subject=subject)
    if not storage or begins_as_file(data.read_at(0, 8)):
        yield Embedded(path, data)
