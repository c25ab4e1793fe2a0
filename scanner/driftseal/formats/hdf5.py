"""HDF5 as far as links and attributes need it, after the HDF5 File Format Specification 3.0.

Superblocks 0 to 3, object headers 1 and 2 with their continuations, groups as symbol tables and as link messages, local
and global heaps; fractal heaps of links in ``formats/hdf5_dense.py``. Data of datasets is never read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_USER_BLOCKS: Final = (0, 512, 1024, 2048, 4096, 8192)
DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES, LAYOUT = 1, 2, 3, 6, 7, 8
ATTRIBUTE, CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 12, 16, 17, 21
_NAME: Final = 4096
_LEVELS: Final = 32
_MESSAGE: Final = 1 << 16


class Malformed(ValueError):
    """No HDF5 from some byte on."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an object header."""

    kind: int
    flags: int
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One name in a group."""

    name: str
    target: int = 0
    """Address of the object header that a hard link leads to; 0 for other kinds."""
    soft: str = ""
    file: str = ""
    """The other file, of an external link."""


def start_of(blob: Blob) -> int:
    """Where the superblock lies; -1 where there is none."""
    return next((at for at in _USER_BLOCKS if blob.read_at(at, len(SIGNATURE)) == SIGNATURE), -1)


class Hdf5:
    """One file."""

    def __init__(self, blob: Blob, spend: Callable[[], bool]) -> None:
        """Read the superblock.

        Raises:
            Malformed: there is none, or one of an unknown version.
        """
        self._blob, self.spend = blob, spend
        start = start_of(blob)
        if start < 0:
            raise Malformed("no superblock")
        head = self.bytes_at(start, 96, short=True)
        version = head[8] if len(head) > 28 else 255  # noqa: PLR2004 - what every version has
        if version in {0, 1}:
            self.offset_size, self.length_size = head[13], head[14]
            at = 24 if version == 0 else 28
        elif version in {2, 3}:
            self.offset_size, self.length_size = head[9], head[10]
            at = 12
        else:
            raise Malformed(f"a superblock of version {version}")
        if self.offset_size not in {2, 4, 8} or self.length_size not in {2, 4, 8}:
            raise Malformed(f"addresses of {self.offset_size} bytes")
        self._none = (1 << 8 * self.offset_size) - 1
        self._base = self.number(head, at, self.offset_size)
        if start and not self._base:
            self._base = start
        step = self.offset_size
        self.root = self.number(head, at + (4 * step + step if version < 2 else 3 * step), step)  # noqa: PLR2004

    def number(self, data: bytes, at: int, size: int) -> int:
        """An integer as the file writes them.

        Raises:
            Malformed: the bytes end before it does.
        """
        if at + size > len(data):
            raise Malformed("a structure that ends too early")
        return int.from_bytes(data[at : at + size], "little")

    def address(self, data: bytes, at: int) -> int:
        """An address in the file; 0 where it is undefined."""
        found = self.number(data, at, self.offset_size)
        return 0 if found == self._none else found

    def messages(self, header: int) -> Iterator[Message]:
        """The messages of one object, in order.

        Raises:
            Malformed: it is no object header.
        """
        first = self.bytes_at(header, 16, short=True)
        if first[:4] == b"OHDR":
            yield from self._messages_2(header, first)
        elif first[:1] == b"\x01":
            yield from self._blocks(header + 16, self.number(first, 8, 4), order=-1)
        else:
            raise Malformed(f"no object header at byte {header}")

    def _messages_2(self, header: int, first: bytes) -> Iterator[Message]:
        flags = self.number(first, 5, 1)
        at = 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
        width = 1 << (flags & 3)
        size = self.number(self.bytes_at(header + at, width), 0, width)
        yield from self._blocks(header + at + width, size, order=2 if flags & 4 else 0)

    def _blocks(self, start: int, size: int, *, order: int) -> Iterator[Message]:
        """Messages of a block and of those that continue it; ``order`` is -1 for headers of version 1."""
        left, seen = [(start, size)], {start}
        prefix = 8 if order < 0 else 4 + order
        while left:
            at, size = left.pop()
            end = at + size
            while at + prefix <= end and self.spend():
                head = self.bytes_at(at, prefix)
                kind = self.number(head, 0, 2) if order < 0 else head[0]
                length = self.number(head, 2 if order < 0 else 1, 2)
                if at + prefix + length > end:
                    raise Malformed(f"a message at byte {at} that ends behind its header")
                message = Message(kind, head[4 if order < 0 else 3], at, self.bytes_at(at + prefix, length))
                at += prefix + length
                if kind == CONTINUATION:
                    further = self.address(message.data, 0)
                    length = self.number(message.data, self.offset_size, self.length_size)
                    if order >= 0:
                        further, length = further + 4, length - 8
                    if further not in seen and length > 0:
                        seen.add(further)
                        left.append((further, length))
                else:
                    yield message

    def links(self, message: Message) -> Iterator[Link]:
        """The links that a ``LINK`` or ``SYMBOL_TABLE`` message holds."""
        if message.kind == LINK:
            yield self.link(message.data)[0]
        elif message.kind == SYMBOL_TABLE:
            tree, heap = self.address(message.data, 0), self.address(message.data, self.offset_size)
            names = self._heap(heap)
            yield from self._tree(tree, names)

    def link(self, data: bytes, start: int = 0) -> tuple[Link, int]:
        """The link that starts there, and where it ends.

        Raises:
            Malformed: none does.
        """
        if self.number(data, start, 1) != 1:
            raise Malformed("a link of an unknown version")
        flags = self.number(data, start + 1, 1)
        at = start + 2
        kind = self.number(data, at, 1) if flags & 8 else 0
        at += (1 if flags & 8 else 0) + (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        length = self.number(data, at, width)
        at += width
        name = data[at : at + length].decode("utf-8", "replace")
        at += length
        if kind == 0:
            return Link(name, self.address(data, at)), at + self.offset_size
        end = at + 2 + self.number(data, at, 2)
        value = data[at + 2 : end]
        if kind == 1:
            return Link(name, soft=value.decode("utf-8", "replace")), end
        return Link(name, file=value[1:].split(b"\0")[0].decode("utf-8", "replace") or "?"), end

    def _heap(self, at: int) -> tuple[int, int]:
        """Where the data of a local heap lies, and how long it is."""
        head = self.bytes_at(at, 8 + 2 * self.length_size + self.offset_size)
        if head[:4] != b"HEAP":
            raise Malformed(f"no heap of names at byte {at}")
        return self.address(head, 8 + 2 * self.length_size), self.number(head, 8, self.length_size)

    def heap_text(self, heap: int, offset: int) -> str:
        """A text in a local heap."""
        return self._heap_text(self._heap(heap), offset)

    def _heap_text(self, heap: tuple[int, int], offset: int) -> str:
        at, size = heap
        data = self.bytes_at(at + offset, min(_NAME, max(size - offset, 0)), short=True)
        return data.split(b"\0")[0].decode("utf-8", "replace")

    def _tree(self, root: int, names: tuple[int, int]) -> Iterator[Link]:
        """Links of the symbol nodes below a node of a version 1 B-tree."""
        left, seen = [(root, 0)], {root}
        step = self.offset_size
        while left and self.spend():
            at, level = left.pop()
            head = self.bytes_at(at, 8 + 2 * step, short=True)
            if head[:4] == b"SNOD":
                yield from self._symbols(at, self.number(head, 6, 2), names)
            elif head[:4] != b"TREE" or level > _LEVELS:
                raise Malformed(f"no node of a group at byte {at}")
            else:
                pair = self.length_size + step
                body = self.bytes_at(at + len(head), self.number(head, 6, 2) * pair + self.length_size, short=True)
                for child in range(self.length_size, len(body) - step + 1, pair):
                    address = self.address(body, child)
                    if address not in seen:
                        seen.add(address)
                        left.append((address, level + 1))

    def _symbols(self, at: int, count: int, names: tuple[int, int]) -> Iterator[Link]:
        size = 2 * self.offset_size + 24
        data = self.bytes_at(at + 8, count * size, short=True)
        for entry in range(0, len(data) - size + 1, size):
            if not self.spend():
                return
            name = self._heap_text(names, self.number(data, entry, self.offset_size))
            kind = self.number(data, entry + 2 * self.offset_size, 4)
            if kind == 2:  # noqa: PLR2004 - a soft link, whose text lies in the heap
                yield Link(name, soft=self._heap_text(names, self.number(data, entry + 2 * self.offset_size + 8, 4)))
            else:
                yield Link(name, self.address(data, entry + self.offset_size))

    def heap_object(self, collection: int, index: int) -> Blob:
        """One object of a global heap.

        Raises:
            Malformed: it is not there.
        """
        head = self.bytes_at(collection, 8 + self.length_size)
        if head[:4] != b"GCOL":
            raise Malformed(f"no global heap at byte {collection}")
        at, end = collection + len(head), collection + self.number(head, 8, self.length_size)
        while at < min(end, self._blob.size) and self.spend():
            entry = self.bytes_at(at, 8 + self.length_size)
            size = self.number(entry, 8, self.length_size)
            if self.number(entry, 0, 2) == index:
                return self._blob.part(self._base + at + len(entry), size)
            if not self.number(entry, 0, 2):
                break
            at += len(entry) + (size + 7 & ~7)
        raise Malformed(f"no object {index} in the global heap at byte {collection}")

    def bytes_at(self, at: int, count: int, *, short: bool = False) -> bytes:
        """Bytes at an address; all of them unless ``short`` allows for the end of the file.

        Raises:
            Malformed: they are not there.
        """
        data = self._blob.read_at(getattr(self, "_base", 0) + at, min(count, _MESSAGE * 16))
        if len(data) < count and not short:
            raise Malformed(f"nothing at byte {at}")
        return data
