"""How the expressions of Python are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._python_state import Clause, State, Test

_CHAIN: Final = 8
"""Comparisons in one chain that are told apart."""


def known(value: Built, line: int) -> ir.Expr:
    """What was built, if it is an expression."""
    return value if type(value) in EXPRESSIONS else ir.Other((), line)


# --- calls and members -----------------------------------------------------------------------


def call(_: State, made: Made) -> ir.Call:
    at = dict(made.parts)
    given = at.get("arguments")
    line = made.line
    args: tuple[ir.Arg, ...] = ()
    if type(given) is list:
        args = tuple(given)
    elif given is not None:  # a generator expression stands in the place of the arguments
        args = (ir.Arg("", known(given, line), spread=False),)
    return ir.Call(known(at.get("function"), line), args, line, new=False)


def arguments(_: State, made: Made) -> list[ir.Arg]:
    found: list[ir.Arg] = []
    for __, value in made.parts:
        kind = type(value)
        if kind is ir.Arg:
            found.append(value)
        elif kind is ir.Unary and value.op in {"*", "**"}:
            found.append(ir.Arg("", value.value, spread=True))
        elif kind in EXPRESSIONS:
            found.append(ir.Arg("", value, spread=False))
    return found


def keyword(_: State, made: Made) -> ir.Arg:
    at = dict(made.parts)
    label = at.get("name")
    return ir.Arg(label.id if type(label) is ir.Name else "", known(at.get("value"), made.line), spread=False)


def attribute(_: State, made: Made) -> ir.Expr:
    at = dict(made.parts)
    member = at.get("attribute")
    if type(member) is ir.Name:
        return ir.Attr(known(at.get("object"), made.line), member.id, made.line)
    return ir.Other(tuple(made.expressions()), made.line)


def subscript(_: State, made: Made) -> ir.Index:
    line = made.line
    keys = tuple(value for field, value in made.parts if field == "subscript" and type(value) in EXPRESSIONS)
    return ir.Index(known(made.get("value"), line), keys[0] if len(keys) == 1 else ir.Group(keys, line), line)


def bounds(_: State, made: Made) -> ir.Group:
    """A slice from, to and by how much; None for a bound that is left out, unless it is the step."""
    given = iter(made.expressions())
    found: list[ir.Expr] = []
    filled = False
    for child in made.node.children:
        if child.type == ":":
            found += () if filled else (ir.Const(None, made.line),)
            filled = False
        elif child.is_named and not child.is_extra:
            found += [part for part in (next(given, None),) if part is not None]
            filled = True
    if not filled and len(found) < len(("from", "to")):
        found.append(ir.Const(None, made.line))
    return ir.Group(tuple(found), made.line)


def group(_: State, made: Made) -> ir.Group:
    return ir.Group(tuple(made.expressions()), made.line)


def inner(_: State, made: Made) -> ir.Expr:
    """What stands in brackets."""
    inside = made.expressions()
    return inside[0] if len(inside) == 1 else ir.Other(tuple(inside), made.line)


def star(_: State, made: Made) -> ir.Expr:
    return ir.Unary("*", known(made.parts[0][1] if made.parts else None, made.line), made.line)


def double_star(_: State, made: Made) -> ir.Expr:
    return ir.Unary("**", known(made.parts[0][1] if made.parts else None, made.line), made.line)


def mapping(_: State, made: Made) -> ir.Mapping:
    entries: list[ir.Entry] = []
    for __, value in made.parts:
        if type(value) is ir.Entry:
            entries.append(value)
        elif type(value) is ir.Unary:
            entries.append(ir.Entry(None, value.value))
    return ir.Mapping(tuple(entries), made.line, "")


def pair(_: State, made: Made) -> ir.Entry:
    at = dict(made.parts)
    return ir.Entry(known(at.get("key"), made.line), known(at.get("value"), made.line))


# --- operators -------------------------------------------------------------------------------


def binary(_: State, made: Made) -> ir.Binary:
    at = dict(made.parts)
    line = made.line
    return ir.Binary(str(at.get("operator")), known(at.get("left"), line), known(at.get("right"), line), line)


def comparison(_: State, made: Made) -> ir.Expr:
    """A chain of comparisons holds where each of them does."""
    line = made.line
    operands = made.expressions()
    ops = [value for field, value in made.parts if field == "operators"]
    if len(operands) != len(ops) + 1 or len(ops) > _CHAIN:
        return ir.Other(tuple(operands), line)
    found: ir.Expr | None = None
    for left, op, right in zip(operands, ops, operands[1:], strict=False):
        each = ir.Binary("!=" if op == "<>" else op, left, right, line)
        found = each if found is None else ir.Binary("and", found, each, line)
    return found if found is not None else ir.Other(tuple(operands), line)


def negation(_: State, made: Made) -> ir.Unary:
    return ir.Unary("not", known(made.get("argument"), made.line), made.line)


def unary(_: State, made: Made) -> ir.Unary:
    at = dict(made.parts)
    return ir.Unary(str(at.get("operator")), known(at.get("argument"), made.line), made.line)


def awaited(_: State, made: Made) -> ir.Expr:
    return ir.Unary("await", inner(_, made), made.line)


def yielded(_: State, made: Made) -> ir.Expr:
    return ir.Unary("yield", inner(_, made) if made.parts else ir.Const(None, made.line), made.line)


def choice(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    if len(inside) == len(("then", "test", "otherwise")):
        return ir.Choice(inside[1], inside[0], inside[2], made.line)
    return ir.Other(tuple(inside), made.line)


def walrus(_: State, made: Made) -> ir.Bind:
    at = dict(made.parts)
    return ir.Bind(known(at.get("name"), made.line), known(at.get("value"), made.line), made.line)


def bound_as(_: State, made: Made) -> ir.Expr:
    """``value as target``, of ``with``, ``except`` and ``case``."""
    inside = made.expressions()
    if len(inside) == len(("value", "target")):
        return ir.Bind(inside[1], inside[0], made.line)
    return ir.Other(tuple(inside), made.line)


# --- comprehensions --------------------------------------------------------------------------


def comprehension(_: State, made: Made) -> ir.Comprehension:
    line = made.line
    element = made.get("body")
    if type(element) is ir.Entry:
        element = ir.Group((known(element.key, line), element.value), line)
    clauses = [value for __, value in made.parts if type(value) is Clause]
    return ir.Comprehension(
        known(element, line),
        tuple(clause.target for clause in clauses),
        tuple(clause.source for clause in clauses),
        tuple(value.value for __, value in made.parts if type(value) is Test),
        line,
    )


def clause(_: State, made: Made) -> Clause:
    at = dict(made.parts)
    return Clause(known(at.get("left"), made.line), known(at.get("right"), made.line))


def condition(_: State, made: Made) -> Test:
    return Test(inner(_, made))
