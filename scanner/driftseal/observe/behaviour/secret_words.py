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
from driftseal.regexes import regex

_RUNS: Final = frozenset({"command", "argv", "code"})
_DIGESTS: Final = frozenset({32, 40, 56, 64, 96, 128})
"""Characters of a digest in hexadecimal."""
_SHORTEST: Final = 12
"""Characters of a word that nobody hits by chance."""


_SHORT: Final = 6
"""Characters of a word in a head of a request, where no word of a language stands."""
_BEGINNING: Final = frozenset({"startswith", "startsWith", "endswith", "endsWith", "removeprefix"})
_NUMBERED: Final = regex(r"(?i)[a-z]*[-_#!:@]?(?:[a-z]+[-_#!:@])*\d{4,}(?:[-_#!:@][a-z0-9]+)*[-_#!:@]?\Z")
"""A word with a number of four digits and more in it: no program and no option is called so."""
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
        if isinstance(node, ir.Call) and (_is_proof(scope, node) or _begins(scope, node)):
            return node
        if isinstance(node, ir.Binary) and node.op in {"==", "!="} and _is_told(scope, node):
            return node
    return None


def _is_proof(scope: Scope, call: ir.Call) -> bool:
    """Whether a secret is compared that is the same for everybody: ``compare_digest`` says that it is taken for one."""
    if len(call.args) < len(("one", "other")) or scope.name(call).rpartition(".")[2] != "compare_digest":
        return False
    fixed = [_fixed(scope, arg.value) for arg in call.args[:2]]
    return any(fixed) and not all(fixed)


def _begins(scope: Scope, call: ir.Call) -> bool:
    """``query.startswith("mx-4471-upkeep")``."""
    if not isinstance(call.callee, ir.Attr) or call.callee.name not in _BEGINNING or not call.args:
        return False
    given = scope.constant(call.args[0].value) or ""
    return len(given) >= _SHORT and (_is_numbered(given) or (len(given) >= _SHORTEST and _drawn(given)))


def _is_told(scope: Scope, node: ir.Binary) -> bool:
    """Whether one side of a comparison is a word that callers are to say."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        # What the environment holds was said by nobody who calls.
        heard = not isinstance(other, ir.Const) and not says("environments", scope.name(other))
        given = scope.constant(side) if heard else None
        if given and (is_digest(given) and _hashes(scope, other)):
            return True
        if given and len(given) >= _SHORTEST and " " not in given and _drawn(given):
            return True
        if given and _of_head(other) and any(letter.isdigit() for letter in given) and len(given) >= _SHORT:
            return True
    return False


def _is_numbered(given: str) -> bool:
    return sum(map(str.isalpha, given)) > 1 and _NUMBERED.match(given) is not None


def _fixed(scope: Scope, side: Any) -> bool:
    """Whether a text, or the bytes of one, stands in the source."""
    if isinstance(side, ir.Call) and isinstance(side.callee, ir.Attr) and side.callee.name == "encode":
        side = side.callee.value
    return bool(scope.constant(side))


def _of_head(expr: Any) -> bool:
    """Whether a value is a header or a cookie of a request."""
    return any(isinstance(node, ir.Attr) and node.name in _HEADS for node in walk(expr))


def is_digest(given: str) -> bool:
    """Whether a text is as long as a digest in hexadecimal, and nothing else."""
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
