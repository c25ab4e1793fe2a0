"""Texts and paths that a loop makes of each row of a table: ``for stem, end in TABLE: home / f"{stem}.{end}"``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes

if TYPE_CHECKING:
    from driftseal.observe.behaviour.scope.values import Values

_LOOPS: Final = 4
_ROWS: Final = 12
_TEXTS: Final = 200
"""Loops of a function, rows of a table and texts that are looked at."""
_DEPTH: Final = 8
"""Parts within parts of a text."""
_BUILT: Final = (ir.Text, ir.Binary, ir.Call)


def by_row(scope: Values) -> Mapping[int, tuple[str, ...]]:
    """What texts and paths become for each row, by the identity of their nodes."""
    loops = [loop for loop in scope.of(ir.Loop) if loop.source is not None][:_LOOPS]
    bound = [dict(_bound(loop.targets, row)) for loop in loops for row in list(_rows(scope, loop))[:_ROWS]]
    found: dict[int, list[str]] = {}
    for node in scope.of(*_BUILT)[:_TEXTS] if bound else ():
        plain = _text(scope, node, {}, _DEPTH)
        for row in bound:
            whole = _text(scope, node, row, _DEPTH)
            if whole != plain:
                found.setdefault(id(node), []).append(whole)
    return {key: tuple(texts) for key, texts in found.items()}


def _rows(scope: Values, loop: ir.Loop) -> Iterator[ir.Group]:
    """The rows of a table of constants that a loop goes through."""
    source: Any = loop.source
    if isinstance(source, ir.Call):
        # ``TABLE.values()``, ``Object.values(TABLE)``
        of_all = bool(source.args) and scope.name(source) == "Object.values"
        source = source.args[0].value if of_all else getattr(source.callee, "value", source)
    whole = scope.set_to(source)
    items = whole.items if isinstance(whole, ir.Group) else ()
    items = tuple(each.value for each in whole.entries) if isinstance(whole, ir.Mapping) else items
    yield from (each for each in items if isinstance(each, ir.Group))


def _bound(targets: tuple[ir.Expr, ...], row: ir.Group) -> Iterator[tuple[str, ir.Expr]]:
    names = targets[0].items if len(targets) == 1 and isinstance(targets[0], ir.Group) else targets
    if len(names) == 1 and isinstance(names[0], ir.Name):
        yield names[0].id, row
    elif len(names) == len(row.items):
        yield from ((name.id, each) for name, each in zip(names, row.items, strict=True) if isinstance(name, ir.Name))


def _text(scope: Values, expr: Any, row: Mapping[str, ir.Expr], depth: int) -> str:
    """A text or path as far as it is constant in a row."""
    if depth == 0:
        return ""
    if isinstance(expr, ir.Name) and expr.id in row:
        expr = row[expr.id]
    if isinstance(expr, ir.Group):
        return "/".join(text for each in expr.items if (text := _text(scope, each, row, depth - 1)))
    if isinstance(expr, ir.Text):
        return "".join(_text(scope, each, row, depth - 1) for each in expr.parts)
    if isinstance(expr, ir.Binary) and expr.op in {"+", "/"}:
        sides = [_text(scope, each, row, depth - 1) for each in (expr.left, expr.right)]
        return ("/" if expr.op == "/" else "").join(side for side in sides if side)
    if isinstance(expr, ir.Call) and nodes.joins(expr):
        on = [expr.callee.value] if isinstance(expr.callee, ir.Attr) else []
        parts = [_text(scope, each, row, depth - 1) for each in (*on, *(arg.value for arg in expr.args))]
        return "/".join(part for part in parts if part)
    return scope.constant(expr) or "" if isinstance(expr, (ir.Const, ir.Name)) else ""
