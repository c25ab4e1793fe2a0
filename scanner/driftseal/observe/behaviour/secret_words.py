"""Back doors by a word: what a caller gives is held against a constant that only one person knows, and then runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe import randomness
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.triggers import dangers
from driftseal.observe.behaviour.whole import Code

_RUNS: Final = frozenset({"command", "argv", "code"})
_DIGESTS: Final = frozenset({32, 40, 56, 64, 96, 128})
"""Characters of a digest in hexadecimal."""
_SHORTEST: Final = 12
"""Characters of a word that nobody hits by chance."""


_SHORT: Final = 6
"""Characters of a word in a head of a request, where no word of a language stands."""
_HEADS: Final = frozenset({"headers", "cookies"})


def find(code: Code) -> Iterator[Fact]:
    """``secret-word-trigger``."""
    for scope in code.scopes:
        if not any(len(str(each.value)) >= _SHORT for each in scope.constants):
            continue
        for node in scope.of(ir.If):
            word = _word(scope, node.test)
            if word is None:
                continue
            branches = (node.then, node.otherwise, scope.rests.get(id(node), ()))
            danger = next((found for branch in branches for found in dangers(scope, branch, _RUNS)), None)
            if danger is not None:
                place = (danger[0], "done only then")
                yield scope.fact("secret-word-trigger", word.line, f"{danger[1]} depends on a word", place)


def _word(scope: Scope, test: ir.Expr) -> ir.Binary | ir.Call | None:
    """The comparison of a test with a digest, or with a text that looks drawn at random."""
    for node in walk(test):
        if isinstance(node, ir.Call) and len(node.args) > 1 and scope.name(node).rpartition(".")[2] == "compare_digest":
            # Whoever compares so takes it for a secret, and this one is the same for everybody.
            sides = [arg.value for arg in node.args[:2]]
            fixed = [_fixed(scope, side) for side in sides]
            if any(fixed) and not all(fixed):
                return node
        if isinstance(node, ir.Binary) and node.op in {"==", "!="}:
            for side, other in ((node.left, node.right), (node.right, node.left)):
                # What the environment holds was said by nobody who calls.
                heard = not isinstance(other, ir.Const) and not says("environments", scope.name(other))
                given = scope.constant(side) if heard else None
                if given and (_is_digest(given) and _hashes(scope, other)):
                    return node
                if given and len(given) >= _SHORTEST and " " not in given and _drawn(given):
                    return node
                if given and _of_head(other) and any(letter.isdigit() for letter in given) and len(given) >= _SHORT:
                    return node
    return None


def _fixed(scope: Scope, side: Any) -> bool:
    """Whether a text, or the bytes of one, stands in the source."""
    if isinstance(side, ir.Call) and isinstance(side.callee, ir.Attr) and side.callee.name == "encode":
        side = side.callee.value
    return bool(scope.constant(side))


def _of_head(expr: Any) -> bool:
    """Whether a value is a header or a cookie of a request."""
    return any(isinstance(node, ir.Attr) and node.name in _HEADS for node in walk(expr))


def _is_digest(given: str) -> bool:
    return len(given) in _DIGESTS and randomness.is_hexadecimal(given)


def _drawn(given: str) -> bool:
    return not randomness.is_hexadecimal(given) and randomness.is_random(given)


def _hashes(scope: Scope, expr: Any) -> bool:
    """Whether a value is a digest, also by way of a helper."""
    for node in walk(scope.set_to(expr)):
        if isinstance(node, ir.Call):
            helper = scope.helper(node)
            if says("digests", scope.name(node)) or (
                helper is not None and any(says("digests", each.name) for each in helper.calls)
            ):
                return True
    return False
