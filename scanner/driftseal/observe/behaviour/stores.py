"""Lists, streams, fields and files in which a program keeps what it is given, until it sends it on to a fixed host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere, ignored, unanswered
from driftseal.observe.behaviour.chains import chains, names
from driftseal.observe.behaviour.consent import asked_for
from driftseal.observe.behaviour.handed import parameters, standing_for
from driftseal.observe.behaviour.nodes import SELVES, last, walk
from driftseal.observe.behaviour.outlets import leaves, leaving
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_KEEPERS: Final = frozenset(
    {"append", "push", "extend", "unshift", "add", "set", "put", "write", "enqueue", "appendleft", "put_nowait"}
)
_SENT: Final = 4
"""Calls of one helper by which it sends something."""
_READERS: Final = frozenset({"open", "read_text", "read_bytes", "readFile", "readFileSync", "createReadStream"})
_OF_PATHS: Final = frozenset({"write_text", "write_bytes"})
_WRITERS: Final = _OF_PATHS | {"appendFile", "appendFileSync", "writeFile", "writeFileSync"}
_PATHS: Final = (ir.Call, ir.Binary, ir.Text, ir.Const)
_TAKERS: Final = frozenset({"get", "get_nowait", "popleft", "pop", "shift"})


class Place(NamedTuple):
    """A name at the top of a file, or a field of a class."""

    path: str
    cls: int
    name: str


class Outlet(NamedTuple):
    """Where what is kept in a place goes in the end."""

    host: str
    path: str
    line: int
    unheard: bool
    """Whether nobody takes the answer there, nor a failure."""
    batched: bool = False
    """Whether a helper sends it, as statistics of a program's own are sent: it counts what stands around a tool."""


def stores(code: Code) -> Mapping[Place, Outlet]:
    """The places of a project whose content is sent to a fixed host, by a call whose answer nobody takes."""
    if code.stores is None:
        code.stores = {}
        for scope in code.scopes:
            for called in scope.calls if leaving(scope) or "pipe" in scope.words else ():
                for place, outlet in _emptied(scope, called):
                    code.stores.setdefault(place, outlet)
            for place, outlet in _handed_over(scope):
                code.stores.setdefault(place, outlet)
        if code.stores:
            _mark_apart(code, code.stores)
    return code.stores


def _mark_apart(code: Code, known: dict[Place, Outlet]) -> None:
    """Nobody hears of a failure either in what goes on by itself: in a thread of its own, by a timer."""
    starting = ((scope, called) for scope in code.scopes for called in scope.by_others)
    apart = [helper for scope, called in starting if (helper := scope.helper(called.call)) is not None]
    lines = {(helper.path, each.call.line) for helper in apart for each in leaving(helper)}
    for place, outlet in known.items():
        if (outlet.path, outlet.line) in lines:
            known[place] = outlet._replace(unheard=True)


def kept(scope: Scope) -> Iterator[tuple[Outlet, int, list[ir.Expr]]]:
    """What a function puts into such a place: where it goes, the line, and the values."""
    known = stores(scope.code)
    if not known or asked_for(scope):
        return
    for called in scope.calls:
        callee = called.call.callee
        if isinstance(callee, ir.Attr) and callee.name in _KEEPERS and called.call.args:
            place = _place(scope, callee.value)
            if place is not None and place in known:
                yield known[place], called.call.line, [arg.value for arg in called.call.args]
        place, values = _filed(scope, called)
        if place is not None and values and place in known:
            yield known[place], called.call.line, values
    for node in scope.of(ir.Assign) if scope.number else ():
        for target in node.targets:
            place = _place(scope, target)
            if place is not None and place in known and not isinstance(node.value, (ir.Const, ir.Closure)):
                yield known[place], node.line, [node.value]


def _emptied(scope: Scope, called: Called) -> Iterator[tuple[Place, Outlet]]:
    """The places that a call sends away: as an argument, or as a stream that runs into a request."""
    callee = called.call.callee
    given = [arg.value for arg in called.call.args]
    if isinstance(callee, ir.Attr) and callee.name == "pipe" and given:
        request = _made(scope, given[0])
        host = elsewhere(scope, request) if request is not None else ""
        place = _place(scope, callee.value)
        if host and place is not None:
            yield place, Outlet(host, scope.path, called.call.line, unheard=True)
        return
    if not given or not leaves(scope, called) or id(called.call) not in unanswered(scope) or asked_for(scope):
        return
    host = elsewhere(scope, called)
    if host:
        outlet = Outlet(host, scope.path, called.call.line, id(called.call) in ignored(scope))
        taken = (_taken_from(scope, value) for value in _values(scope, given))
        files = (_file(scope, node) for node in _values(scope, given))
        for place in (*taken, *files, *(_named(scope, chain) for chain in chains(scope, given))):
            if place is not None:
                yield place, outlet


def _handed_over(scope: Scope) -> Iterator[tuple[Place, Outlet]]:
    """The places whose content a helper is given that sends it away: ``flush(batch)``."""
    for called, helper in scope.helped:
        for sent in leaving(helper)[:_SENT] if not asked_for(helper) else ():
            host = elsewhere(helper, sent) if id(sent.call) in unanswered(helper) else ""
            own = parameters(helper) & names(helper, [arg.value for arg in sent.call.args]) if host else frozenset()
            for chain in chains(scope, standing_for(called.call, helper, own)) if own else ():
                place = _named(scope, chain)
                if place is not None:
                    unheard = id(sent.call) in ignored(helper)
                    yield place, Outlet(host, helper.path, sent.call.line, unheard, batched=True)


def _values(scope: Scope, given: list[ir.Expr]) -> Iterator[Any]:
    """What is sent, and what the names in it are set to, also by way of a request that is made ready first."""
    for node in (each for value in given for each in walk(value)):
        yield node
        if isinstance(node, ir.Name) and node.id in scope.assigned:
            yield from walk(scope.assigned[node.id])
    for name in sorted(names(scope, given) & scope.assigned.keys()):
        yield scope.assigned[name]


def _taken_from(scope: Scope, node: Any) -> Place | None:
    """The queue that a value is taken out of: ``queue.get()``."""
    taken = isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _TAKERS
    return _place(scope, node.callee.value) if taken else None


def _file(scope: Scope, node: Any) -> Place | None:
    """The file that a call reads or opens, by a name at the top: ``SPOOL.read_bytes()``, ``readFileSync(SPOOL)``."""
    if not isinstance(node, ir.Call) or last(node.callee) not in _READERS:
        return None
    given = [arg.value for arg in node.args[:1]]
    given += [node.callee.value] if isinstance(node.callee, ir.Attr) else []
    names = [each.id for each in given if isinstance(each, ir.Name)]
    top = scope.code.top(scope.path)
    return next((Place(scope.path, -1, name) for name in names if isinstance(top.get(name), _PATHS)), None)


def _filed(scope: Scope, called: Called) -> tuple[Place | None, list[ir.Expr]]:
    """The file into which a call writes, and what."""
    node, callee = called.call, called.call.callee
    given = [arg.value for arg in node.args]
    if last(callee) in _WRITERS and given:
        into = callee.value if isinstance(callee, ir.Attr) and last(callee) in _OF_PATHS else given.pop(0)
        top = scope.code.top(scope.path)
        named = isinstance(into, ir.Name) and isinstance(top.get(into.id), _PATHS)
        return (Place(scope.path, -1, into.id) if named and isinstance(into, ir.Name) else None), given
    if last(callee) in {"write", "writelines"} and isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name):
        return _file(scope, scope.assigned.get(callee.value.id)), given
    return None, []


def _made(scope: Scope, expr: ir.Expr) -> Called | None:
    """The request that a name stands for."""
    made = scope.set_to(expr)
    called = scope.by_call.get(id(made))
    return called if called is not None and leaves(scope, called) else None


def _place(scope: Scope, expr: Any) -> Place | None:
    chain: list[str] = []
    while isinstance(expr, (ir.Attr, ir.Index)):
        chain.append(expr.name if isinstance(expr, ir.Attr) else "?")
        expr = expr.value
    return _named(scope, [expr.id, *reversed(chain)]) if isinstance(expr, ir.Name) else None


def _named(scope: Scope, chain: list[str]) -> Place | None:
    first, *rest = chain
    if first in SELVES and rest and scope.function.cls >= 0:
        return Place(scope.path, scope.function.cls, rest[0])
    if first in scope.code.top(scope.path) and _holds(scope.code.top(scope.path)[first]):
        return Place(scope.path, -1, first)
    return None


def _holds(value: ir.Expr) -> bool:
    """Whether a value may be added to: a list, a table, an object that is made; no constant, and no function."""
    return isinstance(value, (ir.Group, ir.Mapping, ir.Call))
