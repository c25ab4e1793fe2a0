"""``switch`` and ``select`` of Go as chains of branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._chains import any_of, chained
from driftseal.code._go_state import Case, State, Type
from driftseal.code._go_statements import body, items
from driftseal.code._go_values import dotted, known
from driftseal.code._lowering import EXPRESSIONS, Made

if TYPE_CHECKING:
    from tree_sitter import Node

_NONE: Final = "nil"


def opens(state: State, _: Node, __: str) -> None:
    """Count how deep they nest."""
    state.switches += 1


def case(_: State, made: Made) -> Case:
    """``case a, b:`` or ``default:`` with what follows it."""
    tests: tuple[ir.Expr, ...] | None = None
    inside: list[ir.Stmt] = []
    for field, value in made.parts:
        if field == "value":
            tests = items(value)
        elif field == "type" and type(value) is Type:
            tests = (*(tests or ()), dotted(value.text, made.line))
        elif field is None:
            inside += body(value)
    if made.type == "expression_case" and tests is None:
        tests = ()
    return Case(tests, _without_break(inside), made.line)


def _without_break(inside: list[ir.Stmt]) -> ir.Block:
    """What ends a case leaves no loop."""
    return tuple(inside[:-1] if inside and isinstance(inside[-1], ir.Leave) else inside)


def communication(_: State, made: Made) -> Case:
    """A case of a ``select``: what it sends or receives comes first."""
    inside = [each for __, value in made.parts for each in body(value)]
    return Case((ir.Other((), made.line),), _without_break(inside), made.line)


def switch(state: State, made: Made) -> list[ir.Stmt]:
    """``switch a := b; c {}``; without a value the cases are conditions."""
    at = dict(made.parts)
    value = at.get("value")
    subject = value if type(value) in EXPRESSIONS else None
    before = list(body(at.get("initializer")))
    if made.type == "type_switch_statement" and subject is not None:
        before += [ir.Assign((each,), subject, made.line, adds=False) for each in items(at.get("alias"))]
    arms: list[tuple[ir.Expr, ir.Block, int]] = []
    otherwise: ir.Block = ()
    for __, each in made.parts:
        if type(each) is not Case:
            continue
        if each.tests is None:
            otherwise = each.body
        elif made.type == "expression_switch_statement" and subject is not None:
            arms.append((any_of(subject, each.tests, each.line), each.body, each.line))
        elif made.type == "type_switch_statement" and subject is not None:
            types = ir.Group(each.tests, each.line)
            arms.append((ir.Binary("instanceof", subject, types, each.line), each.body, each.line))
        else:
            test = each.tests[0] if len(each.tests) == 1 else ir.Other(each.tests, each.line)
            arms.append((test, each.body, each.line))
    open_ones = state.switches
    state.switches -= 1
    return [*before, *chained(arms, otherwise, open_ones)]


def alias(_: State, made: Made) -> ir.Expr:
    return known(next(iter(made.expressions()), None), made.line)
