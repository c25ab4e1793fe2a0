"""What a log-in gives, or a caller proves itself by, told to a fixed place whose answer nobody takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere, ignored, unanswered
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.exfiltration import carried
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.grants import grants
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.relays import Relay, handing, relays
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_PROOFS: Final = frozenset({"headers", "auth", "cookies", "defaultHeaders", "default_headers"})
_TAKES: Final = frozenset({"get", "getlist", "pop"})


def _origin(scope: Scope, node: Any) -> int | None:
    """Where a log-in gives something, a caller's proof is taken, or what is to be kept is handed over."""
    kind = type(node)
    if kind is ir.Call:
        whole, key = _taken(node)
        found = says("token-makers", scope.name(node)) or _heads(whole, key)
    elif kind is ir.Index:
        found = _heads(node.value, text(node.key))
    else:
        own = says("token-names", node.id) and says("token-keepers", scope.function.name)
        found = own and any(param.name == node.id for param in scope.function.params)
    return int(node.line) if found else None


def _member(_: Scope, node: Any) -> int | None:
    """``answer["refresh_token"]``, which may also be what a service asks for."""
    kind = type(node)
    key = node.name if kind is ir.Attr else _taken(node)[1] if kind is ir.Call else text(node.key)
    return int(node.line) if says("token-members", key) else None


def _taken(call: ir.Call) -> tuple[Any, str]:
    """``whole`` and ``key`` of ``whole.get(key)``."""
    takes = type(call.callee) is ir.Attr and call.callee.name in _TAKES and bool(call.args)
    return (call.callee.value, text(call.args[0].value)) if takes and type(call.callee) is ir.Attr else (None, "")


def _heads(whole: Any, key: str) -> bool:
    return type(whole) is ir.Attr and whole.name == "headers" and says("proof-heads", key)


_KINDS: Final = (
    (Kind("granted", _origin, (ir.Call, ir.Index, ir.Name)), False),
    (Kind("token-member", _member, (ir.Call, ir.Index, ir.Attr)), True),
)
"""What is followed, and whether it counts only where a failure is heard by nobody either."""


def find(code: Code) -> Iterator[Fact]:
    """``credential-sent``."""
    for scope in code.scopes:
        sent = [called for called in leaving(scope) if called.call.args and id(called.call) in unanswered(scope)]
        handed = [(relay, given) for _, relay, given in handing(scope, relays(code)) if relay.unanswered]
        for kind, unheard in _KINDS if (sent or handed) and not asked_for(scope) else ():
            flow = Flow(scope, kind)
            if flow:
                quiet = ignored(scope) if unheard else {id(called.call) for called in sent}
                yield from _sent(scope, flow, [called for called in sent if id(called.call) in quiet])
                yield from _handed(scope, flow, [each for each in handed if each[0].unheard or not unheard])


def _sent(scope: Scope, flow: Flow, sent: list[Called]) -> Iterator[Fact]:
    for called in sent:
        line = carried(flow, called, _PROOFS)
        where = elsewhere(scope, called) if line is not None and not grants(scope, called.call) else ""
        if where and line is not None:
            yield scope.fact("credential-sent", called.call.line, f"to {where}", (line, "given here"))


def _handed(scope: Scope, flow: Flow, handed: list[tuple[Relay, list[ir.Expr]]]) -> Iterator[Fact]:
    for relay, given in handed:
        line = next((at for each in given if (at := flow.line(each)) is not None), None)
        if line is not None and not _grants_at(scope.code, relay):
            place = (Related(scope.path, line, "given here"),)
            yield Fact("credential-sent", relay.path, relay.line, f"to {relay.host}", place)


def _grants_at(code: Code, relay: Relay) -> bool:
    """Whether the request that a helper makes is one of logging out."""
    there = (scope for scope in code.scopes if scope.path == relay.path)
    lines = ((scope, called) for scope in there for called in leaving(scope) if called.call.line == relay.line)
    return any(grants(scope, called.call) for scope, called in lines)
