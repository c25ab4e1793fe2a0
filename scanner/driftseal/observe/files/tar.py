"""TAR archives: ``.nemo``, old torch and PaddlePaddle files, and plain ones.

Facts, beside ``path-escapes``, ``path-odd``, ``archive-link``, ``link-escapes``, ``duplicate-member`` and
``trailing-data``:

- ``tar-broken``: a header is damaged or the archive cut off; readers differ in what they make of the rest.
- ``tar-special-member``: a device, a pipe, or a kind that is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.errors import FormatError
from driftseal.formats import tar
from driftseal.formats.blob import Blob
from driftseal.observe.files._archive import link_facts, path_facts, trailing
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Seen

_LINKS: Final = frozenset({b"1", b"2"})
_REGULAR: Final = frozenset({b"\0", b"0", b"7", b"S"})
_FOLDER: Final = b"5"
_EMPTY: Final = bytes(tar.BLOCK)


class Tar(Analyser):
    """See the module."""

    name: ClassVar[str] = "tar"
    suffixes: ClassVar[frozenset[str]] = frozenset({".tar", ".nemo"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        block = head[: tar.BLOCK]
        return blob.size >= tar.BLOCK and block != _EMPTY and block[:1] != b"\0" and tar.is_header(block)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        try:
            yield from _Walk(blob, name, budget).read()
        except FormatError as cause:
            yield Fact("tar-broken", str(cause))
            yield Blank(str(cause))


class _Walk:
    def __init__(self, blob: Blob, name: str, budget: Budget) -> None:
        self._blob = blob
        self._name = name
        self._budget = budget
        self._at = 0
        self._shared: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._copies: dict[str, int] = {}

    def read(self) -> Iterator[Seen]:
        damaged, headers = False, 0
        while self._at < self._blob.size:
            offset, block = self._at, self._blob.read_at(self._at, tar.BLOCK)
            if block == _EMPTY:
                break
            headers += 1
            if headers > self._budget.limits.archive_members or not self._budget.spend():
                yield Blank("more members than limits.archive_members")
                return
            self._at += tar.BLOCK
            if len(block) < tar.BLOCK:
                yield from self._broken("the archive is cut off", offset)
                return
            if tar.is_header(block):
                yield from self._member(block, offset)
            elif not damaged:
                damaged = True
                yield from self._broken("a damaged header", offset)
        yield from trailing(self._blob, self._at)

    def _broken(self, why: str, offset: int) -> Iterator[Seen]:
        yield Fact("tar-broken", why, offset)
        yield Blank(why)

    def _member(self, block: bytes, offset: int) -> Iterator[Seen]:
        kind, size = block[156:157], tar.number_in(block[124:136], self._name)
        if kind in tar.NAMING:
            yield from self._naming(kind, size, offset)
            return
        said, self._next = {**self._shared, **self._next}, {}
        path = said.get("path") or tar.path_in(block)
        yield from path_facts(path, offset)
        if kind in _LINKS:
            target = said.get("linkpath") or block[157:257].partition(b"\0")[0].decode("utf-8", "backslashreplace")
            # A hard link's target is told from the archive's root, a symbolic one's from where it stands.
            yield from link_facts(path, target, offset, path.rpartition("/")[0] if kind == b"2" else "")
            return
        if kind == _FOLDER or (kind == b"\0" and path.endswith("/")):
            return
        if kind not in _REGULAR:
            yield Fact(
                "tar-special-member", f"{path} is {tar.KINDS.get(kind, 'of no known kind')}", offset, subject=path
            )
        told = said.get("size", "")
        size = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else size  # noqa: PLR2004
        yield from self._content(path, size, offset)

    def _content(self, path: str, size: int, offset: int) -> Iterator[Seen]:
        number = self._copies[path] = self._copies.get(path, 0) + 1
        if number > 1:
            yield Fact("duplicate-member", f"copy {number} of {path}", offset, subject=path)
        yield Embedded(path if number == 1 else f"{path}#{number}", self._blob.part(self._at, size))
        if self._at + size > self._blob.size:
            yield from self._broken("the archive is cut off", offset)
        self._at += _padded(size)

    def _naming(self, kind: bytes, size: int, offset: int) -> Iterator[Seen]:
        if size > self._budget.limits.document_bytes:
            yield from self._broken(f"a member's name takes {size} bytes", offset)
        else:
            data = self._blob.read_at(self._at, size)
            if kind in b"LK":
                text = data.partition(b"\0")[0].decode("utf-8", "backslashreplace")
                self._next["path" if kind == b"L" else "linkpath"] = text
            else:
                (self._shared if kind == b"g" else self._next).update(tar.pax_records(data))
        self._at += _padded(size)


def _padded(size: int) -> int:
    return -(-size // tar.BLOCK) * tar.BLOCK
