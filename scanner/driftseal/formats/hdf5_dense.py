"""Links in fractal heaps, where HDF5 keeps those of groups with many, after section III.G of its specification.

The blocks of a heap are read in order, and the links in them one behind the other. Where freed space lies between them,
some are missed; the heap's own count tells that, and whoever asks is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats.hdf5 import Hdf5, Link, Malformed

_CHECKED: Final = 2
"""Flag of a heap whose blocks of links hold a checksum."""
_WIDEST: Final = 1024
_ROWS: Final = 64
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Heap:
    links: int
    width: int
    first: int
    """Bytes of the blocks in the first two rows; twice as many in each further row."""
    largest: int
    """Bytes of the largest block that holds links itself."""
    head: int
    """Bytes of every block before what it holds."""
    checksum: int
    root: int
    rows: int
    """Rows of the root, if it lists blocks; 0 if it is one."""


def links(file: Hdf5, address: int) -> tuple[list[Link], bool]:
    """The links of a heap, and whether they are all that it counts.

    Raises:
        Malformed: it is no heap of links.
    """
    heap = _heap(file, address)
    found: list[Link] = []
    for at, size in _blocks(file, heap):
        found += _in_block(file, at, size, heap)
    return found, len(found) >= heap.links


def _heap(file: Hdf5, address: int) -> _Heap:
    offset, length = file.offset_size, file.length_size
    data = file.bytes_at(address, 30 + 3 * offset + 12 * length, short=True)
    if data[:4] != b"FRHP" or file.number(data, 7, 2):
        raise Malformed("no heap of links that is read")
    counts = 14 + 2 * length + 2 * offset
    table = counts + 8 * length
    bits = file.number(data, table + 2 + 2 * length, 2)
    root = table + 6 + 2 * length
    return _Heap(
        links=file.number(data, counts + 3 * length, length),
        width=min(file.number(data, table, 2), _WIDEST),
        first=file.number(data, table + 2, length),
        largest=file.number(data, table + 2 + length, length),
        head=5 + offset + (bits + 7) // 8,
        checksum=4 if file.number(data, 9, 1) & _CHECKED else 0,
        root=file.address(data, root),
        rows=min(file.number(data, root + offset, 2), _ROWS),
    )


def _blocks(file: Hdf5, heap: _Heap) -> Iterator[tuple[int, int]]:
    """Where the blocks lie that the root lists, or is, and how long they are."""
    if heap.root and not heap.rows:
        yield heap.root, heap.first
    elif heap.root:
        if file.bytes_at(heap.root, 4) != b"FHIB":
            raise Malformed("no list of blocks")
        for row in range(heap.rows):
            size = heap.first << max(row - 1, 0)
            start = heap.root + heap.head + row * heap.width * file.offset_size
            for at in range(start, start + heap.width * file.offset_size, file.offset_size):
                address = file.address(file.bytes_at(at, file.offset_size), 0)
                if size <= heap.largest and address and file.spend():
                    yield address, size


def _in_block(file: Hdf5, at: int, size: int, heap: _Heap) -> Iterator[Link]:
    data = file.bytes_at(at, min(size, _BLOCK), short=True)
    if data[:4] != b"FHDB":
        raise Malformed(f"no block of links at byte {at}")
    place = heap.head + heap.checksum
    while place < len(data) and data[place] == 1 and file.spend():
        try:
            link, place = file.link(data, place)
        except Malformed:
            return
        yield link
