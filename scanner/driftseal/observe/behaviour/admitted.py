"""Callers who are let in by a name that stands in the source, where all others have to prove who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.secret_words import is_digest
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_NEXT: Final = "next"
"""What a handler calls to let a request through."""
_HOLDS: Final = frozenset({"includes", "has", "startsWith", "endsWith", "startswith", "endswith"})
_REFUSES: Final = frozenset({"error", "errors", "reason", "message", "status", "statusCode", "code", "content"})
"""Keys of answers that tell why somebody is not let in, or of a tool's own."""


def find(code: Code) -> Iterator[Fact]:
    """``let-in-by-name``."""
    for scope in code.scopes:
        yield from _added(scope)
        if "proof-checks" not in scope.doing:
            continue
        proofs = {id(called.call) for called in scope.doing["proof-checks"]}
        first = min(called.call.line for called in scope.doing["proof-checks"])
        for node in scope.of(ir.If):
            fact = _named(scope, node.test, proofs) if node.line < first and _admits(node.then) else None
            rest = (node.otherwise, scope.rests.get(id(node), ()))
            if fact is not None and any(_proves(each, proofs) for each in rest):
                yield fact
        for node in scope.of(ir.Binary):
            fact = _named(scope, node.left, proofs) if node.op == "or" and _proves(node.right, proofs) else None
            if fact is not None:
                yield fact


def _added(scope: Scope) -> Iterator[Fact]:
    """``return known + [PROBE]``: a digest that stands in the source, among those of the keys that are let in."""
    digests = [each for each in scope.of(ir.Group) if any(map(is_digest, _fixed(scope, each)))]
    if not digests or not any(_asks(other, scope) for other in scope.code.of_file(scope.path)):
        return
    joined = [side for node in scope.of(ir.Binary) if node.op == "+" for side in (node.left, node.right)]
    added = {id(scope.set_to(each)) for each in joined}
    for group in digests:
        if id(group) in added or len(group.items) > len(_fixed(scope, group)):
            yield scope.fact("let-in-by-name", group.line, "a digest that stands here, among those of the keys")
            return


def _fixed(scope: Scope, group: ir.Group) -> list[str]:
    return [text for each in group.items if (text := scope.constant(each))]


def _asks(other: Scope, scope: Scope) -> bool:
    """Whether a function that proves who somebody is asks this one, or is it."""
    if "proof-checks" not in other.doing:
        return False
    return other is scope or any(helper is scope for _, helper in other.helped)


def _proves(part: Any, proofs: set[int]) -> bool:
    return any(id(node) in proofs for node in walk(part))


def _named(scope: Scope, test: ir.Expr, proofs: set[int]) -> Fact | None:
    """``user.name === "…" && mac.length === 43``: of what nobody switches on, and anybody can say."""
    inside = list(walk(test))
    if any(id(node) in proofs or _switched(scope, node) for node in inside):
        return None
    for asked, fixed in (pair for node in inside for pair in _compared(scope, node)):
        items = fixed.items if isinstance(fixed, ir.Group) else (fixed,)
        who = next((given for each in items if (given := scope.constant(each))), "")
        if who and says("account-fields", _field(asked)) and not says("nobody", who):
            return scope.fact("let-in-by-name", test.line, f"{_field(asked)} of {who}")
    return None


def _compared(scope: Scope, node: Any) -> Iterator[tuple[Any, Any]]:
    """What is held against what, either way round: ``user == "…"``, ``OURS.includes(user)``, ``user.endsWith("…")``."""
    left = right = None
    if isinstance(node, ir.Binary) and node.op in {"==", "in"}:
        left, right = node.left, node.right
    elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _HOLDS and node.args:
        left, right = node.callee.value, node.args[0].value
    if left is not None and right is not None:
        yield left, scope.set_to(right)
        yield right, scope.set_to(left)


def _switched(scope: Scope, node: Any) -> bool:
    """Whether a test asks for a setting or a helper, which may look for a proof."""
    if isinstance(node, ir.Call):
        return says("environments", scope.name(node)) or scope.helper(node) is not None
    name = node.id if isinstance(node, ir.Name) else ""
    set_here = bool(name) and (isinstance(scope.set_to(node), ir.Group) or scope.constant(node) is not None)
    return (bool(name) and name.isupper() and not set_here) or (
        isinstance(node, (ir.Attr, ir.Name)) and says("environments", scope.name(node))
    )


def _field(asked: Any) -> str:
    """``claims.sub`` of ``claims.get("sub")`` and ``claims["sub"]``, also in lower case."""
    while isinstance(asked, ir.Call) and isinstance(asked.callee, ir.Attr):
        if asked.callee.name == "get" and asked.args:
            return f"{spelled(asked.callee.value)}.{text(asked.args[0].value)}"
        if asked.args:
            return ""
        asked = asked.callee.value
    return spelled(asked)


def _admits(block: ir.Block) -> bool:
    """Whether a branch ends by letting somebody in: with an identity, with yes, with the next handler."""
    last = block[-1] if block else None
    value = last.value if isinstance(last, ir.Return) else None
    if isinstance(value, ir.Const):
        return value.value is True
    if isinstance(value, ir.Call):
        return isinstance(value.callee, ir.Name) and (value.callee.id == _NEXT or value.new)
    if isinstance(value, ir.Mapping):
        refuses = any(
            text(entry.key) in _REFUSES or (isinstance(entry.value, ir.Const) and not entry.value.value)
            for entry in value.entries
        )
        return not refuses and not any(says("nobody", str(each.value)) for each in strings(value))
    return isinstance(value, ir.Name)
