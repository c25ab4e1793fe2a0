"""Texts in attributes of HDF5 objects, whether they lie there or in the global heap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from driftseal.formats.blob import Blob, Bytes
from driftseal.formats.hdf5 import Hdf5, Message
from driftseal.observe.files.base import Blank

_TEXT, _OPAQUE, _VARIABLE = 3, 5, 9


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; only texts and opaque bytes have a value."""

    name: str
    value: Blob = field(repr=False)


_VERSIONS: Final = {1: 8, 2: 8, 3: 9}
"""Bytes before the name, by version."""


def attribute(file: Hdf5, message: Message) -> Attribute | Blank:
    """The attribute of an ``ATTRIBUTE`` message.

    Raises:
        Malformed: it is none.
    """
    data = message.data
    version = file.number(data, 0, 1)
    if version not in _VERSIONS:
        return Blank(f"an attribute of version {version}")
    sizes = [file.number(data, at, 2) for at in (2, 4, 6)]
    at = _VERSIONS[version]
    places = []
    for size in sizes:
        places.append(at)
        at += (size + 7 & ~7) if version == 1 else size
    name = data[places[0] : places[0] + sizes[0]].split(b"\0")[0].decode("utf-8", "replace")
    if version > 1 and data[1] & 1:
        return Blank(f"the type of the attribute {name} lies elsewhere")
    kind = file.number(data, places[1], 1) & 15
    if kind == _VARIABLE and at < len(data):
        collection = file.address(data, at + 4)
        index = file.number(data, at + 4 + file.offset_size, 4)
        return Attribute(name, file.heap_object(collection, index) if collection else Bytes(b""))
    return Attribute(name, Bytes(data[at:] if kind in {_TEXT, _OPAQUE} else b""))
