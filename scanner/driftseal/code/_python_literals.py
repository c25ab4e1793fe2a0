"""How the names and literals of Python are built."""

from __future__ import annotations

import re
from sys import intern
from typing import Final

from driftseal.code import ir
from driftseal.code._lowering import EXPRESSIONS, SHORTCUT_DEPTH, Made
from driftseal.code._python_state import Hole, State, Word
from driftseal.code._python_text import identifier, number, unescaped, unescaped_bytes
from driftseal.regexes import regex

_WORDS: Final = {"True": True, "False": False}
_PLAIN: Final = regex(r"""[bBrRuU]{0,2}(?:'([^'\\\n]*)'|"([^"\\\n]*)")\Z""")
"""A literal that says what stands in it."""
_MEMBER: Final = regex(
    rf"(?!(?:None|True|False)\b)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){{1,{SHORTCUT_DEPTH - 1}}}\Z", re.ASCII
)
"""A name with members, and nothing else."""
_REPR: Final = (b"!r", b"!a")


def name(_: State, text: str, line: int) -> ir.Name:
    # A file holds few names, each again and again: as one object, they take less space and are compared at once.
    return ir.Name(intern(text if text.isascii() else identifier(text)), line)


def word(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(_WORDS.get(text), line)


def ellipsis(_: State, __: str, line: int) -> ir.Const:
    """Three dots say as little as None does."""
    return ir.Const(None, line)


def numeral(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(number(text), line)


def as_text(_: State, text: str, __: int) -> Word:
    return Word(text)


def as_one_word(_: State, text: str, __: int) -> Word:
    """A name with dots, which may be written with space and comments in between."""
    if text.isascii() and text.replace(".", "").isidentifier():
        return Word(text)
    lines = (line.partition("#")[0] for line in text.split("\n"))
    return Word(identifier("".join("".join(lines).replace("\\", "").split())))


def content(_: State, text: str, line: int) -> ir.Const:
    """The inside of a literal as it stands in the source."""
    return ir.Const(text, line)


def plain_string(_: State, text: str, line: int) -> ir.Const | None:
    """A literal without escapes and without anything put in, from its text."""
    found = _PLAIN.match(text)
    if found is None:
        return None
    inside = found[1]
    return ir.Const(inside if inside is not None else found[2], line)


def plain_member(_: State, text: str, line: int) -> ir.Expr | None:
    """``a.b.c`` from its text."""
    if _MEMBER.match(text) is None:
        return None
    first, *rest = text.split(".")
    found: ir.Expr = ir.Name(intern(first), line)
    for name in rest:
        found = ir.Attr(found, intern(name), line)
    return found


def string(_: State, made: Made) -> ir.Expr:
    """A literal as it reads, or what an f-string is put together from."""
    start = prefix = ""
    parts: list[ir.Expr] = []
    for __, value in made.parts:
        kind = type(value)
        if kind is Word and not start:
            start = value.text
            prefix = start.rstrip("'\"").lower()
        elif kind is Word:
            # The grammar takes a backslash before the last quotes of a raw string for a part of them.
            rest = value.text[: len(prefix) - len(start)]
            parts += (ir.Const(_read(rest, prefix), made.line),) if rest else ()
        elif kind is Hole:
            parts += value.parts
        elif kind is ir.Const and isinstance(value.value, str):
            parts.append(ir.Const(_read(value.value, prefix), value.line))
        elif kind in EXPRESSIONS:
            parts.append(value)
    if not parts:
        return ir.Const("", made.line)
    if len(parts) == 1 and type(parts[0]) is ir.Const and "f" not in prefix:
        return ir.Const(parts[0].value, made.line)
    return _joined(parts, made.line)


def _read(text: str, prefix: str) -> str:
    if "f" in prefix or "t" in prefix:
        text = text.replace("{{", "{").replace("}}", "}")
    if "r" in prefix:
        return text
    return unescaped_bytes(text) if "b" in prefix else unescaped(text)


def _joined(parts: list[ir.Expr], line: int) -> ir.Expr:
    """Parts of a text, neighbours that are constant made one."""
    found: list[ir.Expr] = []
    run: list[str] = []
    start = line
    for part in parts:
        if type(part) is ir.Const:
            start = start if run else part.line
            run.append(str(part.value))
            continue
        if run:
            found.append(ir.Const("".join(run), start))
            run = []
        found.append(part)
    if not found:
        return ir.Const("".join(run), line)
    if run:
        found.append(ir.Const("".join(run), start))
    return ir.Text(tuple(found), line, None)


def interpolation(_: State, made: Made) -> Hole:
    parts = made.expressions()
    spelled = next((each.text for each in made.node.children if each.type == "type_conversion"), None)
    if parts and spelled in _REPR:
        # ``{name!r}`` is ``{repr(name)}`` (Python reference, "Formatted string literals").
        parts[0] = ir.Call(ir.Name("repr", made.line), (ir.Arg("", parts[0], spread=False),), made.line, new=False)
    return Hole(tuple(parts))


def concatenated(_: State, made: Made) -> ir.Expr:
    parts: list[ir.Expr] = []
    for each in made.expressions():
        parts += each.parts if type(each) is ir.Text else (each,)
    return _joined(parts, made.line)
