"""NumPy's ``.npy``: a header that is a Python literal, and the array behind it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Final

from driftseal.formats.blob import Blob
from driftseal.model.item import Json

MAGIC: Final = b"\x93NUMPY"
_VERSIONS: Final = frozenset({(1, 0), (2, 0), (3, 0)})
_LONGEST: Final = 64 * 1024
"""Bytes of a header; NumPy itself takes 10,000 characters from files that are not trusted."""
# Only what headers are made of reaches Python's parser, so that it has nothing to warn of and nothing to nest.
_LITERAL: Final = re.compile(r"(?:'[^'\\\n]*'|\"[^\"\\\n]*\"|\b\d{1,20}\b|\b(?:True|False|None)\b|[{}()\[\]:,\s])*+")
_LONG: Final = re.compile(r"(?<=\d)L\b")
_DEPTH: Final = 20
_SIMPLE: Final = re.compile(r"([<>|=]?)([?biufcmMSUaVO])(\d*)(?:\[\d*\w{1,2}\])?")
_LARGEST: Final = (1 << 63) - 1


class Malformed(ValueError):
    """No such header."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in front of an array."""

    descr: Json
    shape: tuple[int, ...]
    fortran_order: bool
    start: int
    """Where the array begins."""

    @property
    def objects(self) -> bool:
        """Whether it is an array of Python objects: a pickle."""
        return holds_objects(self.descr)

    @property
    def size(self) -> int | None:
        """Bytes of the array; None where they cannot be told."""
        item = item_size(self.descr)
        if item is None or self.objects:
            return None
        count = 0 if 0 in self.shape else 1
        for one in self.shape:
            count = min(count * one, _LARGEST)
        return count * item


def read(blob: Blob) -> Header:
    """The header.

    Raises:
        Malformed: there is none; the message says why.
        OSError: the bytes cannot be read.
    """
    head = blob.read_at(0, 12)
    if not head.startswith(MAGIC) or len(head) < 10:  # noqa: PLR2004  # magic, version and a short length
        raise Malformed("does not begin as an array does")
    version = (head[6], head[7])
    if version not in _VERSIONS:
        raise Malformed(f"version {version[0]}.{version[1]} is none")
    width = 2 if version == (1, 0) else 4
    length = int.from_bytes(head[8 : 8 + width], "little")
    if length > min(_LONGEST, blob.size - 8 - width):
        raise Malformed(f"a header of {length} bytes")
    data = blob.read_at(8 + width, length)
    text = data.decode("utf-8" if version == (3, 0) else "latin-1", "replace")
    return _header(_parsed(text), 8 + width + length)


def _parsed(text: str) -> object:
    text = _LONG.sub("", text).strip()
    if not _LITERAL.fullmatch(text) or _nesting(text) > _DEPTH:
        raise Malformed("the header is more than a plain literal")
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as cause:
        raise Malformed("the header is no literal") from cause
    return value


def _nesting(text: str) -> int:
    depth = most = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        most = max(most, depth)
    return most


def _header(value: object, start: int) -> Header:
    if not isinstance(value, dict) or value.keys() != {"descr", "fortran_order", "shape"}:
        raise Malformed("the header names other things than type, order and shape")
    shape, order = value["shape"], value["fortran_order"]
    if not isinstance(shape, tuple) or not all(type(one) is int for one in shape) or not isinstance(order, bool):
        raise Malformed("shape or order are none")
    return Header(_plain(value["descr"]), shape, order, start)


def _plain(descr: object) -> Json:
    """The same in words of JSON."""
    if isinstance(descr, list | tuple):
        return [_plain(one) for one in descr]
    if descr is None or isinstance(descr, str | int):
        return descr
    raise Malformed("the type is none")


def holds_objects(descr: Json) -> bool:
    """Whether a type is that of Python objects, or a structure with such a field, or cannot be told."""
    if isinstance(descr, str):
        found = _SIMPLE.fullmatch(descr)
        return found is None or found[2] == "O"
    return not isinstance(descr, list) or not descr or any(holds_objects(_type_of(field)) for field in descr)


def item_size(descr: Json) -> int | None:
    """Bytes of one element; None where they cannot be told."""
    if isinstance(descr, str):
        found = _SIMPLE.fullmatch(descr)
        if found is None or len(found[3]) > 18:  # noqa: PLR2004  # no such type
            return None
        width = int(found[3] or {"?": 1, "b": 1, "m": 8, "M": 8}.get(found[2], 0))
        return width * 4 if found[2] == "U" else width
    if not isinstance(descr, list):
        return None
    total = 0
    for field in descr:
        size = item_size(_type_of(field))
        if size is None:
            return None
        total += size * _times(field)
    return total


def _type_of(field: Json) -> Json:
    return field[1] if isinstance(field, list) and len(field) in {2, 3} else None


def _times(field: Json) -> int:
    """Elements of a field that is an array itself."""
    shape = field[2] if isinstance(field, list) and len(field) == 3 else 1  # noqa: PLR2004  # name, type, shape
    count = 1
    for one in shape if isinstance(shape, list) else [shape]:
        count = min(count * (one if isinstance(one, int) else 1), _LARGEST)
    return count
