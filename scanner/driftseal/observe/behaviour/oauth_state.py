"""Log-ins at another service whose answer is taken from anybody: a state is read and compared with nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_STATE: Final = "state"
_CODE: Final = "code"
_GRANT: Final = "authorization_code"
_EXCHANGES: Final = frozenset(
    {"getToken", "fetch_token", "exchangeCode", "exchange_code", "exchangeCodeForToken", "Exchange"}
)
"""Calls that give a token for a code."""
_QUERIES: Final = frozenset({"query", "query_params", "args", "searchParams", "Query", "GET", "params"})
_READS: Final = frozenset({"get", "Get", "pop"})
_SAME: Final = frozenset({"==", "===", "!=", "!==", "in", "not in"})
_MOST: Final = 8
"""States that one function reads."""
_WHOLE: Final = "authorization_response"
_REQUESTS: Final = frozenset({"request", "req"})
_PARSES: Final = frozenset({"URL", "parse", "parse_qs", "urlparse", "urlsplit"})
_SHAPES: Final = frozenset({"String", "str", "isString", "isinstance", "len", "trim", "strip", "TrimSpace"})
"""Calls that look at nothing but what kind of value it is."""


def find(code: Code) -> Iterator[Fact]:
    """``state-uncompared``."""
    for scope in code.scopes:
        if (
            not scope.number
            or _QUERIES.isdisjoint(scope.words)
            or not _reads_one(scope, _CODE)
            or not _exchanges(scope)
            or _hands_on(scope)
        ):
            continue
        bound = ((node, name) for node in scope.of(ir.Assign) if (name := _bound(node)))
        for node, name in itertools.islice(bound, _MOST):
            if not _is_compared(scope, name):
                yield scope.fact("state-uncompared", node.line, "a state that nothing is held against")


def _exchanges(scope: Scope) -> bool:
    """Whether a code is exchanged for a token here, or in a helper."""
    each = (scope, *(helper for _, helper in scope.helped))
    return any(
        not _EXCHANGES.isdisjoint(one.lasts) or any(node.value == _GRANT for node in one.constants) for one in each
    )


def _hands_on(scope: Scope) -> bool:
    """Whether somebody else gets the whole address of a request, with the state in it: ``finish(str(request.url))``."""
    given = (arg for call in scope.of(ir.Call) if last(call.callee) not in _PARSES for arg in call.args)
    return any(arg.name == _WHOLE or any(map(_is_whole, walk(arg.value))) for arg in given)


def _is_whole(node: Any) -> bool:
    return isinstance(node, ir.Attr) and node.name in {"url", "originalUrl"} and last(node.value) in _REQUESTS


def _reads_one(scope: Scope, name: str) -> bool:
    return any(_reads(node, name) for node in scope.of(ir.Attr, ir.Call, ir.Index)) or any(
        _taken_apart(node, name) for node in scope.of(ir.Assign)
    )


def _reads(node: Any, name: str) -> bool:
    """``req.query.state``, ``url.searchParams.get("state")``, ``request.args["state"]``."""
    if isinstance(node, ir.Attr):
        return node.name == name and last(node.value) in _QUERIES
    if isinstance(node, ir.Index):
        return text(node.key) == name and last(node.value) in _QUERIES
    if not isinstance(node, ir.Call) or not node.args or last(node.callee) not in _READS:
        return False
    on = node.callee.value if isinstance(node.callee, ir.Attr) else None
    on = on.callee if isinstance(on, ir.Call) else on
    return text(node.args[0].value) == name and on is not None and last(on) in _QUERIES


def _taken_apart(node: ir.Assign, name: str) -> str:
    """What ``const { state } = req.query`` binds."""
    for target in node.targets:
        for entry in target.entries if isinstance(target, ir.Mapping) and last(node.value) in _QUERIES else ():
            if text(entry.key) == name and isinstance(entry.value, ir.Name):
                return entry.value.id
    return ""


def _bound(node: ir.Assign) -> str:
    """The name that the state of a request is bound to; empty for any other assignment."""
    if any(_reads(each, _STATE) for each in walk(node.value)) and isinstance(node.targets[0], ir.Name):
        return node.targets[0].id
    return _taken_apart(node, _STATE)


def _is_compared(scope: Scope, name: str) -> bool:
    """Whether a state is held against anything, looked up, or handed to somebody who may do so."""
    taken = {id(target) for node in scope.of(ir.Assign) for target in node.targets}
    for node in scope.of(ir.Binary, ir.Call, ir.Index, ir.Assign, ir.Mapping, ir.Return):
        if id(node) not in taken and any(_is(each, name) for each in _used(node)):
            return True
    return False


def _used(node: Any) -> Iterator[Any]:
    """Parts of a node that are more than asked for what kind of value they are."""
    if isinstance(node, ir.Binary):
        sides = (node.left, node.right)
        yield from sides if node.op in _SAME and not any(isinstance(side, ir.Const) for side in sides) else ()
    elif isinstance(node, ir.Call):
        on = node.callee.value if isinstance(node.callee, ir.Attr) else None
        yield from (on, *(arg.value for arg in node.args)) if last(node.callee) not in _SHAPES else ()
    elif isinstance(node, ir.Mapping):
        yield from (entry.value for entry in node.entries)
    else:
        yield node.key if isinstance(node, ir.Index) else node.value


def _is(expr: Any, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name
