"""What the body of a function shows by its statements alone: what it gives back, and how its variables go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import last_name
from driftseal.code.walk import below

_NESTED: Final = 6
"""Branches in branches that are followed."""


class Step(NamedTuple):
    """One statement that goes on with a text, and the conditions that it stands under."""

    name: str
    value: ir.Expr
    adds: bool
    tests: tuple[tuple[ir.Expr, bool], ...]
    line: int


def given_back(body: ir.Block) -> ir.Expr | None:
    """What a function gives back: at its end, else the first that it gives back at all."""
    first: ir.Expr | None = None
    stack = list(reversed(body))
    for each in reversed(body):
        if isinstance(each, ir.Return) and each.value is not None:
            return each.value
    while stack:
        each = stack.pop()
        if isinstance(each, ir.Return) and each.value is not None:
            first = each.value
            break
        if isinstance(each, ir.If):
            stack += [*reversed(each.otherwise), *reversed(each.then)]
        elif isinstance(each, (ir.Loop, ir.Try)):
            stack += reversed(each.body)
    return first


def all_given_back(body: ir.Block, depth: int = _NESTED) -> list[ir.Expr]:
    """All that a function gives back, in order."""
    found: list[ir.Expr] = []
    for each in body:
        if isinstance(each, ir.Return) and each.value is not None:
            found.append(each.value)
        elif isinstance(each, ir.If) and depth:
            found += all_given_back(each.then, depth - 1) + all_given_back(each.otherwise, depth - 1)
        elif isinstance(each, (ir.Loop, ir.Try)) and depth:
            found += all_given_back(each.body, depth - 1)
    return found


def rewrites(body: ir.Block, tests: tuple[tuple[ir.Expr, bool], ...] = ()) -> Iterator[Step]:
    """Statements that go on with a variable, in order."""
    for each in body:
        if isinstance(each, ir.Assign):
            for target in each.targets:
                goes_on = isinstance(each.value, (ir.Text, ir.Binary, ir.Call))
                if isinstance(target, ir.Name) and (each.adds or (goes_on and mentions(each.value, target.id))):
                    yield Step(target.id, each.value, each.adds, tests, each.line)
        elif isinstance(each, ir.If) and len(tests) < _NESTED:
            yield from rewrites(each.then, (*tests, (each.test, True)))
            yield from rewrites(each.otherwise, (*tests, (each.test, False)))


def mentions(value: ir.Expr, name: str) -> bool:
    """Whether a variable is a part of an expression."""
    return any(isinstance(node, ir.Name) and node.id == name for node in below(value))


def call_above(body: ir.Block) -> ir.Call | None:
    """The call of the constructor above: ``super(…)``, ``super().__init__(…)``."""
    for each in body:
        call = each.value if isinstance(each, ir.Do) else None
        if isinstance(call, ir.Call) and last_name(call.callee) in {"super", "__init__"}:
            return call
    return None
