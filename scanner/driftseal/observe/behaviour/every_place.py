"""One payload for each of several places, of which the user named some and the source one more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.hosts import address
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import SELVES, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.recipients import payload
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_EACH: Final = frozenset({"map", "forEach", "flatMap"})
_ONE_IS_ENOUGH: Final = frozenset({"Promise.any", "Promise.race"})
_LOOPS: Final = 8
"""Loops of a function over such places that are looked at."""
_PLACES: Final = 16


def find(code: Code) -> Iterator[Fact]:
    """``payload-copied``, of a list."""
    for scope in code.scopes:
        sent = {id(called.call): called for called in leaving(scope) if called.call.args}
        for names, source, body in islice(rounds(scope), _LOOPS) if sent else ():
            where = _stranger(scope, source)
            inside = list(walk(body)) if where else []
            # Whoever stops at the first that answers tries one after the other.
            if any(isinstance(node, (ir.Return, ir.Leave)) for node in inside):
                continue
            for node in inside:
                called = sent.get(id(node)) if isinstance(node, ir.Call) else None
                goes = called is not None and any(
                    isinstance(each, ir.Name) and each.id in names for each in walk(called.call.args[0].value)
                )
                if called is not None and goes and payload(called) - names:
                    yield scope.fact("payload-copied", called.call.line, f"{called.name} to {where}, one of several")
                    break


def rounds(scope: Scope) -> Iterator[tuple[frozenset[str], ir.Expr, Any]]:
    """What goes through a list to its end: the names of one item, the list, and what is done with each."""
    for loop in scope.of(ir.Loop):
        if loop.source is not None:
            yield _bound(loop.targets), loop.source, loop.body
    for each in scope.of(ir.Comprehension):
        if len(each.sources) == 1:
            yield _bound(each.targets), each.sources[0], each.element
    enough = {id(arg.value) for call in scope.of(ir.Call) if scope.name(call) in _ONE_IS_ENOUGH for arg in call.args}
    for call in scope.of(ir.Call):
        on = call.callee.value if isinstance(call.callee, ir.Attr) and call.callee.name in _EACH else None
        taken = call.args[0].value if on is not None and call.args and id(call) not in enough else None
        if on is not None and isinstance(taken, ir.Closure):
            function = scope.module.functions[taken.function]
            # What an arrow gives back is no end of the loop.
            body = [each.value if isinstance(each, ir.Return) else each for each in function.body]
            yield frozenset(param.name for param in function.params[:1]), on, tuple(each for each in body if each)


def _bound(targets: tuple[ir.Expr, ...]) -> frozenset[str]:
    return frozenset(node.id for target in targets for node in walk(target) if isinstance(node, ir.Name))


def _stranger(scope: Scope, source: ir.Expr) -> str:
    """The host that stands in the source, of a list whose other places are told from outside; empty for any other."""
    where, listed = scope, scope.set_to(source)
    own = isinstance(source, ir.Attr) and isinstance(source.value, ir.Name) and source.value.id in SELVES
    if own and isinstance(source, ir.Attr):
        known = scope.code.field(scope.path, scope.function.cls, source.name)
        where, listed = known if known is not None else (scope, source)
    items = [*items_of(where, listed)][:_PLACES]
    hosts = [address(owner, item) for owner, item in items]
    told = any(not host and owner.constant(item) is None for host, (owner, item) in zip(hosts, items, strict=True))
    return next((host for host in hosts if told and host and not says("own-machine", host)), "")


def items_of(scope: Scope, listed: Any) -> Iterator[tuple[Scope, ir.Expr]]:
    """The places of a list, also those that a helper adds to it."""
    for item in listed.items if isinstance(listed, ir.Group) else ():
        spread = item.value if isinstance(item, ir.Unary) and item.op == "*" else None
        helper = scope.helper(spread) if isinstance(spread, ir.Call) else None
        if helper is not None:
            for given in helper.of(ir.Return):
                yield from ((helper, each) for each in (given.value.items if isinstance(given.value, ir.Group) else ()))
        elif spread is not None:
            whole = scope.set_to(spread)
            yield from ((scope, each) for each in (whole.items if isinstance(whole, ir.Group) else (item,)))
        else:
            yield scope, item
