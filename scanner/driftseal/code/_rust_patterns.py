"""Patterns of Rust: as targets of assignments, and as conditions that bind names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._rust_state import Pattern, State, text_of, type_name

_PARTS: Final = 24
"""Tests of one pattern that are told apart."""
_DEEP: Final = 12
"""Patterns inside patterns whose parts are told apart."""


def of(value: Built, line: int) -> Pattern:
    """What was built as a pattern: a name in small letters is bound, any other is compared with."""
    if type(value) is Pattern:
        return value
    if type(value) is ir.Name and (value.id[:1].islower() or value.id[:1] == "_"):
        return _new("any" if value.id == "_" else "name", line, name=value.id)
    return _new("value", line, value=value) if type(value) in EXPRESSIONS else _new("any", line)


def _new(
    kind: str,
    line: int,
    *,
    name: str = "",
    parts: Sequence[Pattern] = (),
    names: Sequence[str] = (),
    value: ir.Expr | None = None,
) -> Pattern:
    return Pattern(kind, name, tuple(parts), tuple(names), value, line)


def _inside(made: Made, skip: str = "") -> list[Pattern]:
    return [
        of(value, made.line)
        for field, value in made.parts
        if field != skip and (type(value) is Pattern or type(value) in EXPRESSIONS)
    ]


def group(_: State, made: Made) -> Pattern:
    return _new("tuple", made.line, parts=_inside(made))


def tuple_struct(_: State, made: Made) -> Pattern:
    """``Some(x)`` is what it holds; an error is none of what it was made of."""
    name = type_name(text_of(made.node.child_by_field_name("type")).replace("::", " :: "))
    inside = _inside(made, "type")
    if name == "Err":
        return _new("error", made.line, parts=inside)
    return inside[0] if len(inside) == 1 else _new("tuple", made.line, parts=inside)


def struct(_: State, made: Made) -> Pattern:
    """``A { b, c: d }``."""
    given = [value for __, value in made.parts if type(value) is tuple]
    return _new("struct", made.line, parts=[inner for _, inner in given], names=[name for name, _ in given])


def member(_: State, made: Made) -> tuple[str, Pattern]:
    at = dict(made.parts)
    name = at.get("name")
    label = name.id if type(name) is ir.Name else ""
    return label, of(at["pattern"], made.line) if "pattern" in at else _new("name", made.line, name=label)


def either(_: State, made: Made) -> Pattern:
    return _new("or", made.line, parts=_inside(made))


def within(_: State, made: Made) -> Pattern:
    """``1..=5``: a number or a letter, which no text is."""
    return _new("any", made.line)


def captured(_: State, made: Made) -> Pattern:
    """``x @ pattern``."""
    return next((each for each in _inside(made) if each.kind == "name"), _new("any", made.line))


def inner(_: State, made: Made) -> Pattern:
    """``&x``, ``mut x``, ``ref x``."""
    found = _inside(made)
    return found[-1] if found else _new("any", made.line)


# --- what they amount to ---------------------------------------------------------------------


def target(pattern: Pattern) -> ir.Expr:
    """What an assignment binds."""
    line = pattern.line
    if pattern.kind == "name":
        return ir.Name(pattern.name, line)
    if pattern.kind == "tuple":
        return ir.Group(tuple(target(part) for part in pattern.parts), line)
    if pattern.kind == "struct":
        entries = (
            ir.Entry(ir.Const(name, line), target(part))
            for name, part in zip(pattern.names, pattern.parts, strict=True)
        )
        return ir.Mapping(tuple(entries), line, "")
    if pattern.kind == "or" and pattern.parts:
        return target(pattern.parts[0])
    return ir.Name("_", line)


def tested(  # noqa: PLR0911  # one case a line, in order
    pattern: Pattern,
    subject: Callable[[], ir.Expr],
    depth: int = _DEEP,  # noqa: PT028  # no test
) -> ir.Expr:
    """The condition that a value fits, which binds its names."""
    line = pattern.line
    if depth == 0:
        return ir.Bind(target(pattern), subject(), line)
    if pattern.kind == "name":
        return ir.Bind(ir.Name(pattern.name, line), subject(), line)
    if pattern.kind == "value" and pattern.value is not None:
        return ir.Binary("==", subject(), pattern.value, line)
    if pattern.kind == "or":
        return _joined("or", [tested(part, subject, depth - 1) for part in pattern.parts], line)
    if pattern.kind == "tuple":
        return _all([(str(at), part) for at, part in enumerate(pattern.parts)], subject, line, depth - 1)
    if pattern.kind == "struct":
        return _all(list(zip(pattern.names, pattern.parts, strict=True)), subject, line, depth - 1)
    if pattern.kind == "error":
        names = (target(part) for part in pattern.parts)
        return ir.Bind(next(names, ir.Name("_", line)), ir.Other((), line), line)
    return ir.Const(value=True, line=line)


def _all(parts: list[tuple[str, Pattern]], subject: Callable[[], ir.Expr], line: int, depth: int) -> ir.Expr:
    tests: list[ir.Expr] = []
    for name, part in parts:
        inside = tested(part, lambda name=name: _of(subject(), name, line), depth)  # type: ignore[misc]  # bound at once
        if not isinstance(inside, ir.Const):
            tests.append(inside)
    return _joined("and", tests, line) if tests else ir.Const(value=True, line=line)


def _of(whole: ir.Expr, name: str, line: int) -> ir.Expr:
    return ir.Index(whole, ir.Const(int(name), line), line) if name.isdecimal() else ir.Attr(whole, name, line)


def _joined(op: str, tests: list[ir.Expr], line: int) -> ir.Expr:
    if not tests or len(tests) > _PARTS:
        return ir.Other(tuple(tests), line)
    found = tests[0]
    for each in tests[1:]:
        found = ir.Binary(op, found, each, line)
    return found
