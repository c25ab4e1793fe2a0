"""How the patterns of ``case`` are built: as the expressions that they look like."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, Built, Made
from driftseal.code._python_state import State, Word
from driftseal.code._python_values import known

_PARTS: Final = 20
"""Names in one dotted name."""


def pattern(_: State, made: Made) -> Built:
    """One pattern, with the sign of a number; a place holder is a name like any other."""
    values = _values(made)
    if not values:
        return ir.Name("_", made.line)
    if len(values) > 1:
        return ir.Group(tuple(values), made.line)
    if made.has("-") and type(values[0]) is ir.Const and isinstance(values[0].value, (int, float)):
        return ir.Const(-values[0].value, made.line)
    return values[0]


def _values(made: Made) -> list[Built]:
    """What stands in a pattern; a member of a class pattern stays as it is for that."""
    return [
        _dotted(value.text, made.line) if type(value) is Word else value
        for _, value in made.parts
        if type(value) in EXPRESSIONS or type(value) in {Word, ir.Entry}
    ]


def _dotted(text: str, line: int) -> ir.Expr:
    """A dotted name is a value to compare with; a plain one is bound."""
    first, *rest = text.split(".")
    found: ir.Expr = ir.Name(first, line)
    for name in rest[:_PARTS]:
        found = ir.Attr(found, name, line)
    return found


def union(_: State, made: Made) -> ir.Expr:
    parts: list[ir.Expr] = []
    for each in _values(made):
        parts += each.parts if type(each) is ir.Other else (each,)
    return ir.Other(tuple(parts), made.line)


def mapping(_: State, made: Made) -> ir.Mapping:
    entries: list[ir.Entry] = []
    key: Built = None
    for field, value in made.parts:
        if field == "key":
            key = _dotted(value.text, made.line) if type(value) is Word else value
        elif field == "value":
            entries.append(ir.Entry(known(key, made.line), known(value, made.line)))
        elif type(value) is ir.Unary:
            entries.append(ir.Entry(None, value.value))
    return ir.Mapping(tuple(entries), made.line, "")


def rest(_: State, made: Made) -> ir.Unary:
    """``*rest`` and ``**rest``."""
    inside = made.expressions()
    op = "**" if made.text.startswith("**") else "*"
    return ir.Unary(op, inside[0] if inside else ir.Name("_", made.line), made.line)


def of_class(_: State, made: Made) -> ir.Mapping:
    """``Class(a, b=c)``: members by name, and by number where they have none."""
    name = next((value.text for __, value in made.parts if type(value) is Word), "")
    entries: list[ir.Entry] = []
    for __, value in made.parts:
        if type(value) is ir.Entry:
            entries.append(value)
        elif type(value) in EXPRESSIONS:
            entries.append(ir.Entry(ir.Const(len(entries), made.line), value))
    return ir.Mapping(tuple(entries), made.line, name)


def keyword(_: State, made: Made) -> Built:
    """``b=c`` of a class pattern."""
    values = _values(made)
    if len(values) == len(("name", "value")) and type(values[0]) is ir.Name:
        return ir.Entry(ir.Const(values[0].id, made.line), values[1])
    return ir.Other(tuple(values), made.line)
