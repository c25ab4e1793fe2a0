"""Pickle's machine with stand-ins for values: it follows stack and memo as the real one does, and runs nothing.

It takes more than the real one: frames that lie, any protocol number, numbers and strings written in odd ways. What
stops every reader (an unknown opcode, an empty stack, the end of the file) stops it too, with what was seen kept.
"""

# ruff: noqa: PLR2004 - the commonest opcodes stand as numbers beside their names: looking names up costs a tenth
from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

from driftseal.formats._pickle_arrays import OBJECTS, array_of, padded
from driftseal.formats._pickle_containers import add, extend, pair, unfolded, unfolded_at_most
from driftseal.formats._pickle_events import (
    Array,
    Broken,
    Change,
    Expands,
    Import,
    Pickled,
    Stop,
)
from driftseal.formats._pickle_inner import BEGINNINGS, pickled_inside
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
_UNSIGNED: Final = struct.Struct("<I").unpack_from
_SIGNED: Final = struct.Struct("<i").unpack_from
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

    def run(self) -> int:
        """Follow some thousand opcodes, as many as the result says; ``done`` tells whether the stream ended."""
        before = self.opcodes
        try:
            self._run()
        except (IndexError, struct.error):
            self._broken("takes more from the stack than there is, or ends inside an argument")
        except Cut as cut:
            self._broken(str(cut))
        if len(self.stack) + len(self.memo) + len(self.fetched) > self._values:
            self._broken("holds more values than are followed (limits.pickle_values)", ours=True)
        return self.opcodes - before

    def _broken(self, why: str, *, ours: bool = False) -> None:
        self.done = True
        self._weigh()
        self.events.append(Broken(why, min(self.source.offset, self.source.blob.size), ours))

    def _weigh(self) -> None:
        """Tell of values that are shared so often that writing, comparing or hashing them never ends."""
        if sum(self.fetched.values()) < _FEW_SHARED or unfolded_at_most(self.opcodes, self.fetched) <= _TOO_MANY:
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
        data, at, push, pop, fetched = source.data, source.at, stack.append, stack.pop, self.fetched
        plain, unsigned, signed, count = _PLAIN_METHODS, _UNSIGNED, _SIGNED, 0
        try:
            while at < safe and count < most:
                opcode = data[at]
                at += 1
                count += 1
                if opcode > 0x7F:
                    if opcode == 0x94:  # MEMOIZE
                        memo[len(memo)] = stack[-1]
                        continue
                    if opcode == 0x8C:  # SHORT_BINUNICODE
                        source.at = at
                        at = self._short_text(data, at)
                        continue
                    if opcode == 0x86:  # TUPLE2
                        value = pop()
                        stack[-1] = pair(stack[-1], value)
                        continue
                elif opcode > 0x57:
                    if opcode == 0x72:  # LONG_BINPUT
                        memo[unsigned(data, at)[0]] = stack[-1]
                        at += 4
                        continue
                    if opcode == 0x71:  # BINPUT
                        memo[data[at]] = stack[-1]
                        at += 1
                        continue
                    if opcode == 0x68 or opcode == 0x6A:  # noqa: PLR1714 - BINGET, LONG_BINGET; a tuple is slower
                        if opcode == 0x68:
                            value = memo.get(data[at], MISSING)
                            at += 1
                        else:
                            value = memo.get(unsigned(data, at)[0], MISSING)
                            at += 4
                        kind = value.__class__
                        if kind is Container or kind is Call:
                            fetched[value] = fetched.get(value, 0) + 1  # type: ignore[index, arg-type]  # see the line above
                        elif value is MISSING:
                            raise Cut("fetches what was never stored")
                        push(value)
                        continue
                    if opcode == 0x5D:  # EMPTY_LIST
                        push(Container("list", []))
                        continue
                    if opcode == 0x7D:  # EMPTY_DICT
                        push(Container("dict", []))
                        continue
                    if (opcode == 0x65 or opcode == 0x75) and marks:  # noqa: PLR1714 - APPENDS, SETITEMS; the same
                        start = marks[-1]
                        target = stack[start - 1] if 0 < start <= len(stack) else None
                        if target.__class__ is Container:
                            marks.pop()
                            extend(target, stack[start:])
                            del stack[start:]
                            continue
                    elif opcode == 0x61:  # APPEND
                        target = stack[-2]
                        if target.__class__ is Container:
                            add(target, pop())
                            continue
                    elif opcode == 0x58 and data[at] and not data[at + 1] | data[at + 2] | data[at + 3]:  # BINUNICODE
                        at = self._short_text(data, at, 4)
                        continue
                elif opcode == 0x4B:  # BININT1
                    push(data[at])
                    at += 1
                    continue
                elif opcode == 0x28:  # MARK
                    marks.append(len(stack))
                    continue
                elif opcode == 0x4A:  # BININT
                    push(signed(data, at)[0])
                    at += 4
                    continue
                elif opcode == 0x4D:  # BININT2
                    push(data[at] | data[at + 1] << 8)
                    at += 2
                    continue
                elif opcode == 0x47:  # BINFLOAT
                    push(NUMBER)
                    at += 8
                    continue
                source.at = at
                if (handler := plain[opcode]) is not None:
                    handler(self)
                else:
                    self._rare(opcode)
                    if self.done or stack is not self.stack or data is not source.data:
                        return
                    at = source.at
        finally:
            self.opcodes += count
            if data is source.data:
                source.at = max(at, source.at)

    def _short_text(self, data: bytes, at: int, width: int = 1) -> int:
        """Push the text whose length, below 256, stands there in so many bytes; where it ends."""
        start = at + width
        end = start + data[at]
        part = data[start:end]
        if end > len(data):
            raise Cut("ends inside an argument")
        string = part.decode() if part.isascii() else str(text(part))
        if len(part) > _SHORTEST_PICKLE and string[0] in BEGINNINGS and (inner := pickled_inside(string)):
            self.events.append(Pickled(inner, self.source.base + start, string))
        self.stack.append(string)
        return end

    def _rare(self, opcode: int) -> None:
        """Opcodes that read more bytes than one or two, end the stream, or that there are none of."""
        handler = _READING_METHODS.get(opcode)
        if handler is None:
            self.source.at -= 1
            raise Cut(f"unknown opcode 0x{opcode:02x}")
        handler(self)

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
# Not bound to a machine: one that held its own methods would be garbage that only a collection finds, with all values.
_PLAIN_METHODS: Final[tuple[Callable[[Machine], None] | None, ...]] = tuple(
    getattr(Machine, f"_{_PLAIN[opcode]}") if opcode in _PLAIN else None for opcode in range(256)
)
_READING_METHODS: Final[dict[int, Callable[[Machine], None]]] = {
    opcode: getattr(Machine, f"_{name}") for opcode, name in _READING.items()
}
