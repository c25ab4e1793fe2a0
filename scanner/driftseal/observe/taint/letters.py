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
_FOLDERS: Final = frozenset("/:.\\")
"""Letters by which a name leads into another folder; a backslash stands before others in a set, too."""
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
    only = _only(function)
    allowed = _set(only, function.params[0].name) if only is not None else ""
    return f"^[{allowed}]+$" if allowed else ""


def keeps(function: ir.Function) -> bool:
    """Whether a function leaves of each letter what leads into no folder: ``c.isLetterOrDigit() ? c : '-'``."""
    only = _only(function)
    if not isinstance(only, ir.Choice) or not isinstance(only.otherwise, ir.Const):
        return False
    name, kept, instead = function.params[0].name, only.then, str(only.otherwise.value)
    if isinstance(kept, ir.Call) and isinstance(kept.callee, ir.Attr) and not kept.args:
        kept = kept.callee.value  # in small letters
    allowed = _set(only.test, name)
    return _is(kept, name) and bool(allowed) and _FOLDERS.isdisjoint(allowed.replace("\\-", "") + instead)


def _only(function: ir.Function) -> ir.Expr | None:
    """What a function of one parameter gives back that does nothing else."""
    return _given_back(function.body) if len(function.params) == 1 else None


def _given_back(block: ir.Block) -> ir.Expr | None:
    """What a block of one statement gives back; of two branches either."""
    only = block[0] if len(block) == 1 else None
    if isinstance(only, ir.Return):
        return only.value
    if not isinstance(only, ir.If):
        return None
    then, otherwise = (each[0] if len(each) == 1 else None for each in (only.then, only.otherwise))
    if not isinstance(then, ir.Return) or not isinstance(otherwise, ir.Return) or not then.value or not otherwise.value:
        return None
    return ir.Choice(only.test, then.value, otherwise.value, only.line)


def _set(test: ir.Expr, name: str) -> str:
    """The letters for which a test is true, as they stand in a set of a pattern; empty where nobody knows."""
    allowed, waiting = "", [test]
    for _ in range(_MOST):
        if not waiting:
            return allowed
        each = waiting.pop()
        if isinstance(each, ir.Binary) and each.op in _OR:
            waiting += (each.left, each.right)
            continue
        found = _allowed(each, name)
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
