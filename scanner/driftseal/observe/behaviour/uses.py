"""What is read from a file of keys so that it can be used: as the address of a request, or by a client made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.addressees import TRIMS, addresses
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.handed import parameters, standing_for
from driftseal.observe.behaviour.outlets import goes_out, leaves, leaving
from driftseal.observe.behaviour.scopes import Called, Scope, once

_SCHEMES: Final = ("http://", "https://", "ws://", "wss://", "")
_STEPS: Final = 12
"""Names, pieces and trimmings between a request and what its address begins with."""
_FOLDERS: Final = frozenset({"dirname", "basename", "extname", "parse"})
"""Calls that tell of a path where it leads, which is nothing of what the file holds."""
_READERS: Final = frozenset(
    {"readFile", "readFileSync", "readTextFile", "createReadStream", "openAsBlob", "readdir", "readdirSync"}
    | {"open", "openSync", "read_text", "read_bytes", "iterdir", "glob", "rglob", "walk", "listdir", "scandir"}
)
_ASKS: Final = frozenset({"get", "getenv", "has"})
_ROUNDS: Final = 2
"""Times that a function is gone through, for what a loop hands back."""
_HELPERS: Final = 8
"""Helpers of a helper that are looked into."""


def only_used(scope: Scope, flow: Flow, called: Called) -> bool:
    """Whether what a request is given of a file says where it goes, as settings do, or is the client that makes it.

    Who steals what a file says sends it to a place of their own.
    """
    helper = scope.helper(called.call)
    if helper is None:
        return _addressed(scope, called, lambda expr: flow.line(expr) is not None)
    handed = frozenset(name for name in parameters(helper) if _given(called.call, helper, name, flow))
    known = _used_in(helper)
    if handed not in known:
        known[handed] = bool(handed) and _uses(helper, set(handed), 1)
    return known[handed]


@once
def _used_in(helper: Scope) -> dict[frozenset[str], bool]:  # noqa: ARG001  # kept with it
    """Whether a function uses what it is handed as these parameters and no more, as far as that was asked."""
    return {}


def only_asked(scope: Scope, flow: Flow, called: Called) -> bool:
    """Whether a helper that is handed all of the environment asks it for single variables and does no more with it."""
    helper = scope.helper(called.call)
    handed = {name for name in parameters(helper) if _given(called.call, helper, name, flow)} if helper else set()
    return helper is not None and bool(handed) and _asks(helper, handed)


def only_told(scope: Scope, flow: Flow, called: Called) -> bool:
    """Whether a helper that reads no files is told where one lies: ``report("made", {path: dirname(settings)})``."""
    helper = scope.helper(called.call)
    if helper is None or not _READERS.isdisjoint(helper.lasts):
        return False
    given = [value for arg in called.call.args for value in _entries(arg.value) if flow.line(value) is not None]
    made = [scope.set_to(value) for value in given]
    return bool(made) and all(type(each) is ir.Call and nodes.last(each.callee) in _FOLDERS for each in made)


def kept_here(scope: Scope, flow: Flow, called: Called) -> bool:
    """Whether a helper keeps to itself what it is handed, and tells others of other things: ``report("copied")``."""
    helper = scope.helper(called.call)
    # What a function inside it is called with, nobody sees here.
    if helper is None or leaves(scope, called) or helper.of(ir.Closure):
        return False
    handed = frozenset(name for name in parameters(helper) if _given(called.call, helper, name, flow))
    known = _kept_in(helper)
    if handed not in known:
        known[handed] = bool(handed) and _keeps(helper, set(handed))
    return known[handed]


@once
def _kept_in(helper: Scope) -> dict[frozenset[str], bool]:  # noqa: ARG001  # kept with it
    """Whether a function keeps to itself what it is handed as these parameters, as far as that was asked."""
    return {}


def _keeps(helper: Scope, handed: set[str]) -> bool:
    for _ in range(_ROUNDS):
        handed = _put_into(helper, _made_of(helper, handed))
    out = [each for each in helper.calls if goes_out(helper, each)]
    return bool(out) and not any(_speaks_of(each.call, handed) for each in out)


def _put_into(scope: Scope, handed: set[str]) -> set[str]:
    """These names and those of what such a value is put into: ``form.append("file", data)``, ``body.text = data``."""
    found = set(handed)
    for called in scope.calls:
        root = _root(called)
        if root and any(_speaks_of(arg.value, found) for arg in called.call.args):
            found.add(root)
    bound: list[tuple[tuple[ir.Expr, ...], ir.Expr]] = [(node.targets, node.value) for node in scope.of(ir.Assign)]
    bound += [(loop.targets, loop.source) for loop in scope.of(ir.Loop) if loop.source is not None]
    for targets, value in bound:
        if _speaks_of(value, found):
            found |= {each.id for target in targets for each in nodes.walk(target) if type(each) is ir.Name}
    return found


def _entries(value: ir.Expr) -> list[ir.Expr]:
    return [each.value for each in value.entries] if isinstance(value, ir.Mapping) else [value]


def _asks(scope: Scope, handed: set[str]) -> bool:
    bases = {id(node.value) for node in scope.of(ir.Index)}
    for node in scope.of(ir.Attr):
        bases |= {id(node.value)}
    for call in scope.of(ir.Call):
        # ``env.copy()`` and ``env.items()`` are all of it.
        if isinstance(call.callee, ir.Attr) and call.callee.name not in _ASKS:
            bases -= {id(call.callee.value)}
    bases |= {id(node.right) for node in scope.of(ir.Binary) if node.op in {"in", "not in"}}
    return all(id(node) in bases for node in scope.of(ir.Name) if node.id in handed)


def _given(call: ir.Call, helper: Scope, name: str, flow: Flow) -> bool:
    return any(flow.line(arg) is not None for arg in standing_for(call, helper, {name}))


def _uses(scope: Scope, handed: set[str], hops: int) -> bool:
    """Whether every request of a function goes where these parameters say, or is made by one of them."""
    asked, handed = 0, _made_of(scope, handed)
    for called in leaving(scope):
        asked += 1
        if not _addressed(scope, called, lambda expr: _speaks_of(expr, handed)) and _root(called) not in handed:
            return False
    for called, helper in list(scope.helped)[:_HELPERS] if hops else ():
        inner = {
            name
            for name in parameters(helper)
            if any(_speaks_of(arg, handed) for arg in standing_for(called.call, helper, {name}))
        }
        if inner and leaving(helper):
            asked += 1
            if not _uses(helper, inner, hops - 1):
                return False
    return asked > 0


def _made_of(scope: Scope, handed: set[str]) -> set[str]:
    """These names and those of what is made of them."""
    found = set(handed)
    for node in scope.of(ir.Assign):
        if _speaks_of(node.value, found):
            found |= {target.id for target in node.targets if isinstance(target, ir.Name)}
    return found


def _root(called: Called) -> str:
    """The variable that a method is called on."""
    on = called.call.callee
    while isinstance(on, (ir.Attr, ir.Index)):
        on = on.value
    return on.id if isinstance(on, ir.Name) and on is not called.call.callee else ""


def _speaks_of(expr: Any, names: set[str]) -> bool:
    return any(type(node) is ir.Name and node.id in names for node in nodes.walk(expr))


def _addressed(scope: Scope, called: Called, carries: Callable[[Any], bool]) -> bool:
    if "ssrf" not in scope.kinds(called):
        return False
    given = (each for each in addresses(called.call) if not isinstance(each, ir.Mapping))
    return any(carries(part) for each in given for part in _beginning(scope, each))


def _beginning(scope: Scope, expr: Any) -> Iterator[Any]:
    """What an address begins with, behind its scheme, and what that was made of."""
    for _ in range(_STEPS):
        if not isinstance(expr, (ir.Text, ir.Binary)):
            yield expr
        if isinstance(expr, ir.Text):
            expr = _host(scope, expr)
        elif isinstance(expr, ir.Binary) and expr.op == "+":
            expr = expr.left if scope.constant(expr.left) not in _SCHEMES else expr.right
        elif isinstance(expr, ir.Call):
            trimmed = isinstance(expr.callee, ir.Attr) and (expr.callee.name in TRIMS or not expr.args)
            expr = expr.callee.value if trimmed and isinstance(expr.callee, ir.Attr) else _first(expr)
        else:
            known = scope.set_to(expr)
            expr = None if known is expr else known
        if expr is None:
            return


def _first(call: ir.Call) -> ir.Expr | None:
    return call.args[0].value if call.args else None


def _host(scope: Scope, text: ir.Text) -> ir.Expr | None:
    """What stands in a text where the host of an address does; None where that is fixed."""
    parts = list(text.parts)
    if len(parts) > 1 and (scope.constant(parts[1]) or "").startswith("://"):
        parts = parts[1:] if scope.constant(parts[1]) != "://" else parts[2:]
    while parts and scope.constant(parts[0]) in _SCHEMES:
        parts = parts[1:]
    return parts[0] if parts and scope.constant(parts[0]) is None else None
