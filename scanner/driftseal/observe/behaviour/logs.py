"""Logs that go to a fixed machine, and what callers say or are told in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.project import ClassRef
from driftseal.observe.behaviour.asides import elsewhere, logged_to, told
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.hosts import WHOLE_HOST
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.stores import kept
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_WRITES: Final = frozenset({"emit", "handle", "send", "write", "log", "_write"})
"""Methods of a handler that get each record."""
_HANDLERS: Final = ("Handler", "Transport", "TransportStream", "Writable")
"""Ends of the names of classes by which a log is written somewhere."""


def find(code: Code) -> Iterator[Fact]:
    """``said-sent-aside``: ``log.debug("call", { password })``, where the log goes to a fixed machine."""
    hosts = (host for scope in code.scopes for host in _hosts(scope) if not asked_for(scope))
    where = logged_to(code) or next(hosts, "")
    for scope in code.scopes if where else ():
        for called in scope.calls:
            if _logs(called):
                said = told(scope, [arg.value for arg in called.call.args])
                if said and (says("kept-to-oneself", said) or not says("log-services", where)):
                    yield scope.fact("said-sent-aside", called.call.line, f"{said} to {where}")


def _hosts(scope: Scope) -> Iterator[str]:
    """Fixed machines to which handlers of a log that are made, or written, in a function send it."""
    made = list(scope.doing.get("remote-logs", ()))
    made += [called for called in scope.calls if isinstance(called.call.callee, ir.Name) and _is_own(scope, called)]
    for called in made:
        yield from filter(None, (elsewhere(scope, called), _named(scope, called)))
    if "remote-logs" in scope.shown:
        # ``{"class": "logging.handlers.HTTPHandler", "host": …}``
        for node in scope.of(ir.Mapping):
            given = {str(getattr(entry.key, "value", "")): _first(scope, entry.value) for entry in node.entries}
            where = given.get("host") or given.get("address", "")
            if says("remote-logs", given.get("class", "")) and _is_remote(where):
                yield where
    if _is_sink(scope) or (scope.function.cls >= 0 and scope.function.name in _WRITES and _handles(scope)):
        yield from (where for called in leaving(scope) if (where := elsewhere(scope, called)))
        yield from (outlet.host for outlet, _, _ in kept(scope))


def _first(scope: Scope, value: ir.Expr) -> str:
    """A constant, or the first of several: ``("logs.example", 514)``."""
    whole = scope.set_to(value)
    one = whole.items[0] if isinstance(whole, ir.Group) and whole.items else value
    return scope.constant(one) or ""


def _is_own(scope: Scope, called: Called) -> bool:
    """Whether a handler is made of a class of this project, below one that sends a log elsewhere."""
    cls = scope.code.project.resolve(scope.path, called.call.callee)
    if not isinstance(cls, ClassRef):
        return False
    return any(says("remote-logs", scope.name(base)) for base in scope.code.project.cls(cls).bases)


def _handles(scope: Scope) -> bool:
    bases = scope.module.classes[scope.function.cls].bases
    if any(scope.name(base).endswith(_HANDLERS) for base in bases):
        return True
    # An object of the class is what a log is made with.
    made = scope.code.made(ClassRef(scope.path, scope.function.cls))
    return any(_makes_log(other, call) for other, call in made)


def _makes_log(scope: Scope, call: ir.Call) -> bool:
    """``createLogger({ streams: [{ stream: new Sink() }] })``."""
    makers = (called.call for called in scope.calls if says("log-makers", called.name))
    return any(node is call for maker in makers for node in walk(maker))


def _is_sink(scope: Scope) -> bool:
    """``logger.add(ship)``: a function that gets each record by its name."""
    where, call = scope.code.heard(scope.path).get(scope.number, (scope, None))
    return call is not None and says("log-makers", where.name(call))


def _named(scope: Scope, called: Called) -> str:
    """The machine that a handler is given by its name: ``SysLogHandler(address=("192.0.2.1", 514))``."""
    for arg in called.call.args[:2]:
        whole = scope.set_to(arg.value)
        for each in whole.items if isinstance(whole, ir.Group) else (arg.value,):
            given = scope.constant(each) or ""
            if _is_remote(given):
                return given
    return ""


def _is_remote(given: str) -> bool:
    return WHOLE_HOST.fullmatch(given.partition(":")[0]) is not None and not says("own-machine", given)


def _logs(called: Called) -> bool:
    return says("log-calls", called.name) or says("log-calls", spelled(called.call.callee))
