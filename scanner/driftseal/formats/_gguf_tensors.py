"""Where the tensors of a GGUF file lie, and whether they fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftseal.formats._gguf_cursor import U32, U64, WINDOW, Cursor, Oddity, Stop
from driftseal.model.item import Json

_LARGEST: Final = (1 << 63) - 1
_DIMENSIONS: Final = 4
_ALIGNMENT: Final = 32
# Elements and bytes of one block, by ggml's number of the type.
_BLOCKS: Final = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    9: (32, 36),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    15: (256, 292),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    24: (1, 1),
    25: (1, 2),
    26: (1, 4),
    27: (1, 8),
    28: (1, 8),
    29: (256, 56),
    30: (1, 2),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
    40: (64, 36),
    41: (128, 18),
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the list of tensors."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    """From the beginning of the tensors on."""
    at: int
    """Of the entry itself."""


def tensor(cursor: Cursor) -> Tensor:
    """The next entry of the list."""
    at = cursor.at
    name = cursor.text()
    dimensions = cursor.whole(U32)
    if dimensions > _DIMENSIONS:
        raise Stop("gguf-overflow", f"{name} has {dimensions} dimensions", at)
    shape = tuple(cursor.whole(U64 if cursor.wide else U32) for _ in range(dimensions))
    return Tensor(name, shape, cursor.whole(U32), cursor.whole(U64), at)


def _bytes_of(tensor: Tensor) -> int | None:
    """Bytes that a tensor takes; None for a type that is not known here.

    Raises:
        OverflowError: they are more than 63 bits can tell.
    """
    count = 1
    for one in tensor.shape:
        count *= one
        if count > _LARGEST:
            raise OverflowError(count)
    block = _BLOCKS.get(tensor.kind)
    return None if block is None else -(-count // block[0]) * block[1]


@dataclass(slots=True)
class Layout:
    """Where tensors lie."""

    tensors: list[Tensor]
    begin: int
    """Where the list of tensors ends."""
    size: int
    """Of the file."""
    end: int = 0
    """Where the last tensor ends."""

    def check(self, told: Json) -> Iterator[Oddity]:
        """Every tensor lies where the file has bytes, and shares them with no other."""
        alignment = told if isinstance(told, int) and not isinstance(told, bool) else 0
        if alignment <= 0 or alignment & (alignment - 1) or alignment > WINDOW:
            yield Oddity("gguf-malformed", f"an alignment of {told}", 0, "general.alignment")
            alignment = _ALIGNMENT
        base = -(-self.begin // alignment) * alignment
        names: set[str] = set()
        spans: list[tuple[int, int, Tensor]] = []
        for one in self.tensors:
            if one.name in names:
                yield Oddity("gguf-duplicate-key", f"tensor {one.name} stands twice", one.at, one.name)
            names.add(one.name)
            if one.offset % alignment:
                text = f"{one.name} begins at {one.offset}, no multiple of {alignment}"
                yield Oddity("gguf-malformed", text, one.at, one.name)
            yield from self._place(one, base, spans)
        self.end = max((end for _, end, _ in spans), default=self.begin)
        # What an unknown type takes is not known either, so that nothing behind the tensors can be told from them.
        if any(one.kind not in _BLOCKS for one in self.tensors):
            self.end = self.size
        yield from _overlaps(spans)

    def _place(self, one: Tensor, base: int, spans: list[tuple[int, int, Tensor]]) -> Iterator[Oddity]:
        try:
            length = _bytes_of(one)
        except OverflowError:
            text = f"{one.name}: {list(one.shape)} is more than can be counted"
            yield Oddity("gguf-overflow", text, one.at, one.name)
            return
        if length is None:
            yield Oddity("gguf-unknown-type", f"{one.name}: type {one.kind} is not known", one.at, one.name)
        end = base + one.offset + (length or 0)
        if end > self.size:
            yield Oddity("gguf-beyond-end", f"{one.name} ends at {end} of {self.size} bytes", one.at, one.name)
        else:
            spans.append((base + one.offset, end, one))


def _overlaps(spans: list[tuple[int, int, Tensor]]) -> Iterator[Oddity]:
    at, before = 0, ""
    for start, end, one in sorted(spans, key=lambda span: span[:2]):
        if start < at and end > start:
            yield Oddity("gguf-overlap", f"{one.name} shares bytes with {before}", one.at, one.name)
        if end > at:
            at, before = end, one.name
