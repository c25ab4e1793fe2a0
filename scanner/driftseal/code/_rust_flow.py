"""What becomes of the values of blocks, branches and matches of Rust, where every statement is an expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, STATEMENTS, Built
from driftseal.code._rust_state import Body, Branches, Left, Returned, State, Thrown

_VALUES: Final = frozenset({Body, Branches, Thrown, Returned, Left})


def is_value(built: Built) -> bool:
    """Whether something built has a value, or leaves."""
    return type(built) in EXPRESSIONS or type(built) in _VALUES


def gives_back(value: ir.Expr, line: int) -> list[ir.Stmt]:
    """The value of a function."""
    return [ir.Return(value, line)]


def takes_effect(value: ir.Expr, line: int) -> list[ir.Stmt]:
    """The value that nobody takes."""
    if isinstance(value, ir.Bind):
        return [ir.Assign((value.target,), value.value, line, adds=False)]
    return [] if isinstance(value, (ir.Const, ir.Name)) else [ir.Do(value, line)]


def sets(target: ir.Expr) -> Callable[[ir.Expr, int], list[ir.Stmt]]:
    """The value of a variable."""
    return lambda value, line: [ir.Assign((target,), value, line, adds=False)]


def finished(value: Built, then: Callable[[ir.Expr, int], list[ir.Stmt]]) -> list[ir.Stmt]:
    """The statements that a value amounts to, with what becomes of it at each of its ends."""
    kind = type(value)
    if kind is Body:
        return [*value.stmts, *finished(value.value, then)]
    if kind is Branches:
        return _chain(value, then)
    if kind is Thrown:
        return [ir.Raise(value.value, value.line)]
    if kind is Returned:
        return finished(value.value, gives_back) if value.value is not None else [ir.Return(None, value.line)]
    if kind is Left:
        return [ir.Leave(value.line)]
    return then(value, value.line) if kind in EXPRESSIONS else []


def _chain(value: Branches, then: Callable[[ir.Expr, int], list[ir.Stmt]]) -> list[ir.Stmt]:
    """Branches that exclude one another, nested; those beyond what may nest follow one another instead."""
    arms = [(test, tuple(finished(body, then)), body.line) for test, body in value.arms]
    rest = tuple(finished(value.otherwise, then)) if value.otherwise is not None else ()
    chains: list[ir.Stmt] = []
    for start in range((len(arms) - 1) // value.longest * value.longest, -1, -value.longest):
        for test, body, line in reversed(arms[start : start + value.longest]):
            rest = (ir.If(test, body, rest, line),)
        chains += rest
        rest = ()
    return chains[::-1] if arms else list(rest)


def known(state: State, value: Built, line: int) -> ir.Expr:  # noqa: PLR0911  # one case a line, in order
    """What was built as an expression; statements that it takes come before the one that is being read."""
    kind = type(value)
    if kind in EXPRESSIONS:
        return value  # type: ignore[no-any-return]  # its type is among the expressions
    if kind is Thrown:
        return ir.Other((value.value,) if value.value is not None else (), line)
    if kind is Body and not value.stmts and type(value.value) in EXPRESSIONS:
        return value.value  # type: ignore[no-any-return]  # its type is among the expressions
    if kind is Branches:
        choice = _choice(value)
        if choice is not None:
            return choice
    if kind is Returned:
        # Somewhere inside an expression, so that it may be or not.
        state.pending[-1].append(ir.If(ir.Other((), line), tuple(finished(value, gives_back)), (), line))
        return ir.Other((), line)
    if kind in _VALUES:
        name = ir.Name(state.temporary(), line)
        state.pending[-1] += finished(value, sets(name))
        return name
    return ir.Other((), line)


def _choice(value: Branches) -> ir.Expr | None:
    """Branches that are nothing but a value each."""
    if value.otherwise is None or len(value.arms) > value.longest:
        return None
    found = _alone(value.otherwise)
    for test, body in reversed(value.arms):
        then = _alone(body)
        if then is None or found is None:
            return None
        found = ir.Choice(test, then, found, then.line)
    return found


def _alone(body: Body) -> ir.Expr | None:
    return body.value if not body.stmts and type(body.value) in EXPRESSIONS else None  # type: ignore[return-value]


def statements_of(built: Built) -> list[ir.Stmt]:
    """The statements that something built amounts to, where nobody takes its value."""
    if type(built) in STATEMENTS:
        return [built]
    if isinstance(built, list):
        return [each for one in built for each in statements_of(one)]
    return finished(built, takes_effect)
