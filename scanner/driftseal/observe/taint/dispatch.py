"""What a call may mean whose function is taken out of a table, a list or an object by a name that is computed.

That is how most servers of the low level find the handler of a tool: ``TABLE[name]``, ``TABLE.get(name)``, a loop over
the tools until one has the name, ``getattr(self, f"do_{name}")``, and members or parts of what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef, Instance, ValueRef
from driftseal.observe.taint import tables
from driftseal.observe.taint.frame import Frame
from driftseal.observe.taint.tables import TABLE
from driftseal.observe.taint.values import Value

_HOPS: Final = 6
"""Variables and members between a table and what is called."""
_FINDS: Final = frozenset({"find", "first", "firstOrNull"})
_OR: Final = frozenset({"or", "||", "??"})


def chosen(frame: Frame, expr: ir.Expr, hops: int = _HOPS) -> list[tuple[str, Value]]:
    """What an expression may stand for, each with the name by which it is taken; empty where no table is asked."""
    found: list[tuple[str, Value]] = []
    if hops == 0 or _is_plain(frame, expr):
        return found
    if isinstance(expr, ir.Name):
        before = frame.parts.get(expr.id) or frame.env.written.get(expr.id)
        if expr.id in frame.looped:
            found = tables.members(frame, frame.looped[expr.id])
        elif before is not None:
            found = chosen(frame, before, hops - 1)
    elif isinstance(expr, ir.Call):
        found = _by_call(frame, expr)
    elif isinstance(expr, ir.Binary) and expr.op in _OR:
        found = chosen(frame, expr.left, hops - 1)
    elif isinstance(expr, ir.Unary) and expr.op == "await":
        found = chosen(frame, expr.value, hops - 1)
    elif isinstance(expr, (ir.Attr, ir.Index)):
        found = _taken(frame, expr, hops)
    return found


def _is_plain(frame: Frame, expr: ir.Expr) -> bool:
    """Whether a name, or a member of what it stands for, is no part of anything, as most of what is called."""
    while type(expr) is ir.Attr:
        expr = expr.value
    if type(expr) is not ir.Name:
        return False
    name = expr.id
    return name not in frame.env.written and name not in frame.parts and name not in frame.looped


def _taken(frame: Frame, expr: ir.Attr | ir.Index, hops: int) -> list[tuple[str, Value]]:
    part = expr.name if isinstance(expr, ir.Attr) else tables.constant(frame, expr.key)
    if part is None:
        return _entries(frame, expr.value)
    inner = chosen(frame, expr.value, hops - 1)
    return [(name, found) for name, whole in inner if (found := tables.part(frame, whole, part)) is not None]


def _by_call(frame: Frame, call: ir.Call) -> list[tuple[str, Value]]:
    callee, first = call.callee, call.args[0].value if call.args else None
    if first is None:
        return []
    if isinstance(callee, ir.Attr) and callee.name == "get":
        return _entries(frame, callee.value)
    if isinstance(callee, ir.Attr) and callee.name in _FINDS and isinstance(first, ir.Closure):
        return tables.searched(frame, callee.value, frame.module.functions[first.function])
    if isinstance(callee, ir.Name) and callee.id == "next" and isinstance(first, ir.Comprehension):
        return tables.members(frame, first.sources[0])
    if isinstance(callee, ir.Name) and callee.id == "getattr" and len(call.args) > 1:
        return _by_name(frame, first, call.args[1].value)
    return []


def _by_name(frame: Frame, whole: ir.Expr, name: ir.Expr) -> list[tuple[str, Value]]:
    """``getattr(self, name)``, of which the name, or its end, may be computed."""
    begins, value = _beginning(frame, name), tables.standing_for(frame, whole)
    if begins is not None:
        return list(_methods(frame, value, begins))
    one = tables.part(frame, value, tables.constant(frame, name) or "")
    return [("", one)] if one is not None else []


def _beginning(frame: Frame, name: ir.Expr) -> str | None:
    """The constant that a computed name begins with; None where all of it is constant."""
    name = frame.env.written.get(name.id, name) if isinstance(name, ir.Name) else name
    if isinstance(name, ir.Text) and name.parts:
        return tables.constant(frame, name.parts[0]) or ""
    if isinstance(name, ir.Binary) and name.op == "+":
        return tables.constant(frame, name.left) or ""
    return "" if tables.constant(frame, name) is None else None


def _methods(frame: Frame, value: Value, begins: str = "") -> Iterator[tuple[str, Value]]:
    """The methods of an object's class whose names begin so, each by the rest of its name."""
    of = value.ref.of if isinstance(value.ref, Instance) else None
    if not isinstance(of, ClassRef):
        return
    module = frame.library.project.modules[of.path]
    for number in islice(module.classes[of.number].methods, TABLE):
        name = module.functions[number].name
        if name.startswith(begins) and not name.startswith("__") and name != "constructor":
            yield name.removeprefix(begins), Value(ref=FunctionRef(of.path, number))


def _entries(frame: Frame, table: ir.Expr) -> list[tuple[str, Value]]:
    whole = tables.plain(frame, table)
    if whole.items or not whole.fields:
        return list(_methods(frame, whole)) or tables.registered(frame, table) or _by_reflection(frame, table)
    return list(islice(whole.fields.items(), TABLE))


def _by_reflection(frame: Frame, table: ir.Expr) -> list[tuple[str, Value]]:
    """``{one.name: getattr(git, f"do_{one.name}") for one in TOOLS}``."""
    ref = frame.library.project.resolve(frame.path, table) if isinstance(table, (ir.Name, ir.Attr)) else None
    made = ref.value.element if isinstance(ref, ValueRef) and isinstance(ref.value, ir.Comprehension) else None
    last = made.items[-1] if isinstance(made, ir.Group) and made.items else made
    return _by_call(frame.at_top(ref.path), last) if isinstance(ref, ValueRef) and isinstance(last, ir.Call) else []
