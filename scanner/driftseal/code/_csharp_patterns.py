"""Patterns of C# as conditions that bind names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code._csharp_state import Pattern, State, Subject
from driftseal.code._csharp_values import known, word
from driftseal.code._lowering import EXPRESSIONS, Built, Made

_CHAIN: Final = 24
"""Tests of one pattern that are told apart."""
_PARTS: Final = 6
"""Members of a value that may be written out again for each test of it."""
_OPS: Final = frozenset({"<", ">", "<=", ">=", "==", "!="})


def subject(value: ir.Expr) -> Subject:
    """A value that is looked at several times: anything but a short name is evaluated once."""
    inner = value
    for _ in range(_PARTS):
        inner = inner.value if isinstance(inner, ir.Attr) else inner
    if isinstance(inner, (ir.Name, ir.Const)):
        return lambda: value
    waiting = [value]

    def once() -> ir.Expr:
        if isinstance(value, ir.Bind) and isinstance(value.target, ir.Name):
            return waiting.pop() if waiting else value.target
        name = ir.Name(f"<subject {value.line}>", value.line)
        return ir.Bind(name, waiting.pop(), value.line) if waiting else name

    return once


def _member(of: Subject, name: str, line: int) -> Subject:
    return lambda: ir.Attr(of(), name, line)


def _item(of: Subject, key: int, line: int) -> Subject:
    return lambda: ir.Index(of(), ir.Const(key, line), line)


def _all(tests: Sequence[ir.Expr], line: int) -> ir.Expr:
    """A condition that holds where all of these do."""
    if len(tests) > _CHAIN:
        return ir.Other(tuple(tests), line)
    found = tests[0] if tests else ir.Const(value=True, line=line)
    for test in tests[1:]:
        found = ir.Binary("and", found, test, line)
    return found


# --- patterns --------------------------------------------------------------------------------


def constant(_: State, made: Made) -> Pattern:
    """A value, or the name of a type: which of the two, nobody can say without its declaration."""
    value = known(made.parts[-1][1] if made.parts else None, made.line)
    if isinstance(value, ir.Const) and value.value is True:
        return Pattern(lambda of: of())
    if isinstance(value, ir.Const) and value.value is False:
        return Pattern(lambda of: ir.Unary("not", of(), made.line))
    return Pattern(lambda of: ir.Binary("==", of(), value, made.line))


def relational(_: State, made: Made) -> Pattern:
    value = known(made.parts[-1][1] if made.parts else None, made.line)
    op = next((each for __, each in made.parts if isinstance(each, str) and each in _OPS), "==")
    return Pattern(lambda of: ir.Binary(op, of(), value, made.line))


def bound(state: State, made: Made) -> Pattern:
    """``string s``, ``var x``."""
    name = word(made.get("name"))
    if not name or name == "_":
        return Pattern(lambda of: ir.Binary("instanceof", of(), ir.Other((), made.line), made.line))
    state.declare(name)
    return Pattern(lambda of: ir.Bind(ir.Name(name, made.line), of(), made.line))


def of_type(_: State, made: Made) -> Pattern:
    return Pattern(lambda of: ir.Binary("instanceof", of(), ir.Other((), made.line), made.line))


def anything(_: State, __: str, line: int) -> Pattern:
    return Pattern(lambda _of: ir.Const(value=True, line=line))


def negated(_: State, made: Made) -> Pattern:
    inner = _only(made)
    return Pattern(lambda of: ir.Unary("not", inner.test(of), made.line))


def combined(_: State, made: Made) -> Pattern:
    """``a and b``, ``a or b``."""
    at = dict(made.parts)
    left, right = _pattern(at.get("left"), made.line), _pattern(at.get("right"), made.line)
    op = str(at.get("operator"))
    return Pattern(lambda of: ir.Binary(op, left.test(of), right.test(of), made.line))


def recursive(state: State, made: Made) -> Pattern:
    """``T(a, b) { C: d } name``."""
    name = word(made.get("name"))
    inside = [value for __, value in made.parts if type(value) is list]
    parts = [part for each in inside for part in each]
    if name:
        state.declare(name)

    def test(of: Subject) -> ir.Expr:
        tests: list[ir.Expr] = [ir.Bind(ir.Name(name, made.line), of(), made.line)] if name else []
        for number, (member, inner) in enumerate(parts):
            part = of
            for step in member.split(".") if member else ():
                part = _member(part, step, made.line)
            tests.append(inner.test(part if member else _item(of, number, made.line)))
        return _all(tests, made.line)

    return Pattern(test)


def clauses(_: State, made: Made) -> list[tuple[str, Pattern]]:
    """The parts of a pattern in brackets or braces, each with its member's name."""
    return [value for __, value in made.parts if type(value) is tuple]


def part(_: State, made: Made) -> tuple[str, Pattern]:
    named = [value for __, value in made.parts if type(value) in EXPRESSIONS]
    return ".".join(_names(named[0])) if named else "", _only(made)


def _names(value: ir.Expr) -> list[str]:
    names: list[str] = []
    while isinstance(value, ir.Attr) and not (isinstance(value.value, ir.Name) and value.value.id == "this"):
        names.append(value.name)
        value = value.value
    return [*([word(value)] if word(value) else []), *reversed(names)]


def listed(_: State, made: Made) -> Pattern:
    """``[a, .., b]``."""
    inside = [value for __, value in made.parts if type(value) is Pattern]
    return Pattern(
        lambda of: _all([each.test(_item(of, number, made.line)) for number, each in enumerate(inside)], made.line)
    )


def bracketed(_: State, made: Made) -> Pattern:
    return _only(made)


def _only(made: Made) -> Pattern:
    return next((value for __, value in made.parts if type(value) is Pattern), _pattern(None, made.line))


def _pattern(value: Built, line: int) -> Pattern:
    return value if type(value) is Pattern else Pattern(lambda of: ir.Other((of(),), line))


def matched(_: State, made: Made) -> ir.Expr:
    """``value is pattern``."""
    value = known(made.get("expression"), made.line)
    return _pattern(made.get("pattern"), made.line).test(subject(value))
