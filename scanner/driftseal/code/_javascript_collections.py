"""How JavaScript's arrays, objects and template strings are built; the first two are targets as well."""

from __future__ import annotations

from collections.abc import Iterable

from driftseal.code import ir
from driftseal.code._javascript_literals import unescaped
from driftseal.code._javascript_state import Method, State
from driftseal.code._javascript_values import expr, fields, target_name, values
from driftseal.code._lowering import Built, Made, is_expression


def array(_: State, made: Made) -> ir.Expr:
    """``[a, ...b]``, as a value and as a target, in which places may be left out: ``[, second]``."""
    items = made.expressions()
    if made.node.child_count > 2 * len(items) + 1:  # more commas than stand between
        items = list(_placed(made, items))
    return ir.Group(tuple(items), made.line)


def _placed(made: Made, items: list[ir.Expr]) -> Iterable[ir.Expr]:
    """The items, each in its place."""
    left, filled = iter(items), False
    for child in made.node.children:
        if child.type == ",":
            if not filled:
                yield ir.Const(None, made.line)
            filled = False
        elif child.is_named and child.type != "comment" and (item := next(left, None)) is not None:
            yield item
            filled = True


def mapping(state: State, made: Made) -> ir.Expr:
    """``{a: b, c, [d]: e, ...f, g() {}}``, as a value and as a target."""
    return ir.Mapping(tuple(_entries(state, values(made))), made.line, "")


def _entries(state: State, members: Iterable[Built]) -> Iterable[ir.Entry]:
    for value in members:
        if type(value) is ir.Entry:
            yield value
        elif type(value) is Method:
            name = value.key.value if isinstance(value.key, ir.Const) else ""
            state.functions[value.function].label = str(name)
            yield ir.Entry(value.key, ir.Closure(value.function, value.line))
        elif type(value) is ir.Unary and value.op == "*":
            yield ir.Entry(None, value.value)
        elif type(value) is ir.Name:
            yield ir.Entry(ir.Const(value.id, value.line), value)
        elif type(value) is ir.Bind:  # {a = 1} as a target
            yield ir.Entry(ir.Const(target_name(value.target), value.line), value)
        elif is_expression(value):
            yield ir.Entry(None, value)


def pair(state: State, made: Made) -> Built:
    """``key: value`` of a literal or a pattern."""
    parts = fields(made)
    key, value = expr(parts.get("key"), made.line), expr(parts.get("value"), made.line)
    if isinstance(value, ir.Closure) and isinstance(key, ir.Const):
        state.label(value, str(key.value))
    return ir.Entry(key, value)


def template(_: State, made: Made) -> ir.Expr:
    """A template string; one without anything put in is a string."""
    parts: list[ir.Expr] = []
    literal: list[str] = []
    for _field, value in made.parts:
        if isinstance(value, str):
            literal.append(value)
        elif is_expression(value):
            _flush(parts, literal, made.line)
            parts.append(value)
    _flush(parts, literal, made.line)
    if not parts:
        return ir.Const("", made.line)
    if len(parts) == 1 and isinstance(parts[0], ir.Const):
        return parts[0]
    return ir.Text(tuple(parts), made.line, None)


def _flush(parts: list[ir.Expr], literal: list[str], line: int) -> None:
    if literal:
        parts.append(ir.Const(unescaped("".join(literal)), line))
        literal.clear()
