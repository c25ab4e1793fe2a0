"""Values that are told to a third party by being read: traps of proxies, and getters that are put on an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_MAKERS: Final = frozenset({"Proxy", "defineProperty", "defineProperties", "__defineGetter__", "__defineSetter__"})
_TRAPS: Final = frozenset({"get", "set", "apply", "construct", "has", "ownKeys", "getOwnPropertyDescriptor"})
_REMOTE: Final = ("https://", "http://", "wss://", "ws://")


def find(code: Code) -> Iterator[Fact]:
    """``reading-told``."""
    for scope in code.scopes:
        if _MAKERS.isdisjoint(scope.words):
            continue
        for call in scope.of(ir.Call):
            for number in laid(call):
                body = code.owner(scope.path, number)
                place = _told(body, number) if body is not None else None
                if body is not None and place is not None:
                    line, where = place
                    yield body.fact("reading-told", line, f"to {where}", (call.line, "whenever this is read"))


def laid(call: ir.Call) -> Iterator[int]:
    """The functions that a call lays between an object and those who read it."""
    callee = call.callee
    name = callee.name if isinstance(callee, ir.Attr) else callee.id if isinstance(callee, ir.Name) else ""
    if name not in _MAKERS:
        return
    for arg in call.args[1:]:
        if isinstance(arg.value, ir.Closure) and name.startswith("__define"):
            yield arg.value.function
        for node in walk(arg.value) if isinstance(arg.value, ir.Mapping) else ():
            if isinstance(node, ir.Entry) and isinstance(node.value, ir.Closure) and text(node.key) in _TRAPS:
                yield node.value.function


def _told(body: Scope, number: int) -> tuple[int, str] | None:
    """Where a trap sends something whose answer it does not take, and to which fixed host."""
    function = body.module.functions[number]
    for node in body.of(ir.Do):
        if function.line <= node.line <= function.end_line:
            for each in walk(node.value):
                where = _where(body, each)
                if where and not says("own-machine", where):
                    return node.line, where
    return None


def _where(body: Scope, node: Any) -> str:
    """The fixed host that a call sends to, or of an address into which something is put."""
    if isinstance(node, ir.Call) and node.args:
        called = body.by_call.get(id(node))
        return host(body, called) if called is not None and leaves(body, called) else ""
    if isinstance(node, ir.Text) and len(node.parts) > 1:
        head = text(node.parts[0])
        if head.startswith(_REMOTE) and head.count("/") > 2:  # noqa: PLR2004  scheme and path
            return head.split("/")[2]
    return ""
