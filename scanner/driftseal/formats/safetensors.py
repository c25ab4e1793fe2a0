"""Safetensors, stricter than its readers: every byte belongs to the header or to exactly one tensor.

Eight bytes tell the length of a JSON object; it names each tensor's type, shape and place; the tensors follow one
another without holes to the end of the file. Whatever does not fit is room for something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from driftseal.canonical import parse_json
from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.model.item import Json

METADATA: Final = "__metadata__"
_PREFIX: Final = 8
_LONGEST: Final = 100_000_000
"""Bytes of a header, as the format's own reader bounds it."""
_FIELDS: Final = frozenset({"dtype", "shape", "data_offsets"})
_BITS: Final = {
    **dict.fromkeys(("F4", "F4_E2M1"), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    "C128": 128,
}
_LARGEST: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that no writer of the format does."""

    name: str
    evidence: str
    offset: int = 0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the header that could be understood."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    """In the file."""
    end: int


@dataclass(slots=True)
class Header:
    """What the header says, and what is odd about it."""

    tensors: list[Tensor] = field(default_factory=list)
    metadata: dict[str, Json] = field(default_factory=dict)
    oddities: list[Oddity] = field(default_factory=list)
    holes: list[tuple[int, int]] = field(default_factory=list)
    """Offset and length of each stretch that belongs to nothing."""
    unread: str = ""
    """Why the header was not read."""
    start: int = 0
    """Where the tensors begin."""
    end: int = 0
    """Where the last of them ends."""


def looks_like(head: bytes, size: int) -> bool:
    """Whether the first bytes may be of this format, a wrong length among them."""
    told, text = int.from_bytes(head[:_PREFIX], "little"), head[_PREFIX:]
    if len(head) < _PREFIX + 2 or (head[:_PREFIX].isascii() and head[:_PREFIX].decode("ascii").isprintable()):
        return False
    opened = text.lstrip()
    if not opened.startswith(b"{") or opened[1:].lstrip()[:1] not in {b'"', b"}"}:
        return False
    return text.startswith(b"{") or told <= size


def read(blob: Blob, limits: Limits) -> Header:
    """The header, checked against the file's size.

    Raises:
        OSError: its bytes cannot be read.
    """
    found = Header()
    length = int.from_bytes(blob.read_at(0, _PREFIX), "little")
    if length > _LONGEST or length > blob.size - _PREFIX:
        text = f"a header of {length} bytes in a file of {blob.size}"
        found.oddities.append(Oddity("safetensors-header-length", text))
        found.unread = text
        return found
    if length > limits.tensor_header_bytes:
        found.unread = f"a header of {length} bytes, more than limits.tensor_header_bytes"
        return found
    found.start = found.end = _PREFIX + length
    entries = _entries(blob.read_at(_PREFIX, length), found, limits)
    if found.unread:
        return found
    for name, value in entries.items():
        if name == METADATA:
            found.oddities += _metadata(value, found.metadata)
        else:
            found.oddities += _tensor(name, value, found, blob.size)
    found.oddities += _layout(found, blob.size)
    return found


def _entries(data: bytes, found: Header, limits: Limits) -> dict[str, Json]:
    """The header's JSON object, and what is odd about how it is written."""

    def syntax(why: str, offset: int = _PREFIX) -> None:
        found.oddities.append(Oddity("safetensors-header-syntax", why, offset))

    if not data.startswith(b"{"):
        syntax(f"begins with {data[:8]!r}")
    if data.rstrip(b" ") != data.rstrip():
        syntax("ends in other than blanks", found.start)
    try:
        parsed = parse_json(data, "header", limits)
    except (FormatError, LimitExceeded) as cause:
        syntax(str(cause))
        found.unread = str(cause)
        return {}
    twice = parsed.duplicate_keys[: limits.stated_entries]
    found.oddities += [Oddity("safetensors-duplicate-key", f"{name} stands twice", _PREFIX, name) for name in twice]
    if not isinstance(parsed.value, dict):
        syntax("the header is no object")
        found.unread = "the header is no object"
        return {}
    if len(parsed.value) > limits.stated_entries:
        found.unread = "more tensors than limits.stated_entries"
    return parsed.value


def _metadata(value: Json, kept: dict[str, Json]) -> Iterator[Oddity]:
    if not isinstance(value, dict):
        yield Oddity("safetensors-metadata-type", "metadata is no object", _PREFIX, METADATA)
        return
    kept.update(value)
    for key, one in value.items():
        if not isinstance(one, str):
            yield Oddity("safetensors-metadata-type", f"{key} is no text", _PREFIX, key)


def _tensor(name: str, value: Json, found: Header, size: int) -> Iterator[Oddity]:
    def invalid(why: str) -> Oddity:
        return Oddity("safetensors-tensor-invalid", f"{name}: {why}", _PREFIX, name)

    if not isinstance(value, dict) or not value.keys() >= _FIELDS:
        yield invalid("lacks type, shape or place")
        return
    if value.keys() != _FIELDS:
        yield invalid(f"has more than type, shape and place: {', '.join(sorted(value.keys() - _FIELDS))}")
    dtype, shape, place = value["dtype"], _numbers(value["shape"]), _numbers(value["data_offsets"])
    if not isinstance(dtype, str) or dtype not in _BITS:
        yield invalid(f"{dtype!r} is no type")
    if shape is None or place is None or len(place) != 2 or place[0] > place[1]:  # noqa: PLR2004  # from and to
        yield invalid("its shape or its place is none")
        return
    start, end = found.start + place[0], found.start + place[1]
    found.tensors.append(Tensor(name, str(dtype), shape, start, end))
    if end > size:
        yield Oddity("safetensors-beyond-end", f"{name} ends at {end} of {size} bytes", start, name)
    bits = _bits(dtype, shape)
    if bits is not None and bits != (end - start) * 8:
        text = f"{name}: {end - start} bytes for {dtype} of {list(shape)}"
        yield Oddity("safetensors-size-differs", text, start, name)


def _bits(dtype: Json, shape: tuple[int, ...]) -> int | None:
    if not isinstance(dtype, str) or dtype not in _BITS:
        return None
    # A product is bounded on its way, since a shape of many large numbers would take quadratic time.
    count = 0 if 0 in shape else 1
    for one in shape:
        count = min(count * one, _LARGEST)
    return count * _BITS[dtype]


def _numbers(value: Json) -> tuple[int, ...] | None:
    if not isinstance(value, list):
        return None
    numbers = [one for one in value if isinstance(one, int) and not isinstance(one, bool) and 0 <= one <= _LARGEST]
    return tuple(numbers) if len(numbers) == len(value) else None


def _layout(found: Header, size: int) -> Iterator[Oddity]:
    """Tensors follow one another from the end of the header on."""
    at, before = found.start, "the header"
    for tensor in sorted(found.tensors, key=lambda one: (one.start, one.end)):
        if tensor.start < at:
            yield Oddity("safetensors-overlap", f"{tensor.name} shares bytes with {before}", tensor.start, tensor.name)
        elif tensor.start > at:
            text = f"{tensor.start - at} bytes between {before} and {tensor.name} belong to nothing"
            found.holes.append((at, min(tensor.start, size) - at))
            yield Oddity("safetensors-hole", text, at, tensor.name)
        if tensor.end > at:
            at, before = tensor.end, tensor.name
    found.end = min(at, size)
