"""How ``if`` and ``match`` of Python are built: as chains of branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._python_state import Arm, Case, Else, State, Test
from driftseal.code._python_statements import settled
from driftseal.code._python_values import known

if TYPE_CHECKING:
    from tree_sitter import Node


def enter_chain(state: State, _: Node, __: str) -> None:
    """``if`` or ``match`` starts."""
    state.arms.append(state.arms[-1])


def enter_arm(state: State, _: Node, __: str) -> None:
    """``elif`` or ``case`` starts."""
    state.open_arm()


def branch(state: State, made: Made) -> Built:
    """``if`` with all its ``elif``; each is the other branch of the one before it."""
    at = dict(made.parts)
    arms = [Arm(known(at.get("condition"), made.line), settled(at.get("consequence")), made.line)]
    otherwise: ir.Block = ()
    for _, value in made.parts:
        if type(value) is Arm:
            arms.append(value)
        elif type(value) is Else:
            otherwise = value.body
    return list(state.chained(arms, otherwise))


def arm(_: State, made: Made) -> Arm:
    at = dict(made.parts)
    return Arm(known(at.get("condition"), made.line), settled(at.get("consequence")), made.line)


def otherwise(_: State, made: Made) -> Else:
    return Else(settled(made.get("body")))


def matched(state: State, made: Made) -> Built:
    """``match`` as a chain of branches; names of a pattern are bound at the start of its branch."""
    at = dict(made.parts)
    subjects = [value for field, value in made.parts if field == "subject" and type(value) in EXPRESSIONS]
    subject = subjects[0] if len(subjects) == 1 else ir.Group(tuple(subjects), made.line)
    body = at.get("body")
    cases = [case for case in (body if type(body) is list else ()) if type(case) is Case]
    return list(state.chained([_arm(subject, case) for case in cases], ()))


def _arm(subject: ir.Expr, case: Case) -> Arm:
    """A pattern is compared with the subject, and one that binds names takes it apart."""
    targets: list[ir.Expr] = []
    pattern, line = case.pattern, case.line
    while isinstance(pattern, ir.Bind):
        targets.append(pattern.target)
        pattern = pattern.value
    test: ir.Expr
    if isinstance(pattern, ir.Name):
        targets += () if pattern.id == "_" else (pattern,)
        test = ir.Const(value=True, line=line)
    elif isinstance(pattern, ir.Other) and len(pattern.parts) > 1:
        test = ir.Binary("in", subject, ir.Group(pattern.parts, line), line)
    else:
        test = ir.Binary("==", subject, pattern, line)
        targets += (pattern,) if isinstance(pattern, (ir.Group, ir.Mapping)) else ()
    bound = (ir.Assign(tuple(targets), subject, line, adds=False),) if targets else ()
    if case.guard is not None:
        for target in targets:  # the guard reads what the pattern binds
            test = ir.Binary("and", test, ir.Bind(target, subject, line), line)
        test = ir.Binary("and", test, case.guard, line)
    return Arm(test, (*bound, *case.body), line)


def case(_: State, made: Made) -> Case:
    at = dict(made.parts)
    patterns = tuple(value for field, value in made.parts if field is None and type(value) in EXPRESSIONS)
    pattern = patterns[0] if len(patterns) == 1 else ir.Group(patterns, made.line)
    guard = at.get("guard")
    return Case(pattern, guard.value if type(guard) is Test else None, settled(at.get("consequence")), made.line)
