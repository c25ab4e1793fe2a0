"""GGUF (versions 1 to 3, both byte orders): metadata and the places of tensors, with every number checked.

Numbers in such files have led C readers out of their buffers: counts, lengths, products of dimensions and offsets are
therefore compared with what the file has room for before anything is done with them.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.model.item import Json

MAGIC: Final = b"GGUF"
_VERSIONS: Final = frozenset({1, 2, 3})
_WINDOW: Final = 256 * 1024
_LARGEST: Final = (1 << 63) - 1
_DIMENSIONS: Final = 4
_DEPTH: Final = 4
_SHOWN: Final = 64
"""Entries of an array that are stated one by one; a longer one is stated by its digest."""
_TEXT: Final = 8
_ARRAY: Final = 9
_BOOL: Final = 7
_FORMS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_WIDTHS: Final = {kind: struct.calcsize(f"<{form}") for kind, form in _FORMS.items()}
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
}


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that no writer of the format does."""

    name: str
    evidence: str
    offset: int = 0
    subject: str = ""


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


@dataclass(slots=True)
class Contents:
    """What the file states, as far as it could be read."""

    version: int = 0
    order: Literal["little", "big"] = "little"
    metadata: dict[str, Json] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Offset and length of the bytes of each text of the metadata."""
    tensors: list[Tensor] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    unread: str = ""
    """Why what follows was not read."""
    end: int = 0
    """Where the last tensor ends."""


class _Stop(Exception):
    """The rest cannot be read."""

    def __init__(self, name: str, evidence: str, offset: int) -> None:
        super().__init__(evidence)
        self.oddity = Oddity(name, evidence, offset)


def read(blob: Blob, limits: Limits) -> Contents:
    """Everything but the numbers of tensors.

    Raises:
        OSError: its bytes cannot be read.
    """
    found = Contents()
    cursor = _Cursor(blob, limits.file_steps)
    try:
        _read(cursor, found, limits)
    except _Stop as stop:
        found.oddities.append(stop.oddity)
        found.unread = stop.oddity.evidence
    return found


class _Cursor:
    """Numbers and texts, one after another, none beyond the end of the file."""

    def __init__(self, blob: Blob, steps: int) -> None:
        self._blob = blob
        self._window = b""
        self._start = 0
        self._steps = steps
        self.at = 0
        self.size = blob.size
        self.sign = "<"
        self.wide = True

    def take(self, count: int) -> bytes:
        if count > self.size - self.at:
            raise _Stop("gguf-overflow", f"{count} bytes are told, {self.size - self.at} are left", self.at)
        self._steps -= 1
        if self._steps < 0:
            raise _Stop("gguf-unread", "more entries than limits.file_steps", self.at)
        begin = self.at - self._start
        if begin < 0 or begin + count > len(self._window):
            self._start, begin = self.at, 0
            self._window = self._blob.read_at(self.at, max(count, _WINDOW))
        self.at += count
        return self._window[begin : begin + count]

    def number(self, kind: int) -> int | float | bool:
        data = self.take(_WIDTHS[kind])
        if kind == _BOOL:
            return data != b"\0"
        value: int | float = struct.unpack(self.sign + _FORMS[kind], data)[0]
        return value

    def whole(self, kind: int) -> int:
        return int(self.number(kind))

    def count(self, what: str, least: int) -> int:
        """A number of things of which each takes so many bytes at least."""
        at = self.at
        value = self.whole(10 if self.wide else 4)
        if value * least > self.size - self.at:
            raise _Stop("gguf-overflow", f"{value} {what} are told, {self.size - self.at} bytes are left", at)
        return value

    def text(self, limits: Limits) -> tuple[str, int, int]:
        """The text, where its bytes begin, and how many they are."""
        length = self.count("bytes of text", 1)
        at = self.at
        if length > limits.file_bytes:
            raise _Stop("gguf-overflow", f"a text of {length} bytes, more than limits.file_bytes", at)
        return self.take(length).decode("utf-8", "backslashreplace"), at, length

    def pass_over(self, count: int, update: Callable[[bytes], None]) -> None:
        """Bytes that are digested alone."""
        while count > 0:
            piece = self.take(min(count, _WINDOW))
            update(piece)
            count -= len(piece)

    def pass_texts(self, count: int, update: Callable[[bytes], None]) -> None:
        """Texts that are digested alone, hundreds of thousands in a vocabulary; lengths go into the digest too."""
        self._steps -= count
        length = struct.Struct(self.sign + ("Q" if self.wide else "I"))
        while count > 0:
            window = self._blob.read_at(self.at, _WINDOW)
            place, last = 0, len(window) - length.size
            while count > 0 and place <= last:
                after = place + length.size + length.unpack_from(window, place)[0]
                if after > len(window):
                    break
                place, count = after, count - 1
            update(window[:place])
            self.at += place
            if not place:
                # One text that is larger than what is looked at, or that leads out of the file.
                self.pass_over(self.count("bytes of text", 1), update)
                count -= 1


def _read(cursor: _Cursor, found: Contents, limits: Limits) -> None:
    if cursor.take(len(MAGIC)) != MAGIC:
        raise _Stop("gguf-malformed", "does not begin as GGUF does", 0)
    version = cursor.take(4)
    little = int.from_bytes(version, "little")
    found.order = "little" if little <= 0xFFFF else "big"  # noqa: PLR2004  # no version has a higher half
    found.version = int.from_bytes(version, found.order)
    cursor.sign = "<" if found.order == "little" else ">"
    cursor.wide = found.version != 1
    if found.version not in _VERSIONS:
        raise _Stop("gguf-malformed", f"version {found.version} is none", 4)
    width = 8 if cursor.wide else 4
    tensors = cursor.count("tensors", width + 4 + 4 + 8)
    entries = cursor.count("entries", width + 4 + 1)
    if max(tensors, entries) > limits.stated_entries:
        raise _Stop("gguf-unread", "more tensors or entries than limits.stated_entries", 8)
    for _ in range(entries):
        _entry(cursor, found, limits)
    for _ in range(tensors):
        found.tensors.append(_tensor(cursor, limits))
    _layout(cursor, found)


def _entry(cursor: _Cursor, found: Contents, limits: Limits) -> None:
    start = cursor.at
    key, _, _ = cursor.text(limits)
    kind = cursor.whole(4)
    if kind == _TEXT:
        value: Json
        value, at, length = cursor.text(limits)
        found.places.setdefault(key, (at, length))
    else:
        value = _value(cursor, kind, limits, _DEPTH)
    if key in found.metadata:
        found.oddities.append(Oddity("gguf-duplicate-key", f"{key} stands twice", start, key))
        key = f"{key}#{start}"
        if kind == _TEXT:
            found.places[key] = (at, length)
    found.metadata[key] = value


def _value(cursor: _Cursor, kind: int, limits: Limits, depth: int) -> Json:
    if kind in _FORMS:
        value = cursor.number(kind)
        # JSON has no word for what is no number; nor can a digest of it be told.
        return value if value - value == 0 else str(value)
    if kind == _TEXT:
        return cursor.text(limits)[0]
    if kind == _ARRAY:
        return _array(cursor, limits, depth)
    raise _Stop("gguf-malformed", f"type {kind} of a value is none", cursor.at)


def _array(cursor: _Cursor, limits: Limits, depth: int) -> Json:
    kind = cursor.whole(4)
    if kind not in _FORMS and kind not in {_TEXT, _ARRAY}:
        raise _Stop("gguf-malformed", f"type {kind} of a value is none", cursor.at)
    if depth == 0:
        raise _Stop("gguf-malformed", f"arrays nested in one another {_DEPTH} times", cursor.at)
    width = _WIDTHS.get(kind, (8 if cursor.wide else 4) + (4 if kind == _ARRAY else 0))
    count = cursor.count("entries of an array", width)
    if count <= _SHOWN:
        return [_value(cursor, kind, limits, depth - 1) for _ in range(count)]
    digest = hashlib.sha256()
    if kind in _FORMS:
        cursor.pass_over(count * width, digest.update)
    elif kind == _TEXT:
        cursor.pass_texts(count, digest.update)
    else:
        for _ in range(count):
            digest.update(repr(_value(cursor, kind, limits, depth - 1)).encode("utf-8", "backslashreplace"))
    return {"count": count, "type": kind, "sha256": digest.hexdigest()}


def _tensor(cursor: _Cursor, limits: Limits) -> Tensor:
    at = cursor.at
    name, _, _ = cursor.text(limits)
    dimensions = cursor.whole(4)
    if dimensions > _DIMENSIONS:
        raise _Stop("gguf-overflow", f"{name} has {dimensions} dimensions", at)
    shape = tuple(cursor.whole(10 if cursor.wide else 4) for _ in range(dimensions))
    return Tensor(name, shape, cursor.whole(4), cursor.whole(10), at)


def bytes_of(tensor: Tensor) -> int | None:
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


def _layout(cursor: _Cursor, found: Contents) -> None:
    """Every tensor lies where the file has bytes, and shares them with no other."""
    told = found.metadata.get("general.alignment", 32)
    alignment = told if isinstance(told, int) and not isinstance(told, bool) else 0
    if alignment <= 0 or alignment & (alignment - 1) or alignment > _WINDOW:
        found.oddities.append(Oddity("gguf-malformed", f"an alignment of {told}", 0, "general.alignment"))
        alignment = 32
    base = -(-cursor.at // alignment) * alignment
    names: set[str] = set()
    spans: list[tuple[int, int, Tensor]] = []
    for tensor in found.tensors:
        if tensor.name in names:
            text = f"tensor {tensor.name} stands twice"
            found.oddities.append(Oddity("gguf-duplicate-key", text, tensor.at, tensor.name))
        names.add(tensor.name)
        try:
            length = bytes_of(tensor)
        except OverflowError:
            text = f"{tensor.name}: {list(tensor.shape)} is more than can be counted"
            found.oddities.append(Oddity("gguf-overflow", text, tensor.at, tensor.name))
            continue
        if length is None:
            text = f"{tensor.name}: type {tensor.kind} is not known"
            found.oddities.append(Oddity("gguf-unknown-type", text, tensor.at, tensor.name))
        if tensor.offset % alignment:
            text = f"{tensor.name} begins at {tensor.offset}, no multiple of {alignment}"
            found.oddities.append(Oddity("gguf-malformed", text, tensor.at, tensor.name))
        if base + tensor.offset + (length or 0) > cursor.size:
            text = f"{tensor.name} ends at {base + tensor.offset + (length or 0)} of {cursor.size} bytes"
            found.oddities.append(Oddity("gguf-beyond-end", text, tensor.at, tensor.name))
            continue
        spans.append((base + tensor.offset, base + tensor.offset + (length or 0), tensor))
    found.end = cursor.at if not spans else max(end for _, end, _ in spans)
    # What an unknown type takes is not known either, so that nothing behind the tensors can be told apart from them.
    if any(tensor.kind not in _BLOCKS for tensor in found.tensors):
        found.end = cursor.size
    _overlaps(spans, found)


def _overlaps(spans: list[tuple[int, int, Tensor]], found: Contents) -> None:
    at, before = 0, ""
    for start, end, tensor in sorted(spans, key=lambda span: span[:2]):
        if start < at < end or (start < at and end > start):
            text = f"{tensor.name} shares bytes with {before}"
            found.oddities.append(Oddity("gguf-overlap", text, tensor.at, tensor.name))
        if end > at:
            at, before = end, tensor.name
