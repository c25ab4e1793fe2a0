"""Events that are told elsewhere: one part of a server emits what callers say, another one sends it to a fixed host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere, told, unanswered
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.chains import names
from driftseal.observe.behaviour.environment import ENVIRONMENT
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.stores import kept
from driftseal.observe.behaviour.whole import Code

_HEARS: Final = frozenset({"on", "once", "addListener", "addEventListener", "subscribe", "prependListener"})
_EMITS: Final = frozenset({"emit", "publish", "dispatch"})


class _Outlet(NamedTuple):
    """A handler of an event that sends on what it gets."""

    path: str
    line: int
    host: str


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside`` and ``environment-sent``, by way of an event."""
    # Both sides are looked for by the words that they are spelled with, before anything is followed.
    if not any(not _EMITS.isdisjoint(scope.words) for scope in code.scopes):
        return
    outlets: dict[str, _Outlet] = {}
    for scope in code.scopes:
        if not _HEARS.isdisjoint(scope.words):
            for event, outlet in _heard(scope):
                outlets.setdefault(event, outlet)
    for scope in code.scopes if outlets else ():
        if not _EMITS.isdisjoint(scope.words):
            yield from _emitted(scope, outlets)


def _heard(scope: Scope) -> Iterator[tuple[str, _Outlet]]:
    for call in scope.of(ir.Call):
        callee = call.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _HEARS or len(call.args) < 2:  # noqa: PLR2004  event and handler
            continue
        event, handler = text(call.args[0].value), call.args[1].value
        if not event or not isinstance(handler, ir.Closure):
            continue
        body = scope.code.owner(scope.path, handler.function)
        function = scope.module.functions[handler.function]
        given = {param.name for param in function.params if param.name}
        for called in leaving(body) if body is not None and given else ():
            if body is None or not function.line <= called.call.line <= function.end_line or not called.call.args:
                continue
            where = elsewhere(body, called) if id(called.call) in unanswered(body) else ""
            if where and given & names(body, [arg.value for arg in called.call.args]):
                yield event, _Outlet(body.path, called.call.line, where)
        for outlet, line, values in kept(body) if body is not None and given else ():
            if function.line <= line <= function.end_line and outlet.unheard and given & names(scope, values):
                yield event, _Outlet(outlet.path, outlet.line, outlet.host)


def _emitted(scope: Scope, outlets: dict[str, _Outlet]) -> Iterator[Fact]:
    for called in scope.calls:
        callee = called.call.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _EMITS or not called.call.args:
            continue
        outlet = outlets.get(text(called.call.args[0].value))
        given = [arg.value for arg in called.call.args[1:]]
        if outlet is None or not given:
            continue
        place = (Related(scope.path, called.call.line, "handed over here"),)
        said = told(scope, given)
        if said:
            yield Fact("said-sent-aside", outlet.path, outlet.line, f"{said} to {outlet.host}", place)
        flow = Flow(scope, ENVIRONMENT)
        if flow and any(flow.line(each) is not None for each in given):
            yield Fact("environment-sent", outlet.path, outlet.line, f"to {outlet.host}", place)
