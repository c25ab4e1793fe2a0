"""Python's pickles, read without any of Python's own readers: what their streams would import, call and change.

Several streams may follow one another, with anything between them.
"""

from __future__ import annotations

import gc
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
from driftseal.formats._pickle_inner import pickled_inside
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
    "FIRST",
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
    "next_call",
    "pickled_inside",
    "shown",
    "shown_arguments",
    "size_of",
    "text_of",
]

FIRST: Final = frozenset(
    bytes([opcode]) for opcode in b"\x80NKMJGIFLSVTUXBCPci(])}\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97"
)
"""Bytes that a stream may begin with: opcodes that take nothing."""
_MAGIC: Final = re.compile(rb"\x80[\x02-\x05]|[\x28\x5d\x7d\x4e]{0,8}[ci][A-Za-z_][\w.]{0,60}\n[A-Za-z_][\w.]{0,60}\n")
_ENDING: Final[frozenset[type]] = frozenset({Persistent, Stop})
"""What tells where a file of torch's first format ends."""
_OVERLAP: Final = 256
_NOT_ZERO: Final = re.compile(rb"[^\0]")


def is_pickle(blob: Blob, start: int = 0) -> bool:
    """Whether a stream begins there, told by its first opcodes, as protocols 0 and 1 have no magic."""
    return Lexer(blob, start).is_pickle()


def events(blob: Blob, values: int, spend: Callable[[int], bool]) -> Iterator[Event]:
    """What happens in the streams of a file, in order.

    Follows streams that hold ``values`` values at once at most, and asks after some thousand opcodes whether so many
    more may be read.

    Raises:
        OSError: the bytes cannot be read.
    """
    # Nothing here becomes garbage in bulk, and looking for it among millions of values would double the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield from _streams(blob, values, spend)
    finally:
        if collecting:
            gc.enable()


def _streams(blob: Blob, values: int, spend: Callable[[int], bool]) -> Iterator[Event]:
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
                if event.__class__ in _ENDING:
                    legacy.see(event)
                end = event
            machine.events.clear()
        behind = legacy.behind(blob, end.offset) if isinstance(end, Stop | Broken) else blob.size
        # Reading always goes forward, even from an opcode that nothing can follow.
        behind = max(behind, start + 1)
        start = _next(blob, behind)
        if isinstance(end, Stop) and start != behind:
            yield from _trailing(blob, behind, blob.size if start is None else start)


def _next(blob: Blob, offset: int) -> int | None:
    """Where the next stream starts; None where none does."""
    if offset >= blob.size:
        return None
    return offset if is_pickle(blob, offset) else next_call(blob, offset)


def next_call(blob: Blob, offset: int) -> int | None:
    """Where, from there on, a stream begins that calls what it imports; None where none does."""
    at = offset
    while at < blob.size:
        window = blob.read_at(at, PIECE + _OVERLAP)
        if not window:
            break
        for match in _MAGIC.finditer(window):
            if match.start() >= PIECE:
                break
            # Bytes of other kinds never look like a stream that calls what it imports.
            if Lexer(blob, at + match.start()).imports():
                return at + match.start()
        at += PIECE
    return None


def _trailing(blob: Blob, start: int, end: int) -> Iterator[Trailing]:
    """Bytes that are more than the zeros of padding."""
    if any(_NOT_ZERO.search(piece) for piece in blob.part(start, end - start).pieces()):
        yield Trailing(start, end - start)
