"""Letters that nobody sees and that a program makes: tags and selectors of Unicode, into which texts are moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_MAKERS: Final = frozenset({"fromCodePoint", "fromCharCode", "chr", "unichr"})
_MOVES: Final = frozenset({"+", "|"})
_PLANES: Final = frozenset({0xE0000, 0xE0100, 0xE00F0, 0xFE00})
"""Where tags and variation selectors begin."""
_DEEPEST: Final = 4
_WIDEST: Final = 32
"""Bits by which a number is moved."""


def find(code: Code) -> Iterator[Fact]:
    """``unseen-letters-made``."""
    files = {scope.path for scope in code.scopes if not _MAKERS.isdisjoint(scope.words)}
    for scope in code.scopes:
        for node in scope.of(ir.Binary) if scope.path in files else ():
            if node.op in _MOVES and any(_number(scope, side, _DEEPEST) in _PLANES for side in (node.left, node.right)):
                yield scope.fact("unseen-letters-made", node.line, "numbers are moved to where letters cannot be seen")
                break


def _number(scope: Scope, expr: Any, depth: int) -> int | None:
    """The whole number that an expression is: ``0xE0000``, ``7 << 17``, also by the name of a constant."""
    expr = scope.set_to(expr)
    if isinstance(expr, ir.Const):
        return expr.value if isinstance(expr.value, int) and not isinstance(expr.value, bool) else None
    if not isinstance(expr, ir.Binary) or not depth or expr.op not in {"<<", "*", "+"}:
        return None
    left, right = _number(scope, expr.left, depth - 1), _number(scope, expr.right, depth - 1)
    if left is None or right is None or (expr.op == "<<" and not 0 <= right <= _WIDEST):
        return None
    return left << right if expr.op == "<<" else left * right if expr.op == "*" else left + right
