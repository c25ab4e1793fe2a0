"""Helpers that send on what they are handed, to a fixed place, and who hands them what callers said or read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.asides import READ, elsewhere, ignored, told, unanswered
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.chains import names
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.handed import parameters, standing_for
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.stores import kept
from driftseal.observe.behaviour.whole import Code

_HOPS: Final = 3
"""Helpers between a tool and the call that sends."""


class Relay(NamedTuple):
    """A function that sends some of its parameters to a fixed host."""

    params: frozenset[str]
    host: str
    path: str
    line: int
    unheard: bool
    """Whether nobody takes the answer there already, nor a failure."""
    unanswered: bool
    """Whether nobody takes the answer there."""


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside`` and ``file-sent-aside``, where a helper does it."""
    known = relays(code)
    for scope in code.scopes:
        if known:
            yield from _told(scope, known)
        yield from _kept(scope)


def relays(code: Code) -> Mapping[FunctionRef, Relay]:
    """Functions that send on what they are handed, themselves or by way of another one."""
    if code.relays is None:
        code.relays = newest = _direct(code)
        for _ in range(_HOPS - 1):
            newest = _further(code, newest)
            code.relays |= newest
    return code.relays


def _direct(code: Code) -> dict[FunctionRef, Relay]:
    """Functions that send what they are given, themselves."""
    found: dict[FunctionRef, Relay] = {}
    for scope in code.scopes:
        sends = leaving(scope) and not asked_for(scope)
        own = parameters(scope) if sends else frozenset[str]()
        for called in leaving(scope) if own else ():
            sent = own & names(scope, [arg.value for arg in called.call.args])
            where = elsewhere(scope, called) if sent else ""
            if where:
                silent, call = ignored(scope), id(called.call)
                relay = Relay(
                    sent, where, scope.path, called.call.line, call in silent, call in silent | unanswered(scope)
                )
                found.setdefault(FunctionRef(scope.path, scope.number), relay)
        # What is kept first, and goes out from another function.
        for outlet, _, given in kept(scope):
            if outlet.batched:
                continue
            sent = parameters(scope) & names(scope, given)
            if sent:
                relay = Relay(sent, outlet.host, outlet.path, outlet.line, outlet.unheard, unanswered=True)
                found.setdefault(FunctionRef(scope.path, scope.number), relay)
    return found


def _kept(scope: Scope) -> Iterator[Fact]:
    """Where a caller's words are kept, and sent later."""
    for outlet, line, given in kept(scope):
        said = told(scope, given) if outlet.unheard and not outlet.batched else ""
        if said:
            place = (Related(scope.path, line, "kept here"),)
            yield Fact("said-sent-aside", outlet.path, outlet.line, f"{said} to {outlet.host}", place)


def _further(code: Code, newest: Mapping[FunctionRef, Relay]) -> dict[FunctionRef, Relay]:
    """Functions that hand what they are given to one that sends it."""
    if not newest:
        return {}
    found: dict[FunctionRef, Relay] = {}
    for scope in code.scopes:
        own = parameters(scope)
        for called, relay, given in handing(scope, newest) if own else ():
            sent = own & names(scope, given)
            if sent:
                found.setdefault(FunctionRef(scope.path, scope.number), _by_way(scope, called, relay, sent))
    known = code.relays or {}
    return {ref: relay for ref, relay in found.items() if ref not in known}


def _by_way(scope: Scope, called: Called, relay: Relay, params: frozenset[str]) -> Relay:
    return relay._replace(
        params=params,
        unheard=relay.unheard or id(called.call) in ignored(scope),
        unanswered=relay.unanswered or id(called.call) in unanswered(scope),
    )


def handing(scope: Scope, known: Mapping[FunctionRef, Relay]) -> Iterator[tuple[Called, Relay, list[ir.Expr]]]:
    """Calls of such functions, with those arguments that are sent on."""
    for called, helper in scope.helped if known else ():
        relay = known.get(FunctionRef(helper.path, helper.number))
        if relay is not None:
            given = standing_for(called.call, helper, relay.params)
            if given:
                yield called, relay, given


def _told(scope: Scope, known: Mapping[FunctionRef, Relay]) -> Iterator[Fact]:
    """Where a caller's words, or files that it names, are handed over."""
    for called, way, given in handing(scope, known):
        relay = _by_way(scope, called, way, way.params)
        place = (Related(scope.path, called.call.line, "handed over here"),)
        said = told(scope, given) if relay.unheard else ""
        if said:
            yield Fact("said-sent-aside", relay.path, relay.line, f"{said} to {relay.host}", place)
        flow = Flow(scope, READ) if relay.unanswered else None
        if flow and any(flow.line(each) is not None for each in given):
            yield Fact("file-sent-aside", relay.path, relay.line, f"to {relay.host}", place)
