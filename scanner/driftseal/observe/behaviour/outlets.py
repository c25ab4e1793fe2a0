"""Calls by which something leaves a function for good: to another machine, or into a file."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope, once

_WRITERS: Final = frozenset(
    {"write_text", "write_bytes", "writeFileSync", "appendFileSync", "writeFile", "appendFile", "createWriteStream"}
)
_OPENERS: Final = frozenset({"open", "openSync"})
_OUT: Final = frozenset({"outward", "ssrf"})
_RUNS: Final = frozenset({"command", "argv"})


def leaves(scope: Scope, called: Called) -> bool:
    """Whether a call sends something out."""
    kinds = scope.kinds(called)
    return (
        not kinds.isdisjoint(_OUT)
        or (says("senders", called.name) and scope.helper(called.call) is None)
        or (not kinds.isdisjoint(_RUNS) and _posts(scope, called))
    )


def _posts(scope: Scope, called: Called) -> bool:
    """Whether a program is run that sends what it is given to an address: ``curl -d``."""
    return says("posting-commands", scope.command(called.call))


@once
def leaving(scope: Scope) -> tuple[Called, ...]:
    """The calls of a function that send something out."""
    if scope.sinks.isdisjoint(_OUT | _RUNS) and "senders" not in scope.doing:
        return ()
    return tuple(called for called in scope.calls if leaves(scope, called))


def goes_out(scope: Scope, called: Called) -> bool:
    """Whether a call sends something out, itself or in a helper or a helper's helper."""
    helper = scope.helper(called.call)
    return leaves(scope, called) or (helper is not None and sends(helper, 1))


def sends(helper: Scope, hops: int) -> bool:
    """Whether a function sends something out; so many helpers further are looked into."""
    key = FunctionRef(helper.path, helper.number), hops
    known = helper.code.sends
    if key not in known:
        known[key] = bool(leaving(helper))
        if not known[key] and hops:
            known[key] = any(sends(each, hops - 1) for _, each in helper.helped)
    return known[key]


@once
def writing(scope: Scope) -> tuple[Called, ...]:
    """The calls of a function that write a file."""
    if "path-write" not in scope.sinks and scope.lasts.isdisjoint(_WRITERS | _OPENERS):
        return ()
    return tuple(called for called in scope.calls if writes(scope, called))


def writes(scope: Scope, called: Called) -> bool:
    """Whether a call writes a file."""
    last = called.name.rpartition(".")[2]
    if last in _WRITERS:
        return True
    model = scope.model(called)
    for sink in model.sinks if model is not None else ():
        if sink.kind == "path-write":
            return not sink.mode or any(_opens(called.call, where) for where in sink.mode)
    return last in _OPENERS and (_opens(called.call, 0) or _opens(called.call, 1) or _opens(called.call, "mode"))


def _opens(call: ir.Call, where: int | str) -> bool:
    for place, arg in enumerate(call.args):
        value = arg.value
        if (arg.name or place) == where and isinstance(value, ir.Const) and isinstance(value.value, str):
            return len(value.value) <= len("wb+t") and bool(set("wax+") & set(value.value))
    return False
