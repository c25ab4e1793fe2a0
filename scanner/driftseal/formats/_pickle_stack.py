"""The part of pickle's machine that makes constants and containers, and keeps them on the stack and in the memo."""

from __future__ import annotations

from driftseal.formats._pickle_containers import container, extend, weigh
from driftseal.formats._pickle_events import Change, Event, Pickled
from driftseal.formats._pickle_inner import pickled_inside
from driftseal.formats._pickle_source import Cut, Source
from driftseal.formats._pickle_text import decimal, plain, quoted, raw_unicode, signed, text
from driftseal.formats._pickle_values import NUMBER, Call, Container, Global, Long, Unknown, Value

MISSING = Unknown("missing")


class Stack:
    """Opcodes that name nothing and call nothing."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[Value] = []
        self.memo: dict[int, Value] = {}
        self.marks: list[int] = []
        self.events: list[Event] = []
        """What happened since they were last taken away."""
        self.protocol = 0
        self.fetched: dict[Container | Call, int] = {}
        """How often which container, or what which call gave, was fetched from the memo."""

    # Values that are written out.

    def _none(self) -> None:
        self.stack.append(None)

    def _true(self) -> None:
        self.stack.append(True)

    def _false(self) -> None:
        self.stack.append(False)

    def _int(self) -> None:
        line = self.source.line()
        self.stack.append(decimal(line))

    def _long1(self) -> None:
        self._long(self.source.number(1))

    def _long4(self) -> None:
        self._long(self.source.number(4))

    def _long(self, size: int) -> None:
        content = self.source.content(size)
        self.stack.append(signed(content) if isinstance(content, bytes) else NUMBER)

    def _float(self) -> None:
        self.source.line()
        self.stack.append(NUMBER)

    def _string(self) -> None:
        self._text(quoted(self.source.line()))

    def _unicode(self) -> None:
        self._text(raw_unicode(self.source.line()))

    def _binunicode(self) -> None:
        self._text(text(self.source.content(self.source.number(4))))

    def _binunicode8(self) -> None:
        self._text(text(self.source.content(self.source.number(8))))

    def _binstring(self) -> None:
        size = self.source.number(4)
        if size >> 31:
            raise Cut("a string of negative length")
        self._text(plain(self.source.content(size)))

    def _short_binstring(self) -> None:
        self._text(plain(self.source.content(self.source.number(1))))

    def _short_binbytes(self) -> None:
        self._text(self.source.content(self.source.number(1)))

    def _binbytes(self) -> None:
        self._text(self.source.content(self.source.number(4)))

    def _binbytes8(self) -> None:
        self._text(self.source.content(self.source.number(8)))

    def _text(self, value: str | bytes | Long) -> None:
        inner = pickled_inside(value)
        if inner:
            offset = value.offset if isinstance(value, Long) else self.source.offset - len(value)
            self.events.append(Pickled(inner, offset, value))
        self.stack.append(value)

    def _buffer(self) -> None:
        self.stack.append(Unknown("buffer from outside"))

    def _nothing(self) -> None:
        """What changes nothing here."""

    def _proto(self) -> None:
        self.protocol = self.source.number(1)

    def _frame(self) -> None:
        self.source.number(8)

    # Containers.

    def _marked(self) -> list[Value]:
        stack = self.stack
        start = self.marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    def _pop(self) -> Value:
        return self.stack.pop()

    def _empty_tuple(self) -> None:
        self.stack.append(Container("tuple", []))

    def _empty_list(self) -> None:
        self.stack.append(Container("list", []))

    def _empty_dict(self) -> None:
        self.stack.append(Container("dict", []))

    def _empty_set(self) -> None:
        self.stack.append(Container("set", []))

    def _tuple(self) -> None:
        self.stack.append(container("tuple", self._marked()))

    def _tuple1(self) -> None:
        self._last(1)

    def _tuple2(self) -> None:
        self._last(2)

    def _tuple3(self) -> None:
        self._last(3)

    def _last(self, count: int) -> None:
        stack = self.stack
        items = stack[-count:]
        if len(items) < count:
            raise IndexError
        stack[-count:] = [container("tuple", items)]

    def _list(self) -> None:
        self.stack.append(container("list", self._marked()))

    def _dict(self) -> None:
        self.stack.append(container("dict", self._marked()))

    def _frozenset(self) -> None:
        self.stack.append(container("frozenset", self._marked()))

    def _append(self) -> None:
        item = self._pop()
        self._add("APPEND", [item])

    def _appends(self) -> None:
        self._add("APPENDS", self._marked())

    def _additems(self) -> None:
        self._add("ADDITEMS", self._marked())

    def _setitem(self) -> None:
        value = self._pop()
        self._add("SETITEM", [self._pop(), value])

    def _setitems(self) -> None:
        self._add("SETITEMS", self._marked())

    def _add(self, opcode: str, items: list[Value]) -> None:
        target = self.stack[-1]
        if target.__class__ is Container:
            extend(target, items)
        elif not isinstance(target, Call) or not isinstance(target.callee, Global):
            self.events.append(Change(opcode, target, container("tuple", items), self.source.offset - 1))
        else:
            weigh(target, items)

    # The stack and the memo.

    def _pop_value(self) -> None:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            del self.stack[-1]

    def _pop_mark(self) -> None:
        self._marked()

    def _dup(self) -> None:
        value = self.stack[-1]
        if isinstance(value, Container | Call):
            self.fetched[value] = self.fetched.get(value, 0) + 1
        self.stack.append(value)

    def _get(self) -> None:
        self._fetch(decimal(self.source.line()))

    def _long_binget(self) -> None:
        self._fetch(self.source.number(4))

    def _fetch(self, key: Value) -> None:
        value = self.memo.get(key, MISSING) if isinstance(key, int) else MISSING
        if value is MISSING:
            raise Cut("fetches what was never stored")
        if isinstance(value, Container | Call):
            self.fetched[value] = self.fetched.get(value, 0) + 1
        self.stack.append(value)

    def _put(self) -> None:
        key = decimal(self.source.line())
        if not isinstance(key, int):
            raise Cut("stores under no number")
        self.memo[key] = self.stack[-1]

    def _long_binput(self) -> None:
        key = self.source.number(4)
        self.memo[key] = self.stack[-1]
