"""Checks of a text letter by letter, as Rust, Java and C# write what others say by a pattern."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.observe.taint.words import words

EVERY: Final = frozenset({"all", "allMatch", "All"})
"""Calls that ask something of every letter."""
_LETTERS: Final = frozenset({"chars", "bytes", "as_bytes", "iter", "toCharArray", "stream", "mapToObj", "boxed"})
"""Calls that take a text apart into its letters."""
_OR: Final = frozenset({"or", "||"})
_SAME: Final = frozenset({"==", "==="})
_HOLDS: Final = frozenset({"contains", "Contains", "includes"})
_HOPS: Final = 6
_MOST: Final = 24
"""Parts of one condition that are looked at."""


def of(receiver: ir.Expr) -> ir.Expr:
    """The text whose letters are gone through: ``name`` of ``name.chars()``."""
    for _ in range(_HOPS):
        if not isinstance(receiver, ir.Call) or not isinstance(receiver.callee, ir.Attr):
            break
        if receiver.callee.name not in _LETTERS:
            break
        receiver = receiver.callee.value
    return receiver


def pattern(function: ir.Function) -> str:
    """The pattern that a whole text matches of which every letter is as a function says; empty where nobody knows."""
    only = function.body[0] if len(function.body) == 1 and len(function.params) == 1 else None
    if not isinstance(only, ir.Return) or only.value is None:
        return ""
    allowed, waiting = "", [only.value]
    for _ in range(_MOST):
        if not waiting:
            return f"^[{allowed}]+$" if allowed else ""
        each = waiting.pop()
        if isinstance(each, ir.Binary) and each.op in _OR:
            waiting += (each.left, each.right)
            continue
        found = _allowed(each, function.params[0].name)
        if not found:
            return ""
        allowed += found
    return ""


def _allowed(test: ir.Expr, name: str) -> str:
    """What of letters one test lets through, as it stands in a set of a pattern; empty where nobody knows."""
    if isinstance(test, ir.Binary) and test.op in _SAME:
        return _same(test, name)
    if isinstance(test, ir.Other):
        return _one_of(test, name)
    if not isinstance(test, ir.Call) or not isinstance(test.callee, ir.Attr):
        return ""
    on, asked = test.callee.value, test.callee.name
    given = [arg.value for arg in test.args]
    if asked in _HOLDS and isinstance(on, ir.Const) and isinstance(on.value, str) and given and _is(given[0], name):
        return "".join(each if each.isalnum() else f"\\{each}" for each in on.value)
    if not (_is(on, name) or any(_is(each, name) for each in given)):
        return ""
    return "a-zA-Z0-9" if asked in words("letter-kinds") else ""


def _same(test: ir.Binary, name: str) -> str:
    for one, other in ((test.left, test.right), (test.right, test.left)):
        letter = other.value if _is(one, name) and isinstance(other, ir.Const) else None
        if isinstance(letter, str) and len(letter) == 1:
            return letter if letter.isalnum() else f"\\{letter}"
    return ""


def _one_of(test: ir.Other, name: str) -> str:
    """The letters of ``matches!(c, '-' | '_')``."""
    first, *rest = test.parts or (None,)
    letters = [part.value for part in rest if isinstance(part, ir.Const) and isinstance(part.value, str)]
    if first is None or not _is(first, name) or len(letters) != len(rest) or any(len(each) != 1 for each in letters):
        return ""
    return "".join(each if each.isalnum() else f"\\{each}" for each in letters)


def _is(expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name
