"""``switch`` as chains of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tree_sitter import Node

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.code._javascript_statements import unrolled
from driftseal.code._javascript_values import expr, fields
from driftseal.code._lowering import Built, Made, statements

_CHAIN: Final = 24
"""Cases of one chain; a longer ``switch`` becomes several, so that they do not nest without end."""


class Case(NamedTuple):
    """One ``case`` of a ``switch``; the default has no value."""

    value: ir.Expr | None
    body: list[ir.Stmt]
    line: int


def case(_: State, made: Made) -> Case:
    """``case a:`` or ``default:`` with what follows it."""
    inside = [each for name, value in made.parts if name == "body" for each in statements(value)]
    if inside and isinstance(inside[-1], ir.Leave):
        inside.pop()
    return Case(made.get("value"), inside, made.line)


def cases(_: State, made: Made) -> Built:
    """A tuple of cases, which no block is."""
    return tuple(value for _, value in made.parts if type(value) is Case)


def opens_switch(state: State, _node: Node, _kind: str) -> None:
    """Count how deep they nest."""
    state.switches += 1


def switch(state: State, made: Made) -> list[ir.Stmt]:
    """A chain of comparisons; cases without a body share that of the next."""
    parts = fields(made)
    # What nests within one another gets shorter chains, so that all of them together stay shallow.
    longest = max(1, _CHAIN // state.switches)
    state.switches -= 1
    before, value = unrolled(state, expr(parts.get("value"), made.line))
    given: Sequence[Case] = parts["body"] if type(parts.get("body")) is tuple else ()
    arms: list[tuple[ir.Expr, ir.Block, int]] = []
    otherwise: ir.Block = ()
    waiting: list[ir.Expr] = []
    default = False
    for each in given:
        default = default or each.value is None
        if each.value is not None:
            waiting.append(each.value)
        if not each.body:
            continue
        if default:
            otherwise, default = tuple(each.body), False
        if waiting:
            arms.append((_any_of(value, waiting), tuple(each.body), each.line))
        waiting = []
    return [*before, *_chained(arms, otherwise, longest)]


def _any_of(value: ir.Expr, waiting: list[ir.Expr]) -> ir.Expr:
    if len(waiting) > _CHAIN:
        return ir.Binary("in", value, ir.Group(tuple(waiting), value.line), value.line)
    test: ir.Expr = ir.Binary("==", value, waiting[0], waiting[0].line)
    for other in waiting[1:]:
        test = ir.Binary("or", test, ir.Binary("==", value, other, other.line), other.line)
    return test


def _chained(arms: list[tuple[ir.Expr, ir.Block, int]], otherwise: ir.Block, longest: int) -> list[ir.Stmt]:
    """The default stands at the end of the last chain; of one without cases it is all there is."""
    chains: list[ir.Stmt] = []
    rest = otherwise
    for start in range((len(arms) - 1) // longest * longest, -1, -longest):
        for test, then, line in reversed(arms[start : start + longest]):
            rest = (ir.If(test, then, rest, line),)
        chains += rest
        rest = ()
    return chains[::-1] if arms else list(otherwise)
