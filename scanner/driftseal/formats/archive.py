"""Packed files (tar.gz, tgz, tar, zip, wheel) as paths and bytes; nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from driftseal.canonical import show
from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import tar
from driftseal.formats.tar import Entry
from driftseal.limits import Limits

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_RECORD: Final = b"PK\x01\x02"
_ENCRYPTED: Final = 0x1
_PLAIN: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DRIVE: Final = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Problem:
    """A member that is not read, or something odd about the archive."""

    path: str
    """As it stands in the archive, made safe to show; empty for the archive itself."""
    why: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds."""

    members: tuple[tuple[str, bytes], ...] = field(repr=False)
    """Regular files by clean relative path, in the archive's order. Of two of one path the later, which installs."""
    problems: tuple[Problem, ...] = ()


def read(data: bytes, name: str, limits: Limits, *, strip: int = 0) -> Contents:
    """The regular files of an archive, told by its first bytes; ``strip`` takes so many folders off their paths.

    Where ``limits`` end the reading, what was read is given and the rest is a problem.

    Raises:
        FormatError: no archive, a damaged one, or one that is cut off.
    """
    members: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        for count, entry in enumerate(_entries(data, name, limits)):
            if count == limits.archive_members:
                problems.append(Problem("", f"not read to its end: more than {limits.archive_members} members"))
                break
            shown = show(entry.path)
            path = _clean(entry.path, strip)
            if entry.why or path is None:
                problems.append(Problem(shown, entry.why or "leads out of the archive, or names no file"))
                continue
            if path in members:
                problems.append(Problem(shown, "stands twice in the archive; the later one is read"))
            members[path] = entry.data
    except LimitExceeded as cause:
        problems.append(Problem("", f"not read to its end: {cause}"))
    return Contents(tuple(members.items()), tuple(problems))


def _clean(path: str, strip: int) -> str | None:
    """A relative path without detours; None for one that leads elsewhere on any platform."""
    slashed = path.replace("\\", "/")
    if slashed.startswith("/") or _DRIVE.match(slashed) or "\0" in slashed:
        return None
    parts = [part for part in slashed.split("/") if part not in {"", "."}]
    if not parts or ".." in parts:
        return None
    return "/".join(parts[min(strip, len(parts) - 1) :])


def _entries(data: bytes, name: str, limits: Limits) -> Iterator[Entry]:
    if data.startswith(_ZIP):
        return _zip(data, name, limits)
    if data.startswith(_GZIP):
        return _gzip(data, name, limits)
    if data[257:262] == b"ustar":
        return tar.entries(_counted(io.BytesIO(data).read, limits), name, limits)
    raise FormatError(f"{name}: is neither a ZIP nor a TAR archive", hint="see what the file is")


def _counted(read: Callable[[int], bytes], limits: Limits) -> Callable[[int], bytes]:
    """The same bytes, counted as they come: what a header says of sizes, or a bomb hides, does not matter."""
    left = limits.archive_bytes

    def take(count: int) -> bytes:
        nonlocal left
        data = read(min(count, left + 1))
        left -= len(data)
        if left < 0:
            raise LimitExceeded(f"more than {limits.archive_bytes} bytes unpacked")
        return data

    return take


def _gzip(data: bytes, name: str, limits: Limits) -> Iterator[Entry]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unpacked:
            yield from tar.entries(_counted(unpacked.read, limits), name, limits)
    except (OSError, EOFError, zlib.error) as cause:
        raise FormatError(f"{name}: damaged or cut off: {cause}", hint="fetch it again") from cause


def _zip(data: bytes, name: str, limits: Limits) -> Iterator[Entry]:
    # The directory is read whole at once; so many records of it can there be.
    if data.count(_ZIP_RECORD) > limits.archive_members:
        raise LimitExceeded(f"more than {limits.archive_members} members")
    left = limits.archive_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.filename.endswith("/"):
                    continue
                entry = _zipped(archive, info, limits)
                left -= len(entry.data)
                if left < 0:
                    raise LimitExceeded(f"more than {limits.archive_bytes} bytes unpacked")
                yield entry
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as cause:
        raise FormatError(f"{name}: damaged or cut off: {cause}", hint="fetch it again") from cause


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> Entry:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return Entry(info.filename, why="is a link or a device, which is not followed")
    if info.flag_bits & _ENCRYPTED:
        return Entry(info.filename, why="is encrypted")
    if info.compress_type not in _PLAIN:
        return Entry(info.filename, why="is packed in a way that installers do not use")
    if info.file_size > limits.code_file_bytes:
        return Entry(info.filename, why=f"larger than {limits.code_file_bytes} bytes")
    try:
        with archive.open(info) as member:
            # One byte more than told, so that the end is reached and the sum of the bytes is compared.
            return Entry(info.filename, member.read(info.file_size + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError) as cause:
        return Entry(info.filename, why=f"damaged: {show(str(cause))}")
