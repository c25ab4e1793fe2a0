"""Literals of JavaScript as the values that they stand for."""

from __future__ import annotations

import math
import re
from typing import Final

from driftseal.code import ir
from driftseal.code._javascript_state import State
from driftseal.regexes import regex

_ESCAPE: Final = regex(
    r"\\(?:u\{([0-9a-fA-F]{1,8})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3]?[0-7]{1,2})|(\r\n|[\s\S]))"
)
_SINGLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_ENDS: Final = frozenset({"\n", "\r\n", "\r", "\u2028", "\u2029"})
_SURROGATE: Final = regex("[\ud800-\udfff]")
_DIGITS: Final = 40
"""Longer numbers stay text: nobody counts with them, and reading them takes quadratic time."""
_LAST: Final = 0x10FFFF


def unescaped(text: str) -> str:
    """What a string's inside reads as. Halves of a surrogate pair that stand alone become U+FFFD."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_one, text)
    if _SURROGATE.search(plain):
        return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain


def _one(match: re.Match[str]) -> str:
    braced, four, two, octal, other = match.groups()
    if other is not None:
        return "" if other in _ENDS else _SINGLE.get(other, other)
    if octal is not None:
        return chr(int(octal, 8))
    point = int(braced or four or two, 16)
    return chr(point) if point <= _LAST else "\ufffd"


def string(_: State, text: str, line: int) -> ir.Const:
    """A string in single or double quotes."""
    return ir.Const(unescaped(text[1:-1]), line)


def number(_: State, text: str, line: int) -> ir.Const:
    """A number of any notation; one that is too long for a number stays text."""
    plain = text.replace("_", "").rstrip("n").lower()
    if len(plain) > _DIGITS:
        return ir.Const(text, line)
    try:
        if plain[:2] in {"0x", "0o", "0b"}:
            return ir.Const(int(plain, 0), line)
        if plain.isdecimal():
            return ir.Const(int(plain), line)
        value = float(plain)
    except ValueError:
        return ir.Const(text, line)
    return ir.Const(value, line) if math.isfinite(value) else ir.Const(text, line)


def annotation(_: State, text: str, _line: int) -> str:
    """A type as written, without its colon."""
    return text.removeprefix(":").strip()


def comment(state: State, text: str, line: int) -> None:
    """See `State.comment`."""
    state.comment(text, line)
