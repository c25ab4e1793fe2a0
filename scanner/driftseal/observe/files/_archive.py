"""What analysers of archives and of compressed files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob
from driftseal.limits import MIB, Limits
from driftseal.observe.files.base import Budget, Embedded, Fact

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LARGE: Final = 10 * MIB
"""Bytes from which on swelling is told; smaller ones do no harm."""
_OPCODES: Final = frozenset(b"\x95(]})cXUKJMGNIF\x8c\x8a\x8f\x88\x89CBTVL\x8d\x8e\x96")
"""With what a pickle goes on behind its first two bytes."""
_STRONG: Final = (
    *(b"PK\x03\x04", b"7z\xbc\xaf", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x7fELF", b"MZ\x90\0", b"#!/"),
    *(b"cos\n", b"cposix", b"cnt\n", b"cbuilti", b"c__built", b"csubproc", b"(cos\n", b"(cposix"),
)


def leads_out(path: str) -> bool:
    """Whether a member's name leads out of the folder that it is unpacked to, on any platform."""
    slashed = path.replace("\\", "/")
    return slashed.startswith("/") or bool(_DRIVE.match(slashed)) or ".." in slashed.split("/")


def path_facts(path: str, offset: int) -> Iterator[Fact]:
    """``path-escapes`` where a member's name leads out, ``path-odd`` where readers take it differently."""
    if leads_out(path):
        yield Fact("path-escapes", f"{path} leads out of the archive", offset, subject=path)
    if "\0" in path or any(ord(char) < ord(" ") for char in path):
        yield Fact("path-odd", f"{path!r} holds control characters, at which some readers cut it", offset, subject=path)


def link_facts(path: str, target: str, offset: int, folder: str) -> Iterator[Fact]:
    """``archive-link``, and ``link-escapes`` where the target, as seen from a folder, lies outside of the archive."""
    yield Fact("archive-link", f"{path} is a link to {target}", offset, subject=path)
    depth = 0
    for part in f"{folder}/{target}".replace("\\", "/").split("/"):
        depth += 0 if part in {"", "."} else -1 if part == ".." else 1
        if depth < 0:
            break
    if depth < 0 or target.startswith(("/", "\\")) or _DRIVE.match(target):
        yield Fact("link-escapes", f"{path} is a link to {target}, out of the archive", offset, subject=path)


def swells(size: int, packed: int, limits: Limits) -> bool:
    """Whether a stretch of bytes unpacks to so much more that only swelling can be its purpose."""
    return size > _LARGE and size > packed * limits.unpack_ratio


@dataclass(slots=True)
class Once:
    """All bytes of one file may be handed on once; again, as when members share them, only as unpacked ones may."""

    left: int

    def allows(self, size: int, budget: Budget) -> bool:
        """Whether so many more may be handed on."""
        over = max(size - self.left, 0)
        self.left = max(self.left - size, 0)
        if over > budget.unpacked:
            return False
        budget.unpacked -= over
        return True


def trailing(blob: Blob, end: int, name: str = "#trailing") -> Iterator[Fact | Embedded]:
    """``trailing-data`` and what it is, where other than zeros follows the end that a file declares."""
    if 0 <= end < blob.size:
        rest = blob.part(end, blob.size - end)
        if any(piece.strip(b"\0") for piece in rest.pieces()):
            yield Fact("trailing-data", f"{rest.size} bytes after the file's own end", end)
            yield Embedded(name, rest)


def leading(blob: Blob, start: int, name: str = "#leading") -> Iterator[Fact | Embedded]:
    """``leading-data`` and what it is, where something stands before a file's own beginning."""
    if start > 0:
        yield Fact("leading-data", f"{start} bytes before the file's own beginning")
        yield Embedded(name, blob.part(0, start))


def begins_as_file(head: bytes) -> bool:
    """Whether a tensor's bytes begin so as hardly any numbers do."""
    if head.startswith(b"\x80") and len(head) > 2 and 0 < head[1] <= 5:  # noqa: PLR2004  # protocols
        return head[2] in _OPCODES
    return head.startswith(_STRONG)
