"""The full names of what a function calls and uses."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code.project import External, Instance, ValueRef
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scope.body import Body

if TYPE_CHECKING:
    from driftseal.observe.behaviour.whole import Code

HOPS: Final = 6
"""Variables that are followed from a name to what it stands for."""
PARTS: Final = 12
"""Attributes and calls of one chain."""
SELVES: Final = frozenset({"self", "this", "cls"})
_UNSAID: Final = frozenset({"", "default"})
_REMEMBERED: Final = 1 << 12
_SAME: Final = frozenset({"unref", "ref"})
"""Methods that give back the object itself."""
_WRAPS: Final = frozenset({"promisify", "partial"})
_LOADERS: Final = frozenset({"require", "import", "__import__"})


class Names(Body):
    """A function that knows what its names stand for."""

    def __init__(self, code: Code, path: str, number: int, inner: tuple[int, ...]) -> None:
        super().__init__(code, path, number, inner)
        self._base_of: dict[str, str] = {}
        self._name_of: dict[str, str] = {}
        self._names: dict[int, str] = {}

    def name(self, expr: ir.Expr, hops: int = HOPS) -> str:
        """The full name of what an expression stands for; of a call, of what is called. Empty where there is none."""
        if hops != HOPS:
            return self._full(expr, hops)
        if type(expr) is ir.Name:
            name = self._name_of.get(expr.id)
            if name is None:
                name = self._name_of[expr.id] = self._full(expr, hops)
            return name
        known = self._names.get(id(expr))
        if known is None:
            known = self._names[id(expr)] = self._full(expr, hops)
        return known

    def _full(self, expr: ir.Expr, hops: int) -> str:
        parts: list[str] = []
        for _ in range(PARTS):
            if isinstance(expr, ir.Attr):
                parts.append(expr.name)
                expr = expr.value
            elif isinstance(expr, ir.Name):
                return self._member(expr.id, parts, hops)
            elif isinstance(expr, ir.Call):
                loaded = _loaded(expr)
                if loaded:
                    return _joined(loaded, parts)
                expr = _made_of(expr, further=bool(parts) or hops != HOPS)
            elif isinstance(expr, ir.Index) and isinstance(expr.key, ir.Const) and isinstance(expr.key.value, str):
                parts.append(expr.key.value)
                expr = expr.value
            elif isinstance(expr, ir.Unary) and expr.op == "await":
                expr = expr.value
            elif isinstance(expr, (ir.Group, ir.Other)) and len(_items(expr)) > 1 and not parts:
                expr = _items(expr)[-1]  # (0, eval)
            else:
                break
        if isinstance(expr, ir.Const) and isinstance(expr.value, str):
            return _joined("str", parts)
        return self._member(expr.id, parts, hops) if isinstance(expr, ir.Name) else _joined("", parts)

    def _member(self, name: str, parts: list[str], hops: int) -> str:
        if name in SELVES and parts and hops and self.function.cls >= 0:
            known = self.code.field(self.path, self.function.cls, parts[-1])
            if known is not None and isinstance(known[1], (ir.Call, ir.Attr, ir.Unary)):
                return _joined(known[0].name(known[1], hops - 1) or name, parts[:-1])
        return _joined(self._base(name, hops), parts)

    def _base(self, name: str, hops: int) -> str:
        if hops == 0 or name in SELVES:
            return name
        if hops == HOPS and name in self._base_of:
            return self._base_of[name]
        found = self._named(name, hops)
        if hops == HOPS:
            self._base_of[name] = found
        return found

    def _named(self, name: str, hops: int) -> str:
        value = self.assigned.get(name)
        ref = None
        if value is None:
            if name in self._given:
                return name
            ref = self.code.project.named(self.path, name)
            value = ref.value if isinstance(ref, ValueRef) and ref.path == self.path else None
            value = self.code.top(self.path).get(name) if ref is None else value
        if isinstance(ref, Instance):
            ref = ref.of
        if isinstance(ref, External):
            return ref.name
        if isinstance(value, (ir.Call, ir.Attr, ir.Name, ir.Unary, ir.Index)) and value != ir.Name(name, value.line):
            return self.name(value, hops - 1) or name
        return name


def _items(expr: ir.Group | ir.Other) -> tuple[ir.Expr, ...]:
    return expr.items if isinstance(expr, ir.Group) else expr.parts


def _loaded(call: ir.Call) -> str:
    """The module that ``require`` or ``import`` of a constant gives."""
    if isinstance(call.callee, ir.Name) and call.callee.id in _LOADERS and call.args:
        return nodes.fold(call.args[0].value) or ""
    return ""


def _made_of(call: ir.Call, *, further: bool) -> ir.Expr:
    """What a call goes by: what is called, what that wraps, or the object that a method gives back."""
    callee = call.callee
    if isinstance(callee, ir.Attr):
        if further and callee.name in _SAME and not call.args:
            return callee.value
        wrapped = callee.name in _WRAPS
    else:
        wrapped = isinstance(callee, ir.Name) and callee.id in _WRAPS
    return call.args[0].value if wrapped and call.args else callee


def _joined(base: str, parts: list[str]) -> str:
    if not parts and base.isidentifier():
        return base
    return ".".join([name for name in (_plain(base), *reversed(parts)) if name not in _UNSAID])


@lru_cache(maxsize=_REMEMBERED)
def _plain(base: str) -> str:
    """One spelling of what imports spell differently; few names stand at the beginning of many."""
    return ".".join(name for name in base.removeprefix("node:").replace("/", ".").split(".") if name not in _UNSAID)
