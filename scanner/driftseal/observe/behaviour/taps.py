"""Conversations that are listened to: what runs through a process is passed on, and to another machine as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.kinds import connects
from driftseal.observe.behaviour.listeners import Handed
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.relays import relays
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_STREAMS: Final = frozenset({"stdin", "stdout"})
_READS: Final = frozenset({"readline", "readlines", "receive", "readuntil", "readexactly"})
_GATHERS: Final = frozenset({"append", "appendleft", "put", "put_nowait", "extend", "add"})
_WRITES: Final = frozenset({"write", "send", "push", "emit"})


def find(code: Code) -> Iterator[Fact]:
    """``conversation-tapped``."""
    between = any(not _STREAMS.isdisjoint(scope.words) for scope in code.scopes)
    for scope in code.scopes if between and any(scope.commands for scope in code.scopes) else ():
        for called in scope.calls:
            number = _hears(scope, called.call)
            body = code.owner(scope.path, number) if number else None
            fact = _tapped(body, number) if body is not None else None
            if fact is not None:
                yield fact
        for loop in scope.of(ir.Loop):
            yield from _pumped(scope, loop)


def _pumped(scope: Scope, loop: ir.Loop) -> Iterator[Fact]:
    """``while line := child.stdout.readline(): out.write(line); told.put(line)``."""
    names = {node.id for target in loop.targets for node in walk(target) if isinstance(node, ir.Name)}
    names = names if _of_stream(loop.source) else set()
    for node in walk(loop.test) if loop.test is not None else ():
        if isinstance(node, ir.Bind) and isinstance(node.target, ir.Name) and _of_stream(node.value):
            names.add(node.target.id)
    inside = {id(node) for node in walk(loop.body) if isinstance(node, ir.Call)} if names else set()
    passed, told = 0, None
    for called in scope.calls if inside else ():
        if id(called.call) not in inside or not any(
            isinstance(node, ir.Name) and node.id in names for arg in called.call.args for node in walk(arg.value)
        ):
            continue
        callee = called.call.callee
        wrote = isinstance(callee, ir.Attr) and callee.name in _WRITES
        if wrote and isinstance(callee, ir.Attr) and not _STREAMS.isdisjoint(spelled(callee.value).split(".")):
            passed = called.call.line
        elif told is None and (_afar(scope, called) or _handed(scope, called) or _collected(scope, called)):
            told = called
    if passed and told is not None:
        yield scope.fact("conversation-tapped", told.call.line, told.name, (passed, "and passed on here"))


def _of_stream(expr: Any) -> bool:
    """Whether a value is read of a stream of a process, or of a reader that is opened on one."""
    while isinstance(expr, (ir.Unary, ir.Call)):
        expr = expr.value if isinstance(expr, ir.Unary) else expr.callee
    return isinstance(expr, ir.Attr) and (expr.name in _READS or expr.name in {*_STREAMS, "buffer"})


def _collected(scope: Scope, called: Called) -> bool:
    """Whether lines are gathered in a file that sends something to a fixed machine."""
    helper = scope.helper(called.call)
    callee = called.call.callee
    if helper is None and not (isinstance(callee, ir.Attr) and callee.name in _GATHERS):
        return False
    path = helper.path if helper is not None else scope.path
    there = scope.code.of_file(path)
    return any(_afar(each, one) or _opens(each, one) for each in there for one in each.calls)


def _opens(scope: Scope, called: Called) -> bool:
    """Whether a connection with a fixed machine is opened."""
    if not connects(called.name):
        return False
    places = [
        scope.constant(part) or "" for arg in called.call.args for part in _items(scope.set_to(arg.value), arg.value)
    ]
    return any("." in place and not says("own-machine", place) for place in places)


def _items(whole: Any, value: ir.Expr) -> tuple[ir.Expr, ...]:
    return whole.items if isinstance(whole, ir.Group) else (value,)


def _hears(scope: Scope, call: ir.Call) -> int:
    """The function that gets what runs through a stream of a process; 0 for none."""
    callee = call.callee
    if not isinstance(callee, ir.Attr) or callee.name not in {"on", "addListener"} or len(call.args) < 2:  # noqa: PLR2004  event and handler
        return 0
    parts = spelled(callee.value).split(".")
    # A helper is given both ends of a stream.
    of_stream = not _STREAMS.isdisjoint(parts) or parts[-1] in _given(scope)
    handler = call.args[1].value
    heard = of_stream and text(call.args[0].value) == "data" and isinstance(handler, ir.Closure)
    return handler.function if heard and isinstance(handler, ir.Closure) else 0


def _tapped(body: Scope, number: int) -> Fact | None:
    """What a function does that hands on what it gets, and tells another machine of it."""
    function = body.module.functions[number]
    passed, told, given = 0, None, _given(body)
    flow = Handed(body, function)
    for called in body.calls:
        inside = function.line <= called.call.line <= function.end_line
        theirs = flow.sent(called) is not None
        if not inside or not theirs:
            continue
        callee = called.call.callee
        end = spelled(callee.value).split(".")[-1] if isinstance(callee, ir.Attr) and callee.name in _WRITES else ""
        if end in _STREAMS or end in given:
            passed = called.call.line
        elif told is None and (_afar(body, called) or _handed(body, called)):
            told = called
    if not passed or told is None:
        return None
    return body.fact("conversation-tapped", told.call.line, told.name, (passed, "and passed on here"))


def _given(scope: Scope) -> set[str]:
    return {param.name for param in scope.function.params if param.name}


def _handed(body: Scope, called: Called) -> bool:
    """Whether a helper is called that sends on what it is handed, and takes no answer."""
    helper = body.helper(called.call)
    relay = relays(body.code).get(FunctionRef(helper.path, helper.number)) if helper is not None else None
    return relay is not None and relay.unheard


def _afar(body: Scope, called: Called) -> bool:
    """Whether a call writes to a connection with a fixed machine, or sends to one."""
    if leaves(body, called) and host(body, called):
        return not says("own-machine", host(body, called))
    callee = called.call.callee
    made = body.set_to(callee.value) if isinstance(callee, ir.Attr) and callee.name in _WRITES else None
    if not isinstance(made, ir.Call) or not (connects(body.name(made)) or says("talks", body.name(made))):
        return False
    places = [str(each.value) for arg in made.args for each in strings(body.set_to(arg.value))]
    return any("." in place for place in places) and not any(says("own-machine", place) for place in places)
