"""The token by which a caller proved who it is to this server, handed on by helpers and objects to another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from driftseal.code import ir
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.observe.behaviour.base import Fact, Related
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import SELVES, below, last, text, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code

_HOLDERS: Final = frozenset({"authInfo", "auth_info", "get_access_token"})
"""What the libraries of MCP hand to a tool of whoever calls it; its ``token`` is what that one sent."""
_MAKERS: Final = ("constructor", "__init__")
_HEADER: Final = "authorization"
_MARKS: Final = ("oauth-protected-resource", "www-authenticate")
_CHECKS: Final = frozenset({"jwtVerify", "verify", "introspect", "verifyToken", "exchange", "verifyAccessToken"})
"""What looks at a token, or asks for another one in its place."""
_SETS: Final = frozenset({"set", "append", "header", "setHeader"})
_CHOICES: Final = frozenset({"or", "||", "??"})
_HOPS: Final = 2
"""Functions that hand a token on to the next."""
_Taker: TypeAlias = tuple[str, int, str, int]
"""A function or a class by its file and number, with what it is given, and the functions that may come behind it."""
_FEW: Final = 200
"""Parts of one header that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``token-passed-on``."""
    seen: set[_Taker] = set()
    for scope in code.scopes:
        asked = (scope, *(helper for _, helper in scope.helped))
        if not any("token" in each.words and not _HOLDERS.isdisjoint(each.words) for each in asked):
            continue
        yield from _facts(scope, lambda node, here=scope: _is_token(here, node), (scope, scope.function.line))  # type: ignore[misc]
        for called in scope.calls:
            for place, arg in enumerate(called.call.args):
                if _is_token(scope, arg.value):
                    yield from _handed(scope, called.call, arg.name or place, seen)
    yield from _sent(code, seen)


def _sent(code: Code, seen: set[_Taker]) -> Iterator[Fact]:
    """The same of servers that say they are protected, take any token there is, and keep it beside the request."""
    # Few keep a token: whether it is looked at somewhere need not be asked of the others.
    kept = frozenset(name for scope in code.scopes for name in _kept(scope))
    looked_at = kept and any(not scope.words.isdisjoint(_CHECKS) for scope in code.scopes)
    if not kept or looked_at or not any(_protects(scope) for scope in code.scopes):
        return
    for scope in code.scopes:
        if kept.isdisjoint(scope.words):
            continue
        yield from _facts(scope, lambda node: _is_member(node, kept), (scope, scope.function.line))
        for called in scope.calls:
            for place, arg in enumerate(called.call.args):
                if _is_member(arg.value, kept):
                    yield from _handed(scope, called.call, arg.name or place, seen)


def _protects(scope: Scope) -> bool:
    """Whether callers are told which tokens they need: RFC 6750 and RFC 9728."""
    return any(mark in str(each.value).lower() for each in scope.constants for mark in _MARKS)


def _kept(scope: Scope) -> Iterator[str]:
    """Members in which the token of a request is kept for whoever comes after: ``req.token = match[1]``."""
    if _HEADER not in scope.words and _HEADER not in scope.keys:
        return
    for node in scope.of(ir.Assign):
        for target in node.targets:
            if isinstance(target, ir.Attr) and _comes_of_header(scope, node.value):
                yield target.name


def _comes_of_header(scope: Scope, value: ir.Expr) -> bool:
    names = {node.id for node in walk(value) if isinstance(node, ir.Name)}
    # ``const [scheme, token] = req.headers.authorization.split(" ")``
    made = (node for node in scope.of(ir.Assign) if names.intersection(_bound(node)))
    return any(_is_header(node) for each in (value, *(node.value for node in made)) for node in walk(each))


def _bound(node: ir.Assign) -> Iterator[str]:
    for target in node.targets:
        items = target.items if isinstance(target, ir.Group) else (target,)
        yield from (each.id for each in items if isinstance(each, ir.Name))


def _is_header(node: Any) -> bool:
    name = node.name if isinstance(node, ir.Attr) else text(node.key) if isinstance(node, ir.Index) else ""
    return name.lower() == _HEADER


def _is_member(node: Any, names: frozenset[str]) -> bool:
    return isinstance(node, ir.Attr) and node.name in names


def _is_token(scope: Scope, node: Any, hops: int = 1) -> bool:
    while isinstance(node, ir.Binary) and node.op in _CHOICES:
        node = node.left
    if isinstance(node, ir.Name) and node.id in scope.assigned:
        node = scope.assigned[node.id]
    if isinstance(node, ir.Unary):
        node = node.value
    if isinstance(node, ir.Call):
        helper = scope.helper(node) if hops else None
        return helper is not None and _gives_token(helper)
    if not isinstance(node, ir.Attr) or node.name != "token":
        return False
    held = scope.set_to(node.value) if isinstance(node.value, ir.Name) else node.value
    held = held.callee if isinstance(held, ir.Call) else held
    return last(node.value) in _HOLDERS or last(held) in _HOLDERS


@once
def _gives_token(helper: Scope) -> bool:
    """Whether a function gives back the token of a caller as it is."""
    back = helper.of(ir.Return) if "token" in helper.words else ()
    return any(_is_token(helper, each.value, 0) for each in back)


def _handed(scope: Scope, call: ir.Call, place: int | str, seen: set[_Taker], hops: int = _HOPS) -> Iterator[Fact]:
    """Where a function, or an object that is made, sends on what it is given at one place, each looked at once."""
    helper = scope.helper(call)
    if helper is not None:
        name = _parameter(helper.function, place)
        taker = helper.path, helper.number, name, hops
        if taker in seen:
            return
        seen.add(taker)
        for called in helper.calls if name and hops else ():
            for at, arg in enumerate(called.call.args):
                if isinstance(arg.value, ir.Name) and arg.value.id == name:
                    yield from _handed(helper, called.call, arg.name or at, seen, hops - 1)
        if name:
            yield from _facts(helper, lambda node: isinstance(node, ir.Name) and node.id == name, (scope, call.line))
        return
    cls = scope.code.project.resolve(scope.path, call.callee)
    if not isinstance(cls, ClassRef):
        return
    ref = next((ref for name in _MAKERS if (ref := scope.code.project.method(cls, name)) is not None), None)
    maker = scope.code.scope(ref) if isinstance(ref, FunctionRef) else None
    name = _parameter(maker.function, place) if maker is not None else ""
    taker = cls.path, -1 - cls.number, name, 0
    if taker in seen:
        return
    seen.add(taker)
    fields = set(_fields(maker, name)) if maker is not None and name else set()
    for method in scope.code.methods(cls.path, cls.number) if fields else ():
        yield from _facts(method, lambda node: _is_field(node, fields), (scope, call.line))


def _parameter(function: ir.Function, place: int | str) -> str:
    params = [param.name for param in function.params if param.name not in SELVES]
    if isinstance(place, str):
        return place if place in params else ""
    return params[place] if place < len(params) else ""


def _fields(maker: Scope, name: str) -> Iterator[str]:
    """Fields of an object that what makes it sets to what it is given."""
    for node in maker.of(ir.Assign):
        if isinstance(node.value, ir.Name) and node.value.id == name:
            yield from (each.name for each in node.targets if isinstance(each, ir.Attr) and last(each.value) in SELVES)


def _is_field(node: Any, fields: set[str]) -> bool:
    return isinstance(node, ir.Attr) and node.name in fields and last(node.value) in SELVES


def _facts(scope: Scope, is_token: Callable[[Any], bool], given: tuple[Scope, int]) -> Iterator[Fact]:
    # What is asked within the same process goes to nobody else.
    for value, at in _headers(scope) if _asks_others(scope) else ():
        if _holds(scope, value, is_token):
            place = Related(given[0].path, given[1], "handed on here")
            yield Fact("token-passed-on", scope.path, at, "a header of a request", (place,))


@once
def _asks_others(scope: Scope) -> bool:
    """Whether anything in the file asks another machine."""
    return any(leaving(each) for each in scope.code.of_file(scope.path))


def _headers(scope: Scope) -> Iterator[tuple[ir.Expr, int]]:
    """What a request is given to prove who asks."""
    for node in scope.of(ir.Mapping):
        yield from ((entry.value, entry.value.line) for entry in node.entries if text(entry.key).lower() == _HEADER)
    for called in scope.calls:
        args = called.call.args
        if len(args) > 1 and last(called.call.callee) in _SETS and text(args[0].value).lower() == _HEADER:
            yield args[1].value, called.call.line


def _holds(scope: Scope, value: ir.Expr, is_token: Callable[[Any], bool]) -> bool:
    """Whether a token is part of a text as it is; what a call gives for it is another one."""
    waiting: list[Any] = [value]
    for _ in range(_FEW):
        if not waiting:
            return False
        node = waiting.pop()
        if is_token(node):
            return True
        if isinstance(node, ir.Name) and isinstance(
            scope.assigned.get(node.id), (ir.Text, ir.Name, ir.Attr, ir.Binary)
        ):
            waiting.append(scope.assigned[node.id])
        elif isinstance(node, ir.Call) and _gives_back(scope, node):
            waiting += (arg.value for arg in node.args)
        elif isinstance(node, ir.Call):
            waiting += (arg.value for arg in node.args if says("carriers", scope.name(node)))
        elif not isinstance(node, (ir.Closure, ir.Attr)):
            waiting += below(node)
    return False


def _gives_back(scope: Scope, call: ir.Call) -> bool:
    """Whether a function does nothing but give back what it is given."""
    helper = scope.helper(call)
    body = helper.function.body if helper is not None else ()
    only = body[0] if len(body) == 1 else None
    names = {param.name for param in helper.function.params} - SELVES if helper is not None else set()
    return isinstance(only, ir.Return) and isinstance(only.value, ir.Name) and only.value.id in names
