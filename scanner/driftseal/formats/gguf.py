"""GGUF (versions 1 to 3, both byte orders): metadata and the places of tensors, with every number checked.

Numbers in such files have led C readers out of their buffers: counts, lengths, products of dimensions and offsets are
therefore compared with what the file has room for before anything is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from driftseal.formats._gguf_cursor import TEXT, U32, Cursor, Oddity, Stop
from driftseal.formats._gguf_tensors import Layout, Tensor, tensor
from driftseal.formats.blob import Blob
from driftseal.limits import Limits
from driftseal.model.item import Json

MAGIC: Final = b"GGUF"
_VERSIONS: Final = frozenset({1, 2, 3})


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


def read(blob: Blob, limits: Limits) -> Contents:
    """Everything but the numbers of tensors.

    Raises:
        OSError: its bytes cannot be read.
    """
    found = Contents()
    cursor = Cursor(blob, limits)
    try:
        _read(cursor, found, limits)
    except Stop as stop:
        found.oddities.append(stop.oddity)
        found.unread = stop.oddity.evidence
    return found


def _read(cursor: Cursor, found: Contents, limits: Limits) -> None:
    if cursor.take(len(MAGIC)) != MAGIC:
        raise Stop("gguf-malformed", "does not begin as GGUF does", 0)
    version = cursor.take(4)
    little = int.from_bytes(version, "little")
    found.order = "little" if little <= 0xFFFF else "big"  # noqa: PLR2004  # no version has a higher half
    found.version = int.from_bytes(version, found.order)
    cursor.sign = "<" if found.order == "little" else ">"
    cursor.wide = found.version != 1
    if found.version not in _VERSIONS:
        raise Stop("gguf-malformed", f"version {found.version} is none", 4)
    width = 8 if cursor.wide else 4
    tensors = cursor.count("tensors", width + 4 + 4 + 8)
    entries = cursor.count("entries", width + 4 + 1)
    if max(tensors, entries) > limits.stated_entries:
        raise Stop("gguf-unread", "more tensors or entries than limits.stated_entries", 8)
    for _ in range(entries):
        _entry(cursor, found)
    for _ in range(tensors):
        found.tensors.append(tensor(cursor))
    layout = Layout(found.tensors, cursor.at, cursor.size)
    found.oddities += layout.check(found.metadata.get("general.alignment", 32))
    found.end = layout.end


def _entry(cursor: Cursor, found: Contents) -> None:
    start = cursor.at
    key, kind, at = cursor.text(), cursor.whole(U32), cursor.at
    value = cursor.value(kind)
    if key in found.metadata:
        found.oddities.append(Oddity("gguf-duplicate-key", f"{key} stands twice", start, key))
        key = f"{key}#{start}"
    found.metadata[key] = value
    if kind == TEXT:
        begin = at + (8 if cursor.wide else 4)
        found.places[key] = (begin, cursor.at - begin)
