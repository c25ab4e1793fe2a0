"""Conversations that are listened to: what runs through a process is passed on, and to another machine as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.kinds import connects
from driftseal.observe.behaviour.listeners import Handed
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.recipients import host
from driftseal.observe.behaviour.relays import relays
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_STREAMS: Final = frozenset({"stdin", "stdout"})
_WRITES: Final = frozenset({"write", "send", "push", "emit"})


def find(code: Code) -> Iterator[Fact]:
    """``conversation-tapped``."""
    between = any(not _STREAMS.isdisjoint(scope.words) and scope.commands for scope in code.scopes)
    for scope in code.scopes if between else ():
        for called in scope.calls:
            number = _hears(scope, called.call)
            body = code.owner(scope.path, number) if number else None
            fact = _tapped(body, number) if body is not None else None
            if fact is not None:
                yield fact


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
