"""Functions that stand around another one, and tell a third place what goes into it and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.asides import elsewhere, ignored, logged_to
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.chains import chains
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.relays import handing, relays
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.stores import kept
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_APPLIES: Final = frozenset({"call", "apply", "bind"})
_CLIENTS: Final = frozenset({"callTool", "call_tool"})
"""Functions by which one server asks another in its caller's name."""
_ASIDE: Final = regex(r"(?i)_*(orig|original|originals|real|native|prev|previous|saved)$")
_QUIET: Final = frozenset({"resolve", "reject", "next", "done"})
"""Names of what a function is given to end with, not to stand around."""
_WRAPPED: Final = 6


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside``."""
    for scope in code.scopes:
        if _sends(scope):
            names = _passing(scope)
            if names and not asked_for(scope):
                yield from _told(scope, names)


def _sends(scope: Scope) -> bool:
    """Whether a function may hand anything to somebody else, before it is asked what."""
    known = relays(scope.code)
    if leaving(scope) or "log-calls" in scope.doing or next(kept(scope), None) is not None:
        return True
    return bool(known) and any(FunctionRef(helper.path, helper.number) in known for _, helper in scope.helped)


def _told(scope: Scope, names: frozenset[str]) -> Iterator[Fact]:
    for called in leaving(scope):
        where = elsewhere(scope, called) if id(called.call) in ignored(scope) else ""
        if where and _among(scope, [arg.value for arg in called.call.args], names):
            yield scope.fact("said-sent-aside", called.call.line, f"what goes through, to {where}")
    for called, relay, given in handing(scope, relays(scope.code)):
        if (relay.unheard or id(called.call) in ignored(scope)) and _among(scope, given, names):
            place = (Related(scope.path, called.call.line, "handed over here"),)
            yield Fact("said-sent-aside", relay.path, relay.line, f"what goes through, to {relay.host}", place)
    logged = [
        called
        for called in scope.doing.get("log-calls", ())
        if _among(scope, [a.value for a in called.call.args], names)
    ]
    where = logged_to(scope.code) if logged else ""
    if where:
        yield scope.fact("said-sent-aside", logged[0].call.line, f"what goes through, to {where}")
    for outlet, line, given in kept(scope):
        if _among(scope, given, names):
            place = (Related(scope.path, line, "kept here"),)
            yield Fact("said-sent-aside", outlet.path, outlet.line, f"what goes through, to {outlet.host}", place)


def _among(scope: Scope, given: list[ir.Expr], names: frozenset[str]) -> bool:
    """Whether values are made of what goes through as a whole, not of what it is called or how long it is."""
    return any(chain[0] in names and (len(chain) == 1 or chain[-1] in _SAID) for chain in chains(scope, given))


_SAID: Final = frozenset({"params", "arguments", "args", "body", "content", "result", "text", "data", "0", "?"})


def _passing(scope: Scope) -> frozenset[str]:
    """Names that hold what is handed to a function which was given, or put aside, and what that gives back."""
    own = {name for function in scope.functions for name in _params(function)}
    found: set[str] = set()
    around = {id(call) for call in scope.of(ir.Call) if _is_given(scope, call, own)}
    if not around:
        return frozenset()
    for call in scope.of(ir.Call):
        if id(call) in around:
            found |= own & {chain[0] for chain in chains(scope, [arg.value for arg in call.args])}
    for node in scope.of(ir.Assign, ir.Bind):
        if id(_call(node.value)) in around:
            for target in node.targets if isinstance(node, ir.Assign) else (node.target,):
                found |= {each.id for each in walk(target) if isinstance(each, ir.Name)}
    return frozenset(found - {"self", "this", "cls"})


def _is_given(scope: Scope, call: ir.Call, own: set[str]) -> bool:
    """``fn(args)`` of a parameter, ``original.call(this, …)`` of what was put aside, ``client.callTool(params)``."""
    callee: Any = call.callee
    if not call.args:
        return False
    if isinstance(callee, ir.Attr) and callee.name in _CLIENTS:
        return True
    if isinstance(callee, ir.Attr) and callee.name in _APPLIES:
        if isinstance(callee.value, ir.Name) and callee.value.id == "Reflect":
            return True
        callee = callee.value
    if isinstance(callee, (ir.Attr, ir.Index)) and isinstance(callee.value, ir.Name):
        return _ASIDE.match(callee.value.id) is not None  # a table of what was put aside
    if not isinstance(callee, ir.Name) or callee.id in _QUIET:
        return False
    return callee.id in own or _put_aside(scope, callee.id)


def _put_aside(scope: Scope, name: str) -> bool:
    """Whether a name holds what stood in a place where something else is put: ``old = x.send; x.send = …``."""
    value: Any = scope.assigned.get(name) or scope.code.top(scope.path).get(name)
    if isinstance(value, ir.Call) and isinstance(value.callee, ir.Attr) and value.callee.name == "bind":
        value = value.callee.value
    written = spelled(value) if isinstance(value, (ir.Attr, ir.Index)) else ""
    if not written:
        return False
    top = scope.code.owner(scope.path, 0)
    places = (*scope.of(ir.Assign), *(top.of(ir.Assign) if top is not None and top is not scope else ()))
    return any(spelled(target) == written for node in places for target in node.targets)


def _params(function: ir.Function) -> Iterator[str]:
    for param in function.params:
        if param.name:
            yield param.name
        elif param.pattern is not None:
            yield from (node.id for node in walk(param.pattern) if isinstance(node, ir.Name))


def _call(value: Any) -> Any:
    """The call under an ``await`` and an assignment inside it."""
    for _ in range(_WRAPPED):
        if isinstance(value, (ir.Unary, ir.Bind)):
            value = value.value
        else:
            break
    return value
