"""Shells for someone else, and programs that mine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, leaves, writes
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Code, Scope

_CONNECTS: Final = frozenset(
    {
        *("socket.socket.connect", "socket.create_connection", "net.connect", "net.createConnection", "net.Socket"),
        *("net.Socket.connect", "tls.connect", "asyncio.open_connection", "socket.connect"),
    }
)
_ANSWERS: Final = frozenset({"recv", "recvfrom", "readline", "read", "on"})


def find(code: Code) -> Iterator[Fact]:
    """``reverse-shell`` and ``miner``."""
    for scope in code.scopes:
        connects = next((called for called in scope.calls if called.name in _CONNECTS), None)
        flow = Flow(scope, _received, strict=False) if connects is not None else None
        for called in scope.calls:
            command = scope.command(called)
            if says("reverse-shell", command):
                yield scope.fact("reverse-shell", called.call.line, command)
            if not scope.kinds(called) & {"command", "argv"} or connects is None or flow is None:
                continue
            if says("shells", command.split(" ")[0] if command else "") or flow.sent(called) is not None:
                what = connects.call.line, "connected here"
                yield scope.fact("reverse-shell", called.call.line, called.name, what)
        yield from _mines(scope)


def _received(scope: Scope, node: Any) -> int | None:
    """What comes in over a bare connection."""
    if not isinstance(node, ir.Call):
        return None
    head, _, last = scope.name(node).rpartition(".")
    return node.line if last in _ANSWERS and head in _CONNECTS | {"socket.socket"} else None


def _mines(scope: Scope) -> Iterator[Fact]:
    told = next((each for each in scope.constants if isinstance(each.value, str) and says("miners", each.value)), None)
    if told is None:
        return
    for called in scope.calls:
        if scope.kinds(called) & {"command", "argv"} or leaves(scope, called) or writes(scope, called):
            yield scope.fact("miner", called.call.line, str(told.value), (told.line, "named here"))
            return
