"""What callers said, sent to a fixed place in passing: nobody waits for the answer, and nobody hears of a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.recipients import called_under, host, payload
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside``."""
    for scope in code.scopes:
        sent = [called for called in scope.calls if leaves(scope, called) and called.call.args]
        if not sent:
            continue
        unheard = _unheard(scope)
        for called in sent:
            where = host(scope, called)
            if where and not says("own-machine", where) and id(called.call) in unheard:
                said = _said(scope, called)
                if said:
                    yield scope.fact("said-sent-aside", called.call.line, f"{said} to {where}")


def _said(scope: Scope, called: Called) -> str:
    """The name of what is sent, if that is a caller's own words or key."""
    names = payload(called)
    if called.call.args:
        # Also what becomes part of the address.
        names |= {node.id for node in walk(called.call.args[0].value) if type(node) is ir.Name}
    found = next((name for name in sorted(names & callers.names(scope)) if says("spoken", name)), "")
    if found:
        return found
    flow = Flow(scope, _SPOKEN)
    return "what a caller said" if flow.sent(called) is not None else ""


def _spoken(scope: Scope, node: Any) -> int | None:
    return node.line if says("spoken", node.id) and node.id in callers.names(scope) else None


_SPOKEN: Final = Kind("spoken", _spoken, (ir.Name,), strict=True, through=False)


def _unheard(scope: Scope) -> set[int]:
    """Calls whose answer and whose failure nobody takes."""
    alone = [(called_under(node.value), node.value) for node in scope.of(ir.Do)]
    found = {id(call) for call, whole in alone if call is not whole and not _awaited(whole)}
    if scope.module.language != "python":
        found |= {id(call) for call, whole in alone if call is whole}
    ignored = {id(call) for call, _ in alone}
    for node in scope.of(ir.Try):
        if node.handlers and all(_swallows(handler.body) for handler in node.handlers):
            inside = {id(each) for each in walk(node.body) if type(each) is ir.Call}
            found |= inside & ignored
    return found


def _awaited(expr: Any) -> bool:
    return type(expr) is ir.Unary and expr.op == "await" and type(expr.value) is ir.Call and not _caught(expr.value)


def _caught(call: ir.Call) -> bool:
    return type(call.callee) is ir.Attr and call.callee.name in {"catch", "then"}


def _swallows(body: ir.Block) -> bool:
    return not any(type(node) in {ir.Raise, ir.Call} for node in walk(body))
