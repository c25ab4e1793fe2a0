"""Enumerations as compilers write them: a function that fills an object, called on the spot."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code._javascript_state import State


def members(state: State, value: ir.Expr) -> tuple[str, ir.Mapping] | None:
    """Name and members of ``(function (A) { A["B"] = "b"; })(A || (A = {}))``; None for anything else."""
    if not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Closure) or len(value.args) != 1:
        return None
    given = value.args[0].value
    if not isinstance(given, ir.Binary) or given.op != "or" or not _empty(given.right):
        return None
    draft = state.functions[value.callee.function]
    name = draft.params[0].name if len(draft.params) == 1 else ""
    entries = [_member(each, name) for each in draft.body if not isinstance(each, ir.Return)]
    told = tuple(entry for entry in entries if entry is not None)
    if not told or len(told) != len(entries) or not isinstance(given.left, ir.Name):
        return None
    return given.left.id, ir.Mapping(told, value.line, "")


def _empty(expr: ir.Expr) -> bool:
    """``{}``, ``(A = {})``, ``(exports.A = A = {})``."""
    while isinstance(expr, ir.Bind):
        expr = expr.value
    return isinstance(expr, ir.Mapping) and not expr.entries


def _member(each: ir.Stmt, whole: str) -> ir.Entry | None:
    """``A["B"] = "b"`` and, of a number, ``A[A["B"] = 0] = "B"``."""
    if not isinstance(each, ir.Assign) or len(each.targets) != 1:
        return None
    target, value = each.targets[0], each.value
    inner = target.key if isinstance(target, ir.Index) else None
    if isinstance(inner, ir.Bind):
        target, value = inner.target, inner.value
    key: ir.Expr | None = target.key if isinstance(target, ir.Index) else None
    if isinstance(target, ir.Attr):
        key = ir.Const(target.name, target.line)
    of = target.value if isinstance(target, (ir.Index, ir.Attr)) else None
    if not isinstance(key, ir.Const) or not isinstance(of, ir.Name) or of.id != whole:
        return None
    return ir.Entry(key, value)
