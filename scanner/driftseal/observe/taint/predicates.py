"""What functions look at that are asked about a value, and conditions that are written as calls."""

from __future__ import annotations

import functools
from typing import Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef, Project

_ANDS: Final = frozenset({"and", "or", "&&", "||"})
_SAME: Final = frozenset({"==", "===", "is", "!=", "!==", "is not"})
_SIZES: Final = frozenset({"<", "<=", ">", ">="})
_HELD: Final = frozenset({"in", "not in"})
_NOTHING: Final = frozenset({"undefined", "null", "None"})
_ASKED: Final = frozenset(
    {"isinstance", "isArray", "isInteger", "isFinite", "Boolean", "bool", "hasOwnProperty", "hasOwn"}
)
"""Calls that tell the type of what they are given, or whether it has a member."""
_EACH: Final = frozenset({"every", "some", "all", "any"})
_CHAINS: Final = {"any": "or", "all": "and"}
_CHAINED: Final = 16
"""Conditions in a row that are taken apart."""
_MOST: Final = 200
"""Expressions and statements of one function that are looked at."""


def chained(test: ir.Expr) -> ir.Expr:
    """A condition; of ``any((one, other))`` and ``all([one, other])`` what they come to: ``one or other``."""
    op = _CHAINS.get(test.callee.id) if isinstance(test, ir.Call) and isinstance(test.callee, ir.Name) else None
    listed = test.args[0].value if isinstance(test, ir.Call) and len(test.args) == 1 else None
    if op is None or not isinstance(listed, ir.Group) or not 0 < len(listed.items) <= _CHAINED:
        return test
    return functools.reduce(lambda one, other: ir.Binary(op, one, other, test.line), listed.items)


def looks_up(each: ir.If) -> bool:
    """``if name in BUILTIN: return BUILTIN[name]``: a name that is not there is refused by nobody."""
    ends = each.then[0] if len(each.then) == 1 else None
    given = ends.value if isinstance(ends, ir.Return) else None
    table = each.test.right if isinstance(each.test, ir.Binary) and each.test.op == "in" else None
    return (
        isinstance(given, ir.Index)
        and isinstance(given.value, ir.Name)
        and isinstance(table, ir.Name)
        and given.value.id == table.id
    )


def of_types_alone(project: Project, ref: FunctionRef) -> bool:
    """Whether a function looks at nothing but types, at what is there and at how much of it."""
    functions = project.modules[ref.path].functions
    waiting: list[ir.Node] = list(functions[ref.number].body)
    asks = False
    for _ in range(_MOST):
        if not waiting:
            return asks
        node = waiting.pop()
        if isinstance(node, ir.Closure):
            waiting += functions[node.function].body
            continue
        below = _below(node)
        if below is None:
            return False
        asks = asks or isinstance(node, (ir.Call, ir.Unary, ir.Binary))
        waiting += below
    return False


def _below(node: ir.Node) -> tuple[ir.Node, ...] | None:  # noqa: PLR0911  # a line a kind of node
    """What is left to look at of one node; None where it looks at more than types."""
    if isinstance(node, ir.Return):
        return (node.value,) if node.value is not None else ()
    if isinstance(node, ir.Raise):
        return ()
    if isinstance(node, ir.If):
        return (node.test, *node.then, *node.otherwise)
    if isinstance(node, ir.Assign):
        return () if _plain(node.value) else None
    if isinstance(node, ir.Binary):
        return _binary(node)
    if isinstance(node, ir.Unary):
        return (node.value,) if node.op in {"not", "!"} else None
    if isinstance(node, ir.Call):
        return _call(node)
    return () if _plain(node) else None


def _binary(node: ir.Binary) -> tuple[ir.Node, ...] | None:
    if node.op in _ANDS:
        return node.left, node.right
    sides = (node.left, node.right)
    if node.op in _SAME:
        return () if any(_nothing(side) or _type(side) for side in sides) else None
    if node.op in _HELD:
        return () if isinstance(node.left, ir.Const) else None
    counted = any(isinstance(side, ir.Attr) and side.name in {"length", "size"} for side in sides)
    return () if node.op in _SIZES and counted and any(isinstance(side, ir.Const) for side in sides) else None


def _call(node: ir.Call) -> tuple[ir.Node, ...] | None:
    callee = node.callee
    name = callee.name if isinstance(callee, ir.Attr) else callee.id if isinstance(callee, ir.Name) else ""
    if name in _ASKED:
        return ()
    if name in _EACH and len(node.args) == 1:
        over = node.args[0].value
        return (
            (over.element,) if isinstance(over, ir.Comprehension) else (over,) if isinstance(over, ir.Closure) else None
        )
    return None


def _plain(node: ir.Node) -> bool:
    """Whether a node is a value as it came, or a part of one."""
    while isinstance(node, (ir.Attr, ir.Index)):
        node = node.value
    return isinstance(node, (ir.Name, ir.Const))


def _nothing(node: ir.Node) -> bool:
    if isinstance(node, ir.Const):
        return node.value is None or isinstance(node.value, bool)
    return isinstance(node, ir.Name) and node.id in _NOTHING


def _type(node: ir.Node) -> bool:
    """Whether a node asks for the type of a value."""
    if isinstance(node, ir.Unary):
        return node.op == "typeof"
    name = node.callee.id if isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) else ""
    return name == "type"
