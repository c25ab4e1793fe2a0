"""How the names and literals of C# are built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code._csharp_state import State, Word
from driftseal.code._csharp_values import known
from driftseal.code._lowering import EXPRESSIONS, Made

_ESCAPE: Final = re.compile(r"\\(['\"\\0abefnrtv]|x[0-9a-fA-F]{1,4}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_NAMED: Final = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WORDS: Final = {"true": True, "false": False}
_NUMBER: Final = 200
"""Length of a number that is read; a longer one is kept as its text."""
_LAST: Final = 0x10FFFF
_HOLE: Final = re.compile(r"\{\{|\}\}|\{([^{}]{0,400})\}")
_RAW_HOLE: Final = re.compile(r"(\{{1,8})([^{}]{1,400})(\}{1,8})")
_NAMES: Final = re.compile(r"(?<![\w.:,])[A-Za-z_]\w{0,100}")
"""Names that are no members of others and no formats."""
_QUOTES: Final = '"""'


def name(state: State, text: str, line: int) -> ir.Expr:
    """A bare name; one with an ``@`` before it is the same."""
    return state.reference(text.lstrip("@"), line)


def plain(_: State, text: str, line: int) -> ir.Name:
    return ir.Name(text, line)


def as_text(_: State, text: str, __: int) -> Word:
    return Word(text)


def comment(state: State, text: str, line: int) -> None:
    """See `State.comment`."""
    state.comment(text, line)


def boolean(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(_WORDS.get(text), line)


def null(_: State, __: str, line: int) -> ir.Const:
    return ir.Const(None, line)


def numeral(_: State, text: str, line: int) -> ir.Const:
    """A number; one that is very long stays as its text."""
    digits = text.replace("_", "").lower()
    if len(digits) > _NUMBER:
        return ir.Const(text, line)
    try:
        if digits[:2] in {"0x", "0b"}:
            return ir.Const(int(digits.rstrip("ul"), 0), line)
        bare = digits.rstrip("ulfdm")
        return ir.Const(int(bare) if bare.isdigit() else float(bare), line)
    except ValueError:
        return ir.Const(text, line)


def content(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(text, line)


def escape(_: State, text: str, line: int) -> ir.Const:
    return ir.Const(unescaped(text), line)


def unescaped(text: str) -> str:
    """What the inside of a literal says."""
    text = _ESCAPE.sub(_character, text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _character(found: re.Match[str]) -> str:
    text = found[1]
    if len(text) == 1:
        return _NAMED.get(text, text)
    code = int(text[1:], 16)
    return chr(code) if code <= _LAST else found[0]


def verbatim(_: State, text: str, line: int) -> ir.Const:
    r"""``@"C:\\a""b"``, where only quotes are doubled."""
    return ir.Const(text.partition('"')[2].removesuffix('"').replace('""', '"'), line)


def raw(_: State, made: Made) -> ir.Const:
    inside = "".join(str(value.value) for __, value in made.parts if type(value) is ir.Const)
    return ir.Const(_unindented(inside), made.line)


def _unindented(text: str) -> str:
    """The lines of a raw literal without the indentation of its last."""
    lines = text.split("\n")
    if len(lines) == 1:
        return text
    margin = lines[-1] if lines[-1].isspace() or not lines[-1] else ""
    return "\n".join(line.removeprefix(margin).rstrip("\r") for line in lines[1:-1])


def string(_: State, made: Made) -> ir.Const:
    return ir.Const("".join(str(value.value) for __, value in made.parts if type(value) is ir.Const), made.line)


def interpolated(state: State, made: Made) -> ir.Expr:
    """``$"…{x}…"`` in its three dresses."""
    start = next((value.text for __, value in made.parts if type(value) is Word), "$")
    quoted = any(type(value) is Word and value.text.startswith(_QUOTES) for __, value in made.parts)
    parts: list[ir.Expr] = []
    for __, value in made.parts:
        kind = type(value)
        if kind is ir.Const and isinstance(value.value, str):
            text = value.value.replace('""', '"') if "@" in start and not quoted else value.value
            parts += _with_holes(state, text, start.count("$") if quoted else 0, value.line)
        elif kind is ir.Other:
            parts += value.parts
        elif kind in EXPRESSIONS:
            parts.append(value)
    return joined(parts, made.line)


def _with_holes(state: State, text: str, braces: int, line: int) -> Iterator[ir.Expr]:
    """Literal text, and holes beside doubled braces, which the grammar takes for text.

    ``braces`` is how many open a hole in a raw text, and 0 where doubled ones stand for themselves.
    """
    if "{" not in text and "}" not in text:
        yield ir.Const(text, line)
        return
    at = 0
    for found in (_RAW_HOLE if braces else _HOLE).finditer(text):
        if braces and (len(found[1]) < braces or len(found[3]) < braces):
            continue
        extra = len(found[1]) - braces if braces else 0
        yield ir.Const(text[at : found.start() + extra], line)
        at = found.end() - (len(found[3]) - braces if braces else 0)
        inside = found[2] if braces else found[1]
        if inside is None:
            yield ir.Const(found[0][0], line)
        else:
            names = [state.reference(name, line) for name in _NAMES.findall(inside)]
            yield names[0] if len(names) == 1 else ir.Other(tuple(names), line)
    yield ir.Const(text[at:], line)


def interpolation(_: State, made: Made) -> ir.Other:
    """What stands in braces; its constants are values and no literal text."""
    value = next((value for __, value in made.parts if value is not None and type(value) is not Word), None)
    return ir.Other((known(value, made.line),), made.line)


def joined(parts: list[ir.Expr], line: int) -> ir.Expr:
    """Parts of a text, neighbours that are constant made one."""
    found: list[ir.Expr] = []
    texts: list[str] = []
    at = line
    for part in parts:
        if isinstance(part, ir.Const) and isinstance(part.value, str):
            at = at if texts else part.line
            texts.append(part.value)
            continue
        if texts:
            found.append(ir.Const("".join(texts), at))
            texts = []
        found.append(part)
    if texts or not found:
        found.append(ir.Const("".join(texts), at))
    if len(found) == 1 and isinstance(found[0], ir.Const):
        return ir.Const(found[0].value, line)
    return ir.Text(tuple(found), line, None)
