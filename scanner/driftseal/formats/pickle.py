"""Python's pickles, read without any of Python's own readers: what their streams would import, call and change.

Several streams may follow one another, with anything between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from driftseal.formats._pickle_events import (
    Array,
    Broken,
    Change,
    Event,
    Expands,
    Extension,
    Import,
    Persistent,
    Pickled,
    Start,
    Stop,
    Trailing,
)
from driftseal.formats._pickle_legacy import Legacy
from driftseal.formats._pickle_lexer import Lexer
from driftseal.formats._pickle_machine import Machine
from driftseal.formats._pickle_source import Source
from driftseal.formats._pickle_values import (
    Call,
    Container,
    Global,
    Long,
    Unknown,
    Value,
    entries,
    items_of,
    shown,
    shown_arguments,
    size_of,
    text_of,
)
from driftseal.formats.blob import PIECE, Blob

__all__ = [
    "Array",
    "Broken",
    "Call",
    "Change",
    "Container",
    "Event",
    "Expands",
    "Extension",
    "Global",
    "Import",
    "Long",
    "Persistent",
    "Pickled",
    "Start",
    "Stop",
    "Trailing",
    "Unknown",
    "Value",
    "entries",
    "events",
    "is_pickle",
    "items_of",
    "shown",
    "shown_arguments",
    "size_of",
    "text_of",
]

_HEAD: Final = 4096
_MAGIC: Final = re.compile(rb"\x80[\x02-\x05]|[\x28\x5d\x7d\x4e]{0,8}[ci][A-Za-z_][\w.]{0,60}\n[A-Za-z_][\w.]{0,60}\n")
_OVERLAP: Final = 256
_NOT_ZERO: Final = re.compile(rb"[^\0]")


def is_pickle(head: bytes, *, whole: bool) -> bool:
    """Whether these bytes begin a stream; ``whole`` says that no more follow."""
    return Lexer(head, whole=whole).is_pickle()


def events(blob: Blob, values: int, spend: Callable[[int], bool]) -> Iterator[Event]:
    """What happens in the streams of a file, in order.

    Follows streams that hold ``values`` values at once at most, and asks after some thousand opcodes whether so many
    more may be read.

    Raises:
        OSError: the bytes cannot be read.
    """
    legacy = Legacy()
    start: int | None = 0
    while start is not None:
        machine = Machine(Source(blob, start), values)
        yield Start(start)
        end: Event | None = None
        while not machine.done:
            if not spend(machine.run()):
                yield from machine.events
                return
            for event in machine.events:
                yield event
                legacy.see(event)
                end = event
            machine.events.clear()
        behind = legacy.behind(blob, end.offset) if isinstance(end, Stop | Broken) else blob.size
        start = _next(blob, behind)
        if start != behind and (junk := _not_zero(blob, behind, blob.size if start is None else start)):
            yield Trailing(behind, junk)


def _next(blob: Blob, offset: int) -> int | None:
    """Where the next stream starts; None where none does."""
    head = blob.read_at(offset, _HEAD)
    if not head:
        return None
    if is_pickle(head, whole=offset + len(head) >= blob.size):
        return offset
    at = offset
    while at < blob.size:
        window = blob.read_at(at, PIECE + _OVERLAP)
        if not window:
            break
        for match in _MAGIC.finditer(window):
            if match.start() >= PIECE:
                break
            found = window[match.start() : match.start() + _HEAD]
            if _imports(found):
                return at + match.start()
        at += PIECE
    return None


def _imports(head: bytes) -> bool:
    """Whether a stream begins here that imports something, which bytes of other kinds never look like."""
    return Lexer(head, whole=False).imports()


def _not_zero(blob: Blob, start: int, end: int) -> int:
    """How many bytes lie there; 0 where all are zero, as padding is."""
    if any(_NOT_ZERO.search(piece) for piece in blob.part(start, end - start).pieces()):
        return end - start
    return 0
