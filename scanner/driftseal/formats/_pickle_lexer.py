"""Tells pickles from other files by reading the first opcodes strictly, as protocols 0 and 1 have no magic."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from driftseal.formats.blob import PIECE, Blob

_WINDOW: Final = 1 << 12
_LONGEST: Final = 512
"""Bytes of an opcode with its argument, but for strings and lines."""
_LINE: Final = 1 << 26
"""Bytes of the longest line that is waited for."""
_TEXTS: Final = frozenset(b"VSP")
"""Opcodes whose lines are long in honest files."""
_NAME: Final = rb"[A-Za-z_<\x80-\xff][\w.<>\x80-\xff]*"
_GLOBAL: Final = re.compile(_NAME + rb"\n" + _NAME + rb"\n")
_LINES: Final = {
    0x49: re.compile(rb"\s*[-+]?[0-9][0-9_]*\s*\n"),  # INT
    0x4C: re.compile(rb"\s*[-+]?[0-9][0-9_]*L?\s*\n"),  # LONG
    0x46: re.compile(rb"\s*[-+]?(?:[0-9._]+(?:[eE][-+]?[0-9]+)?|nan|inf)\s*\n"),  # FLOAT
    0x53: re.compile(rb"""(?:'[^\n]*'|"[^\n]*")\s*\n"""),  # STRING
    0x56: re.compile(rb"[^\n]*\n"),  # UNICODE
    0x50: re.compile(rb"[^\n]*\n"),  # PERSID
    0x67: re.compile(rb"[0-9]+\n"),  # GET
    0x70: re.compile(rb"[0-9]+\n"),  # PUT
    0x63: _GLOBAL,
    0x69: _GLOBAL,  # INST
}
_SIZED: Final = {0x54: 4, 0x55: 1, 0x58: 4, 0x42: 4, 0x43: 1, 0x8C: 1, 0x8D: 8, 0x8E: 8, 0x96: 8, 0x8A: 1, 0x8B: 4}
"""Opcodes whose argument begins with its length in so many bytes."""
_FIXED: Final = {0x80: 1, 0x95: 8, 0x4B: 1, 0x4D: 2, 0x4A: 4, 0x47: 8, 0x68: 1, 0x6A: 4, 0x71: 1, 0x72: 4} | {
    0x82: 1,
    0x83: 2,
    0x84: 4,
}
_PUSHES: Final = frozenset(b"NKMJGIFLSVTUXBCPjgh)]}c\x8a\x8b\x88\x89\x8c\x8d\x8e\x8f\x96\x97\x82\x83\x84")
_TAKES: Final = {0x30: 1, 0x85: 1, 0x86: 2, 0x87: 3, 0x61: 2, 0x73: 3, 0x62: 2, 0x52: 2, 0x81: 2, 0x92: 3, 0x93: 2} | {
    0x51: 1
}
"""What opcodes take from the stack; what they give is one, but for POP."""
_LEAVES: Final = {0x30: 0}
_MARKED: Final = {0x74: 1, 0x6C: 1, 0x64: 1, 0x91: 1, 0x6F: 1, 0x69: 1, 0x31: 0, 0x65: 0, 0x75: 0, 0x90: 0}
"""Opcodes that take everything from the last mark on, and what they give."""
_LEAVES_NOTHING: Final = frozenset(b"1")
_KEEPS: Final = frozenset(b"qrp\x94\x80\x95\x98")
_IMPORTS: Final = frozenset(b"ci\x93\x82\x83\x84")
_CALLS: Final = frozenset(b"Roi\x81\x92bQP")
_STOP: Final = 0x2E
_STRING: Final = 0x53
_MARK: Final = 0x28
_DUP: Final = 0x32
_PROTO: Final = 0x80
_ENOUGH: Final = 8
"""Opcodes in a row that no text or other format begins with by chance, behind the magic of protocols 2 to 5."""
_FEW: Final = 2
"""Opcodes of `N.` and the like, which begin many a text."""
_MANY: Final = 256
"""The same, where there is no magic."""
_POP: Final = 0x30


class _End(Enum):
    """Why reading ended."""

    STOP = 1
    CALL = 2
    """Something that was imported is called."""
    WRONG = 3
    BYTES = 4
    """The file ended first, in good order or within an argument."""
    ENOUGH = 5


class Lexer:
    """Reads opcodes of a file from an offset on, as long as they are good."""

    def __init__(self, blob: Blob, start: int) -> None:
        self._blob = blob
        self._base = start
        self._data = blob.read_at(start, _WINDOW)
        self._depth = 0
        self._marks: list[int] = []
        self._imports = False
        self._at = 0
        self._opcodes = 0
        self._magic = self._data[:1] == b"\x80" and self._data[1:2] <= b"\x05"

    def is_pickle(self) -> bool:
        """Whether a stream begins here."""
        end = self._walk(_ENOUGH if self._magic else _MANY)
        if end is _End.STOP:
            return self._magic or self._opcodes > _FEW or self._base + self._at == self._blob.size
        if end is _End.BYTES:
            return self._opcodes > 1 and (self._magic or self._imports)
        return end in {_End.CALL, _End.ENOUGH}

    def imports(self) -> bool:
        """Whether a stream begins here that calls what it imports, or goes on for long."""
        end = self._walk(_MANY)
        return end in {_End.CALL, _End.ENOUGH} or (self._imports and end is _End.STOP)

    def _walk(self, most: int) -> _End:
        while self._opcodes < most:
            if not self._fill():
                return _End.BYTES
            opcode = self._data[self._at]
            self._at += 1
            end = self._argument(opcode)
            if end is None or not self._effect(opcode):
                return _End.WRONG
            self._at = end
            self._opcodes += 1
            if self._base + end > self._blob.size:
                return _End.BYTES if self._magic else _End.WRONG
            if opcode == _STOP:
                return _End.STOP
            if self._imports and opcode in _CALLS:
                return _End.CALL
        return _End.ENOUGH

    def _fill(self) -> bool:
        """Move the window where an opcode might not lie in it whole; whether any byte is left."""
        if self._at + _LONGEST > len(self._data) and self._base + len(self._data) < self._blob.size:
            self._base += self._at
            self._at = 0
            self._data = self._blob.read_at(self._base, _WINDOW)
        return self._at < len(self._data)

    def _argument(self, opcode: int) -> int | None:
        """Where the opcode's argument ends, in the window or beyond; None where it is none."""
        at = self._at
        if opcode in _LINES:
            if opcode == _STRING and self._magic:
                # A string without quotes stops Python's readers, not all others, and hides what stands behind it.
                return self._data.find(b"\n", at) + 1 or None
            if self._data.find(b"\n", at) < 0:
                return self._long_line(at) if opcode in _TEXTS else None
            match = _LINES[opcode].match(self._data, at)
            return match.end() if match else None
        if opcode in _SIZED:
            width = _SIZED[opcode]
            return at + width + int.from_bytes(self._data[at : at + width], "little")
        return at + _FIXED.get(opcode, 0)

    def _long_line(self, at: int) -> int | None:
        """Where a line ends that begins in the window and goes on behind it."""
        start = self._base + at
        for number, piece in enumerate(self._blob.part(start, _LINE).pieces()):
            end = piece.find(b"\n")
            if end >= 0:
                return at + number * PIECE + end + 1
        return None

    def _effect(self, opcode: int) -> bool:
        """Whether the stack has what the opcode takes; what it gives is put there."""
        self._imports = self._imports or opcode in _IMPORTS
        if opcode in _MARKED:
            return self._collect(opcode)
        if opcode == _MARK:
            self._marks.append(self._depth)
            return True
        if opcode in _PUSHES or opcode == _DUP:
            self._depth += 1
            return opcode != _DUP or self._depth > 1
        if opcode in _KEEPS:
            return opcode in b"\x80\x95" or self._depth > 0
        if opcode == _STOP:
            return self._depth == 1 and not self._marks
        return opcode in _TAKES and self._take(opcode)

    def _collect(self, opcode: int) -> bool:
        if not self._marks:
            return False
        self._depth = self._marks.pop() + _MARKED[opcode]
        return self._depth > 0 or opcode in _LEAVES_NOTHING

    def _take(self, opcode: int) -> bool:
        if opcode == _POP and self._marks and self._marks[-1] == self._depth:
            self._marks.pop()
            return True
        self._depth -= _TAKES[opcode]
        enough = self._depth >= (self._marks[-1] if self._marks else 0)
        self._depth += _LEAVES.get(opcode, 1)
        return enough
