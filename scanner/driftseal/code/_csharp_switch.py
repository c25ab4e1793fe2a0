"""The two kinds of ``switch`` of C#, as chains of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from driftseal.code import ir
from driftseal.code._csharp_patterns import subject
from driftseal.code._csharp_state import Arm, Pattern, State, Subject, Switched, Thrown, When, chained
from driftseal.code._csharp_statements import body_of
from driftseal.code._csharp_values import known
from driftseal.code._lowering import Made

if TYPE_CHECKING:
    from tree_sitter import Node

_CHAIN: Final = 24
"""Cases of one chain; a longer ``switch`` becomes several, so that they do not nest without end."""


def opens(state: State, _node: Node, _kind: str) -> None:
    """Count how deep they nest."""
    state.switches += 1


def _longest(state: State) -> int:
    """What nests within one another gets shorter chains, so that all of them together stay shallow."""
    longest = max(1, _CHAIN // max(1, state.switches))
    state.switches = max(0, state.switches - 1)
    return longest


def condition(_: State, made: Made) -> When:
    """``when x``."""
    return When(known(made.parts[-1][1] if made.parts else None, made.line))


def section(_: State, made: Made) -> Arm:
    """``case a when b:`` with what follows it."""
    when = next((value.test for __, value in made.parts if type(value) is When), None)
    inner = [each for __, value in made.parts for each in body_of(value)]
    if inner and isinstance(inner[-1], ir.Leave):
        inner.pop()
    patterns = tuple(value for __, value in made.parts if type(value) is Pattern)
    return Arm(patterns, when, tuple(inner), None, made.has("default"), made.line)


def arm(_: State, made: Made) -> Arm:
    """``a when b => c``."""
    when = next((value.test for __, value in made.parts if type(value) is When), None)
    value = made.parts[-1][1] if made.parts else None
    value = value if type(value) is Thrown else known(value, made.line)
    patterns = tuple(each for __, each in made.parts if type(each) is Pattern)
    return Arm(patterns, when, (), value, default=False, line=made.line)


def arms(_: State, made: Made) -> tuple[Arm, ...]:
    return tuple(value for __, value in made.parts if type(value) is Arm)


def expression(state: State, made: Made) -> Switched:
    """``a switch { b => c }``."""
    of = subject(known(made.parts[0][1] if made.parts else None, made.line))
    found: list[tuple[ir.Expr, ir.Expr | Thrown]] = []
    otherwise: ir.Expr | Thrown | None = None
    for each in arms(state, made):
        test = _test(of, each.patterns, each.when, each.line)
        if each.value is not None and isinstance(test, ir.Const):
            otherwise = each.value
        elif each.value is not None:
            found.append((test, each.value))
    return Switched(tuple(found), otherwise, made.line, _longest(state))


def statement(state: State, made: Made) -> list[ir.Stmt]:
    """A chain of comparisons; sections without a body share that of the next."""
    at = dict(made.parts)
    value = known(at.get("value"), made.line)
    of = subject(value)
    inside = at.get("body")
    chain: list[tuple[ir.Expr, ir.Block, int]] = []
    otherwise: ir.Block = ()
    waiting: list[ir.Expr] = []
    default = False
    for each in inside if type(inside) is tuple else ():
        default = default or each.default
        if each.patterns or not each.default:
            waiting.append(_test(of, each.patterns, each.when, each.line))
        if not each.body:
            continue
        if default:
            otherwise, default = each.body, False
        if waiting:
            chain.append((_any(waiting, each.line), each.body, each.line))
        waiting = []
    return chained(chain, otherwise, _longest(state)) or [ir.Do(value, made.line)]


def _test(of: Subject, patterns: Sequence[Pattern], when: ir.Expr | None, line: int) -> ir.Expr:
    found = _any([each.test(of) for each in patterns], line)
    return ir.Binary("and", found, when, line) if when is not None else found


def _any(tests: list[ir.Expr], line: int) -> ir.Expr:
    if len(tests) > _CHAIN or not tests:
        return ir.Other(tuple(tests), line)
    found = tests[0]
    for test in tests[1:]:
        found = ir.Binary("or", found, test, line)
    return found
