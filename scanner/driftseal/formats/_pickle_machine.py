"""Pickle's machine with stand-ins for values: it follows stack and memo as the real one does, and runs nothing.

It takes more than the real one: frames that lie, any protocol number, numbers and strings written in odd ways. What
stops every reader (an unknown opcode, an empty stack, the end of the file) stops it too, with what was seen kept.
"""

# ruff: noqa: PLR2004 - the commonest opcodes stand as numbers beside their names: looking names up costs a tenth
from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import Final

from driftseal.formats._pickle_arrays import OBJECTS, array_of, padded
from driftseal.formats._pickle_containers import unfolded
from driftseal.formats._pickle_events import (
    Array,
    Broken,
    Change,
    Expands,
    Import,
    Pickled,
    Stop,
)
from driftseal.formats._pickle_inner import pickled_inside
from driftseal.formats._pickle_objects import Objects
from driftseal.formats._pickle_source import MARGIN, Cut, Source
from driftseal.formats._pickle_stack import MISSING
from driftseal.formats._pickle_text import text
from driftseal.formats._pickle_values import (
    NUMBER,
    REMEMBERED,
    Call,
    Container,
    Global,
    Value,
)

CHUNK: Final = 1 << 16
"""Opcodes between two looks at the budget."""
_SHORTEST_PICKLE: Final = 7
_POSSIBLE: Final = re.compile(r"[A-Za-z_][\w.]*")
_FEW_SHARED: Final = 16
"""Fetches of containers from the memo, below which not even a doubling at each makes many values."""
_TOO_MANY: Final = 1 << 28


class Machine(Objects):
    """One stream."""

    def __init__(self, source: Source, values: int) -> None:
        super().__init__(source)
        self.opcodes = 0
        self.done = False
        self._values = values
        self._probes = CHUNK
        self._outer: list[tuple[list[Value], dict[int, Value], list[int]]] = []
        """What is left to do when the stream of an array of objects has ended."""
        self._plain: list[Callable[[], None] | None] = [None] * 256
        for opcode, name in _PLAIN.items():
            self._plain[opcode] = getattr(self, "_" + name)
        self._reading = {opcode: getattr(self, "_" + name) for opcode, name in _READING.items()}

    def run(self) -> int:
        """Follow some thousand opcodes, as many as the result says; ``done`` tells whether the stream ended."""
        before = self.opcodes
        # Nothing here becomes garbage in bulk, and looking for it among millions of values would double the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._run()
        except IndexError:
            self._broken("takes more from the stack than there is, or ends inside an argument")
        except Cut as cut:
            self._broken(str(cut))
        finally:
            if collecting:
                gc.enable()
        if len(self.stack) + len(self.memo) > self._values:
            self._broken("holds more values than are followed (limits.pickle_values)", ours=True)
        return self.opcodes - before

    def _broken(self, why: str, *, ours: bool = False) -> None:
        self.done = True
        self._weigh()
        self.events.append(Broken(why, min(self.source.offset, self.source.blob.size), ours))

    def _weigh(self) -> None:
        """Tell of values that are shared so often that writing, comparing or hashing them never ends."""
        if self.shared < _FEW_SHARED:
            return
        values = unfolded([*self.stack, *self.memo.values()])
        if values > _TOO_MANY:
            self.events.append(Expands(values, self.source.offset))

    def _run(self) -> None:
        """Follow opcodes from window to window, until the chunk is full or the stream ends."""
        source = self.source
        left = CHUNK
        while left > 0 and not self.done:
            if not source.last and source.at >= len(source.data) - MARGIN:
                source.refill()
            safe = len(source.data) if source.last else len(source.data) - MARGIN
            if source.at >= safe:
                raise Cut("ends without STOP")
            before = self.opcodes
            self._window(safe, left)
            left -= self.opcodes - before

    def _window(self, safe: int, most: int) -> None:  # noqa: C901, PLR0912, PLR0915 - calls for the commonest opcodes would double the time
        """Follow opcodes that begin before ``safe``, ``most`` of them, as long as window and stack stay the same."""
        source, stack, memo, marks = self.source, self.stack, self.memo, self.marks
        data, at, push, plain = source.data, source.at, stack.append, self._plain
        count = 0
        try:
            while at < safe and count < most:
                opcode = data[at]
                at += 1
                count += 1
                if opcode == 0x94:  # MEMOIZE
                    memo[len(memo)] = stack[-1]
                elif opcode == 0x8C:  # SHORT_BINUNICODE
                    source.at = at
                    at = self._short_text(data, at)
                elif opcode == 0x4B:  # BININT1
                    push(data[at])
                    at += 1
                elif opcode == 0x68:  # BINGET
                    value = memo.get(data[at], MISSING)
                    at += 1
                    if value.__class__ is Container:
                        self.shared += 1
                    elif value is MISSING:
                        raise Cut("fetches what was never stored")
                    push(value)
                elif opcode == 0x71:  # BINPUT
                    memo[data[at]] = stack[-1]
                    at += 1
                elif opcode == 0x28:  # MARK
                    marks.append(len(stack))
                elif (handler := plain[opcode]) is not None:
                    source.at = at
                    handler()
                elif opcode == 0x47:  # BINFLOAT
                    push(NUMBER)
                    at += 8
                elif opcode == 0x4A:  # BININT
                    push(int.from_bytes(data[at : at + 4], "little", signed=True))
                    at += 4
                elif opcode == 0x4D:  # BININT2
                    push(data[at] | data[at + 1] << 8)
                    at += 2
                else:
                    source.at = at
                    self._rare(opcode)
                    if self.done or stack is not self.stack or data is not source.data:
                        return
                    at = source.at
        finally:
            self.opcodes += count
            if data is source.data:
                source.at = max(at, source.at)

    def _short_text(self, data: bytes, at: int) -> int:
        """Push the text whose length stands there; where it ends."""
        start = at + 1
        end = start + data[at]
        part = data[start:end]
        if end > len(data):
            raise Cut("ends inside an argument")
        string = part.decode() if part.isascii() else text(part)
        if len(part) > _SHORTEST_PICKLE and (inner := pickled_inside(string)):
            self.events.append(Pickled(inner, self.source.base + start, string))
        self.stack.append(string)
        return end

    def _rare(self, opcode: int) -> None:
        """Opcodes that read more bytes than one or two, end the stream, or that there are none of."""
        handler = self._reading.get(opcode)
        if handler is None:
            self.source.at -= 1
            raise Cut(f"unknown opcode 0x{opcode:02x}")
        handler()

    def _build(self) -> None:
        super()._build()
        change = self.events[-1]
        if isinstance(change, Change) and (array := array_of(change.target, change.state)) is not None:
            self._array(array, change.state)

    def _array(self, size: int, state: Value) -> None:
        """Go on behind an array of joblib's, or into the stream of its objects."""
        if size == OBJECTS:
            self._outer.append((self.stack, self.memo, self.marks))
            self.stack, self.memo, self.marks = [], {}, []
            return
        self._read_as_opcodes()
        if padded(state):
            self.source.skip(self.source.number(1))
        offset = self.source.offset
        self.source.skip(size)
        self.events.append(Array(offset, size))

    def _read_as_opcodes(self) -> None:
        """What a reader that knows nothing of joblib takes the array for: more opcodes.

        Numbers are no opcodes for long; whatever is imported under a possible name is told.
        """
        other = Machine(Source(self.source.blob, self.source.offset), self._values)
        other.stack = self.stack[-REMEMBERED:]
        if len(self.memo) <= REMEMBERED**2:
            other.memo = dict(self.memo)
        if not self._probed(other):
            return
        for event in other.events:
            callee = event.what if isinstance(event, Import) else event.callee if isinstance(event, Call) else None
            if isinstance(callee, Global) and _POSSIBLE.fullmatch(callee.path):
                self.events.append(event)

    def _probed(self, other: Machine) -> bool:
        """Whether another reading was made, in the little time that is left for such."""
        if self._probes <= 0:
            return False
        other.run()
        self._probes -= other.opcodes + len(other.memo) + 1
        return True

    def _stop(self) -> None:
        result = self._pop()
        if self._outer:
            self.stack, self.memo, self.marks = self._outer.pop()
            self.stack[-1] = result
            return
        self.stack.append(result)
        self._weigh()
        self.done = True
        self.events.append(Stop(self.source.offset, result))


_PLAIN: Final = {
    0x30: "pop_value",
    0x4E: "none",
    0x29: "empty_tuple",
    0x31: "pop_mark",
    0x32: "dup",
    0x51: "binpersid",
    0x52: "reduce",
    0x5D: "empty_list",
    0x61: "append",
    0x64: "dict",
    0x65: "appends",
    0x6C: "list",
    0x73: "setitem",
    0x74: "tuple",
    0x75: "setitems",
    0x7D: "empty_dict",
    0x81: "newobj",
    0x85: "tuple1",
    0x86: "tuple2",
    0x87: "tuple3",
    0x88: "true",
    0x89: "false",
    0x8F: "empty_set",
    0x90: "additems",
    0x91: "frozenset",
    0x92: "newobj_ex",
    0x93: "stack_global",
    0x97: "buffer",
    0x98: "nothing",
}
"""Those that take and give values alone, by their methods."""
_READING: Final = {
    0x2E: "stop",
    0x42: "binbytes",
    0x43: "short_binbytes",
    0x46: "float",
    0x49: "int",
    0x4C: "int",
    0x50: "persid",
    0x53: "string",
    0x54: "binstring",
    0x55: "short_binstring",
    0x56: "unicode",
    0x58: "binunicode",
    0x62: "build",
    0x63: "global",
    0x67: "get",
    0x69: "inst",
    0x6A: "long_binget",
    0x6F: "obj",
    0x70: "put",
    0x72: "long_binput",
    0x80: "proto",
    0x82: "ext1",
    0x83: "ext2",
    0x84: "ext4",
    0x8A: "long1",
    0x8B: "long4",
    0x8D: "binunicode8",
    0x8E: "binbytes8",
    0x95: "frame",
    0x96: "binbytes8",
}
"""Those that read on, or end the stream."""
