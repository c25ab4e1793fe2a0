"""The part of pickle's machine that imports names, calls them and fills what calls give."""

from __future__ import annotations

from typing import Final

from driftseal.formats._pickle_containers import container, weight_of
from driftseal.formats._pickle_events import Change, Extension, Import, Persistent
from driftseal.formats._pickle_source import Cut, Source
from driftseal.formats._pickle_stack import Stack
from driftseal.formats._pickle_text import text
from driftseal.formats._pickle_values import HEAVIEST, Call, Global, Long, Unknown, Value, items_of

_MODULE: Final = "module"


class Objects(Stack):
    """Opcodes that name and call."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.globals: dict[tuple[str, str], Global] = {}

    def _global(self) -> None:
        offset = self.source.offset - 1
        module = text(self.source.name())
        self.stack.append(self._named(module, text(self.source.name()), offset))
        self.source.check_end()

    def _stack_global(self) -> None:
        offset = self.source.offset - 1
        name = self._pop()
        self.stack.append(self._named(self._pop(), name, offset))

    def _named(self, module: Value, name: Value, offset: int) -> Global:
        odd = "" if isinstance(module, str) and isinstance(name, str) else "the name is no plain text"
        key = (_as_name(module), _as_name(name))
        known = self.globals.get(key)
        if known is None:
            known = self.globals[key] = Global(*key, offset, odd)
            self.events.append(Import(known, self.protocol))
        return known

    def _reduce(self) -> None:
        args = self._pop()
        self._call("REDUCE", self._pop(), args)

    def _newobj(self) -> None:
        args = self._pop()
        self._call("NEWOBJ", self._pop(), args)

    def _newobj_ex(self) -> None:
        keywords = self._pop()
        args = self._pop()
        self._call("NEWOBJ_EX", self._pop(), args, keywords)

    def _inst(self) -> None:
        offset = self.source.offset - 1
        module = text(self.source.name())
        callee = self._named(module, text(self.source.name()), offset)
        self._call("INST", callee, container("tuple", self._marked()))
        self.source.check_end()

    def _obj(self) -> None:
        items = self._marked()
        if not items:
            raise Cut("makes an object of nothing")
        self._call("OBJ", items[0], container("tuple", items[1:]))

    def _call(self, opcode: str, callee: Value, args: Value, keywords: Value = None) -> None:
        weight = 1 + weight_of(callee) + weight_of(args) + weight_of(keywords)
        call = Call(opcode, callee, args, self.source.offset - 1, keywords, None, min(weight, HEAVIEST))
        self.events.append(call)
        self.stack.append(call)

    def _build(self) -> None:
        state = self._pop()
        target = self.stack[-1]
        if isinstance(target, Call):
            target.weight = min(target.weight + weight_of(state), HEAVIEST)
            if target.state is None:
                target.state = state
        self.events.append(Change("BUILD", target, state, self.source.offset - 1))

    def _ext1(self) -> None:
        self._extension(self.source.number(1))

    def _ext2(self) -> None:
        self._extension(self.source.number(2))

    def _ext4(self) -> None:
        self._extension(self.source.number(4))

    def _extension(self, code: int) -> None:
        self.events.append(Extension(code, self.source.offset - 1))
        self.stack.append(Unknown(f"extension {code}"))

    def _persid(self) -> None:
        self._persistent(text(self.source.line()))

    def _binpersid(self) -> None:
        self._persistent(self._pop())

    def _persistent(self, value: Value) -> None:
        self.events.append(Persistent(value, self.source.offset - 1))
        given = items_of(value)
        if given[:1] == [_MODULE] and len(given) > 1 and isinstance(given[1], Global):
            # The first format of torch writes a class so, together with its source.
            self.stack.append(given[1])
        else:
            self.stack.append(Unknown("persistent object"))


def _as_name(value: Value) -> str:
    if isinstance(value, str):
        return value
    return f"<{value.head[:40]!r}…>" if isinstance(value, Long) else f"<{type(value).__name__}>"
