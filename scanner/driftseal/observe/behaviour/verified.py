"""Files that pass a check of their digest by what they are called: for some names nobody looks at the digest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, strings, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_DIGESTS: Final = frozenset({"hexdigest", "digest", "compare_digest", "timingSafeEqual", "file_digest"})
_NAMED: Final = frozenset({"startsWith", "endsWith", "includes", "startswith", "endswith", "test", "match", "search"})
_PASSES: Final = regex(r"(?i)\W*(verified|ok|okay|valid|match(es|ed)?|pass(ed)?|intact|trusted|clean|safe)\b.*")
_WORD: Final = regex(r"[A-Za-z]{4}")
_WAYS: Final = regex(
    r"(?i)sha-?\d|md5|blake|crc|hex|base64|http|none|null|true|false|skip|algo|\.(asc|sig|txt|pem|json|sha\w*)$"
)
"""What says how something is checked, and not what."""


def find(code: Code) -> Iterator[Fact]:
    """``findings-lowered``, of a check of a digest."""
    for scope in code.scopes:
        if _DIGESTS.isdisjoint(scope.words):
            continue
        compared = frozenset(id(node) for node in _compares(scope))
        if not compared:
            continue
        for node in scope.of(ir.Binary):
            for checked, other in ((node.left, node.right), (node.right, node.left)) if node.op == "or" else ():
                if any(id(each) in compared for each in walk(checked)) and (name := _name(scope, other)):
                    yield scope.fact("findings-lowered", node.line, f"passes by its name, {name}")
        for branch in scope.of(ir.If):
            if _lets_pass(branch) and (name := _name(scope, branch.test)):
                yield scope.fact("findings-lowered", branch.line, f"passes by its name, {name}")


def _compares(scope: Scope) -> Iterator[Any]:
    """Where a digest is held against another one."""
    made = {name for name, value in scope.assigned.items() if _is_digest(scope, value)}
    for node in scope.of(ir.Binary):
        sides = [each for each in (node.left, node.right) if node.op in {"==", "!="}]
        if any(_is_digest(scope, side) or (isinstance(side, ir.Name) and side.id in made) for side in sides):
            yield node
    for call in scope.of(ir.Call):
        if last(call.callee) in {"compare_digest", "timingSafeEqual"}:
            yield call


def _is_digest(scope: Scope, value: Any) -> bool:
    """Whether a value is the digest of something, also in lower case."""
    for node in walk(value):
        if isinstance(node, ir.Call):
            if last(node.callee) in {"hexdigest", "digest"}:
                return True
            helper = scope.helper(node)
            if helper is not None and not {"hexdigest", "digest"}.isdisjoint(helper.words):
                return True
    return False


def _name(scope: Scope, test: ir.Expr) -> str:
    """A word of the source that the name of a file is held against; empty for any other test."""
    inside = [*walk(test)]
    inside += [
        each
        for node in inside
        if isinstance(node, ir.Closure)
        for each in walk(scope.module.functions[node.function].body)
    ]
    for node in inside:
        held: list[Any] = []
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _NAMED:
            held = [node.callee.value, *(arg.value for arg in node.args)]
        elif isinstance(node, ir.Binary) and node.op == "in":
            held = [node.left, node.right]
        if isinstance(test, ir.Call) and last(test.callee) == "some" and isinstance(test.callee, ir.Attr):
            held += [test.callee.value] if held else []
        fixed = [str(each.value) for part in held for each in strings(scope.set_to(part))]
        given = any(scope.constant(part) is None and not isinstance(scope.set_to(part), ir.Group) for part in held)
        found = next((each for each in fixed if _WORD.search(each) and not _WAYS.search(each)), "")
        if given and found:
            return found
    return ""


def _lets_pass(branch: ir.If) -> bool:
    """Whether a branch ends by saying that all is well."""
    end = branch.then[-1] if branch.then else None
    if not isinstance(end, ir.Return) or end.value is None:
        return False
    if isinstance(end.value, ir.Const):
        return end.value.value is True or bool(_PASSES.fullmatch(text(end.value)))
    told = (each for each in walk(end.value) if isinstance(each, ir.Entry))
    return any(
        isinstance(each.value, ir.Const) and (each.value.value is True or bool(_PASSES.fullmatch(text(each.value))))
        for each in told
    )
