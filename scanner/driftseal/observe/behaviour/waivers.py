"""Log-ins that are waived for whoever writes a word into an address: ``if "/healthz" in str(request.url): …``.

An address holds what stands behind its question mark as well, so that ``POST /mcp?x=/healthz`` passes for a probe.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.origin_checks import gone_through
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_ADDRESSES: Final = frozenset({"url", "originalUrl"})
"""Members of a request that hold all of its address."""
_REQUESTS: Final = frozenset({"request", "req", "_request", "_req"})
_TEXTS: Final = frozenset({"str", "String"})
_SAME: Final = frozenset({"lower", "toLowerCase", "toString"})
_HOLDING: Final = frozenset({"includes", "indexOf", "endsWith", "endswith"})
_ON: Final = frozenset({"next", "call_next", "app", "handler"})
"""What is called so that a request goes on."""
_REFUSALS: Final = frozenset({401, 403})
_WORDS: Final = frozenset({"authorization", "Authorization", "HTTPException", "unauthorized", "Unauthorized"})


def find(code: Code) -> Iterator[Fact]:
    """``log-in-waived-by-text``."""
    for scope in code.scopes:
        if _ADDRESSES.isdisjoint(scope.words) or _REQUESTS.isdisjoint(scope.words):
            continue
        paths = gone_through(scope).keys()
        asked = [node for node in scope.of(ir.Binary, ir.Call) if _asks(node, paths)]
        if asked and _refuses(scope):
            let = _let_through(scope)
            found = next((node for node in asked if id(node) in let), None)
            if found is not None:
                yield scope.fact("log-in-waived-by-text", found.line, "a part of the whole address")


def _asks(node: Any, paths: AbstractSet[str]) -> bool:
    """Whether the whole address of a request is asked for a path somewhere in it, one or any of a list."""
    if type(node) is ir.Binary:
        given, address = (node.left, node.right) if node.op == "in" else (None, None)
    else:
        callee = node.callee
        asks = type(callee) is ir.Attr and callee.name in _HOLDING and bool(node.args)
        given, address = (node.args[0].value, callee.value) if asks else (None, None)
    named = type(given) is ir.Name and given.id in paths
    return (named or text(given).startswith("/")) and _is_address(address)


def _is_address(node: Any) -> bool:
    for _ in range(3):
        if type(node) is not ir.Call:
            break
        if type(node.callee) is ir.Attr and node.callee.name in _SAME:
            node = node.callee.value
        elif last(node.callee) in _TEXTS and node.args:
            node = node.args[0].value
    return type(node) is ir.Attr and node.name in _ADDRESSES and last(node.value) in _REQUESTS


def _refuses(scope: Scope) -> bool:
    """Whether the file turns requests away that show no credential."""
    others = scope.code.of_file(scope.path)
    speaks = any(
        not _WORDS.isdisjoint(each.words) or any(text(one).lower() == "authorization" for one in each.constants)
        for each in others
    )
    return speaks and any(one.value in _REFUSALS for each in others for one in each.of(ir.Const) if _number(one))


def _number(node: ir.Const) -> bool:
    return isinstance(node.value, int) and not isinstance(node.value, bool)


def _let_through(scope: Scope) -> frozenset[int]:
    """Identities of the parts of tests on which a request goes on, here or by the word of a function that is asked."""
    found: set[int] = set()
    for branch in scope.of(ir.If):
        if any(type(node) is ir.Call and last(node.callee) in _ON for node in walk(branch.then)):
            found |= {id(node) for node in walk(branch.test)}
    for node in scope.of(ir.Return):
        if node.value is not None:
            found |= {id(each) for each in walk(node.value)}
    return frozenset(found)
