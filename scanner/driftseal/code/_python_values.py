"""How the expressions of Python are built."""

from __future__ import annotations

import ast
import re
import sys
from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import Built, Made, is_expression
from driftseal.code._python_state import State

_ESCAPE: Final = re.compile(
    r"\\(\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}\n]{1,60}\}|.)", re.DOTALL
)
_PLAIN: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_DIGITS: Final = 200
"""Of a number; a longer one is kept as its text."""


def name(_: State, text: str, line: int) -> ir.Name:
    return ir.Name(text, line)


def word(_: State, text: str, line: int) -> ir.Const:
    return ir.Const({"True": True, "False": False}.get(text), line)


def ellipsis(_: State, text: str, line: int) -> ir.Const:
    del text
    return ir.Const(None, line)


def number(_: State, text: str, line: int) -> ir.Const:
    """A number; what is none in Python 3, or too long, is kept as its text."""
    if len(text) <= _DIGITS:
        try:
            value = ast.literal_eval(text.rstrip("lL"))
        except (ValueError, SyntaxError, MemoryError):
            return ir.Const(text, line)
        if isinstance(value, (int, float)):
            return ir.Const(value, line)
    return ir.Const(text, line)


def raw(_: State, text: str, __: int) -> str:
    """A piece of a literal, which whoever builds the literal reads."""
    return text


# --- strings ---------------------------------------------------------------------------------


def string(_: State, made: Made) -> ir.Expr:
    start = next((value for _field, value in made.parts if isinstance(value, str)), "")
    prefix = start.rstrip("\"'").lower()
    parts: list[ir.Expr] = []
    for _field, value in made.parts:
        if isinstance(value, tuple) and not is_expression(value):
            text = value[0] if "r" in prefix else _unescaped(value[0])
            parts.append(ir.Const(text.replace("{{", "{").replace("}}", "}") if "f" in prefix else text, made.line))
        elif is_expression(value):
            parts.append(value)
    return _text(parts, made.line)


def _text(parts: list[ir.Expr], line: int) -> ir.Expr:
    if all(isinstance(part, ir.Const) for part in parts):
        return ir.Const("".join(str(part.value) for part in parts if isinstance(part, ir.Const)), line)
    return ir.Text(tuple(parts), line, None)


def content(_: State, made: Made) -> tuple[str]:
    """The text of a literal as it stands; of one of an f-string its doubled braces undone."""
    return (made.text,)


def interpolation(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    return inside[0] if len(inside) == 1 else ir.Other(tuple(inside), made.line)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    text = found[1]
    if text[0] in "xuU" and len(text) > 1:
        code = int(text[1:], 16)
        return chr(code) if code <= sys.maxunicode else found[0]
    if text[0] in "01234567":
        return chr(int(text, 8))
    if text[0] == "N" and len(text) > 1:
        return _by_name(text[2:-1]) or found[0]
    return "" if text[0] in "\r\n" else _PLAIN.get(text, found[0])


def _by_name(name: str) -> str:
    import unicodedata

    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""


def concatenated(_: State, made: Made) -> ir.Expr:
    parts: list[ir.Expr] = []
    for each in made.expressions():
        parts += each.parts if isinstance(each, ir.Text) else (each,)
    return _text(parts, made.line)


# --- calls and members -----------------------------------------------------------------------


def call(_: State, made: Made) -> ir.Expr:
    callee = made.get("function")
    given = made.get("arguments")
    if not is_expression(callee):
        callee = ir.Other((), made.line)
    if is_expression(given):  # a generator expression stands in the place of the arguments
        given = [ir.Arg("", given, spread=False)]
    return ir.Call(callee, tuple(given) if isinstance(given, list) else (), made.line, new=False)


def arguments(_: State, made: Made) -> list[ir.Arg]:
    found: list[ir.Arg] = []
    for _field, value in made.parts:
        if isinstance(value, ir.Arg):
            found.append(value)
        elif isinstance(value, ir.Unary) and value.op in {"*", "**"}:
            found.append(ir.Arg("", value.value, spread=True))
        elif is_expression(value):
            found.append(ir.Arg("", value, spread=False))
    return found


def keyword(_: State, made: Made) -> ir.Arg:
    named, value = made.get("name"), made.get("value")
    label = named.id if isinstance(named, ir.Name) else ""
    return ir.Arg(label, value if is_expression(value) else ir.Other((), made.line), spread=False)


def attribute(_: State, made: Made) -> ir.Expr:
    value, member = made.get("object"), made.get("attribute")
    if is_expression(value) and isinstance(member, ir.Name):
        return ir.Attr(value, member.id, made.line)
    return ir.Other(tuple(made.expressions()), made.line)


def subscript(_: State, made: Made) -> ir.Expr:
    value, keys = made.get("value"), [each for each in made.all("subscript") if is_expression(each)]
    if not is_expression(value):
        return ir.Other(tuple(keys), made.line)
    key: ir.Expr = keys[0] if len(keys) == 1 else ir.Group(tuple(keys), made.line)
    return ir.Index(value, key, made.line)


def group(_: State, made: Made) -> ir.Group:
    return ir.Group(tuple(made.expressions()), made.line)


def inner(_: State, made: Made) -> Built:
    """What stands in brackets."""
    inside = made.expressions()
    return inside[0] if len(inside) == 1 else ir.Group(tuple(inside), made.line)


def star(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    op = "**" if made.type.startswith("dictionary") else "*"
    return ir.Unary(op, inside[0], made.line) if inside else ir.Other((), made.line)


def mapping(_: State, made: Made) -> ir.Mapping:
    entries: list[ir.Entry] = []
    for _field, value in made.parts:
        if isinstance(value, ir.Entry):
            entries.append(value)
        elif isinstance(value, ir.Unary):
            entries.append(ir.Entry(None, value.value))
    return ir.Mapping(tuple(entries), made.line, "")


def pair(_: State, made: Made) -> Built:
    key, value = made.get("key"), made.get("value")
    if is_expression(value):
        return ir.Entry(key if is_expression(key) else ir.Other((), made.line), value)
    return ir.Other(tuple(made.expressions()), made.line)


# --- operators -------------------------------------------------------------------------------


def binary(_: State, made: Made) -> ir.Expr:
    left, right, op = made.get("left"), made.get("right"), made.get("operator")
    if is_expression(left) and is_expression(right):
        return ir.Binary(str(op), left, right, made.line)
    return ir.Other(tuple(made.expressions()), made.line)


def comparison(_: State, made: Made) -> ir.Expr:
    """A chain of comparisons holds where each of them does."""
    operands = made.expressions()
    ops = [str(value) for field, value in made.parts if field == "operators" and isinstance(value, str)]
    found: ir.Expr | None = None
    for left, op, right in zip(operands, ops, operands[1:], strict=False):
        each = ir.Binary(" ".join(op.split()), left, right, made.line)
        found = each if found is None else ir.Binary("and", found, each, made.line)
    return found or ir.Other(tuple(operands), made.line)


def unary(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    op = {"not_operator": "not", "await": "await"}.get(made.type) or str(made.get("operator"))
    return ir.Unary(op, inside[0], made.line) if inside else ir.Other((), made.line)


def choice(_: State, made: Made) -> ir.Expr:
    inside = made.expressions()
    if len(inside) == len(("then", "test", "otherwise")):
        return ir.Choice(inside[1], inside[0], inside[2], made.line)
    return ir.Other(tuple(inside), made.line)


def walrus(_: State, made: Made) -> ir.Expr:
    target, value = made.get("name"), made.get("value")
    if is_expression(target) and is_expression(value):
        return ir.Bind(target, value, made.line)
    return ir.Other(tuple(made.expressions()), made.line)


def comprehension(_: State, made: Made) -> ir.Expr:
    element = made.get("body")
    if isinstance(element, ir.Entry):
        element = ir.Group((element.key or ir.Other((), made.line), element.value), made.line)
    clauses = [value for _field, value in made.parts if isinstance(value, ir.Loop)]
    tests = [value for field, value in made.parts if field != "body" and is_expression(value)]
    return ir.Comprehension(
        element if is_expression(element) else ir.Other((), made.line),
        tuple(target for clause in clauses for target in clause.targets),
        tuple(clause.source for clause in clauses if clause.source is not None),
        tuple(tests),
        made.line,
    )


def clause(_: State, made: Made) -> ir.Loop:
    """``for x in y`` of a comprehension, which takes it apart again."""
    target, source = made.get("left"), made.get("right")
    return ir.Loop(
        (target,) if is_expression(target) else (), source if is_expression(source) else None, None, (), made.line
    )
