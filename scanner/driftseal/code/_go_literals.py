"""How the literals and types of Go are built."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code._c_text import number, unescaped
from driftseal.code._go_state import Literal, State, Type, Word
from driftseal.code._go_values import known
from driftseal.code._lowering import EXPRESSIONS, Built, Made

_TYPE_CHARS: Final = 200
"""Length of a type that is kept."""


def word(_: State, text: str, __: int) -> Word:
    return Word(text)


def type_(_: State, text: str, __: int) -> Type:
    """A type, on one line."""
    plain = text[:_TYPE_CHARS].strip().lstrip("*")
    return Type(" ".join(plain.split()) if "\n" in plain else plain)


def numeral(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(number(text), line)


def string(_: State, text: str, line: int) -> ir.Const:
    """A text in quotes, which means what its escapes say, or between backticks, which means what it is."""
    if text.startswith("`"):
        return ir.Const(text[1:].removesuffix("`").replace("\r", ""), line)
    return ir.Const(unescaped(text[1:-1]), line)


def truth(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text == "true", line)


def nil(_: State, __: str, line: int) -> ir.Const:
    return ir.Const(None, line)


def unknown(_: State, __: str, line: int) -> ir.Other:
    return ir.Other((), line)


def element(_: State, made: Made) -> Built:
    """One element; one in braces has a type that is not said again."""
    for __, value in made.parts:
        if type(value) is Literal:
            return _made(value, "")
        if type(value) in EXPRESSIONS:
            return value
    return None


def keyed(_: State, made: Made) -> ir.Entry:
    at = dict(made.parts)
    return ir.Entry(known(at.get("key"), made.line), known(at.get("value"), made.line))


def literal(_: State, made: Made) -> Literal:
    entries = tuple(value for __, value in made.parts if type(value) is ir.Entry)
    return Literal(entries, tuple(made.expressions()), made.line)


def composite(_: State, made: Made) -> ir.Expr:
    """``T{A: b}``, ``[]T{a, b}``, ``map[K]V{a: b}``."""
    at = dict(made.parts)
    body, written = at.get("body"), at.get("type")
    text = written.text if type(written) is Type else ""
    found = _made(body if type(body) is Literal else Literal((), (), made.line), text)
    return found._replace(line=made.line)


def _made(body: Literal, text: str) -> ir.Group | ir.Mapping:
    inside = text.partition("]")[2].lstrip("*") if text.startswith(("[", "map[")) else ""
    listed = text.startswith("[") or bool(body.items)
    if listed and not (body.entries and not text.startswith("[")):
        items = (*body.items, *(entry.value for entry in body.entries))
        return ir.Group(tuple(_typed(item, inside) for item in items), body.line)
    keep = text.startswith("map[")
    entries = [ir.Entry(_key(entry.key, keep=keep), _typed(entry.value, inside)) for entry in body.entries]
    return ir.Mapping(tuple(entries), body.line, "" if keep else text)


def _key(key: ir.Expr | None, *, keep: bool) -> ir.Expr | None:
    """The key of a struct is a field's name; of a map it is a value."""
    return ir.Const(key.id, key.line) if isinstance(key, ir.Name) and not keep else key


def _typed(value: ir.Expr, text: str) -> ir.Expr:
    """An element whose type its list says."""
    return value._replace(type=text) if text and isinstance(value, ir.Mapping) and not value.type else value
