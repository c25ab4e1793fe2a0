"""Lists of origins with holes: more pages than are named read answers, with the cookies of who looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import askers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code
from driftseal.observe.taint import patterns

_FACT: Final = "open-cors-with-credentials"
_ORIGINS: Final = frozenset(
    {"origin", "AllowOriginFunc", "AllowOriginRequestFunc", "allow_origin_regex", "SetIsOriginAllowed"}
    | {"allowedOriginPatterns", "setAllowedOriginPatterns", "addAllowedOriginPattern"}
)
"""Where it is said which origins are let in, by a pattern, a function or a list."""
_CREDENTIALS: Final = frozenset(
    {"credentials", "AllowCredentials", "allow_credentials", "allowCredentials", "setAllowCredentials"}
)
_ALLOW: Final = "access-control-allow-origin"
_WITH: Final = "access-control-allow-credentials"
_ENDS: Final = frozenset({"endsWith", "HasSuffix", "EndsWith", "endswith"})
_BEGINS: Final = frozenset({"startsWith", "HasPrefix", "StartsWith", "startswith"})
_HOLDS: Final = frozenset({"includes", "Contains", "contains", "indexOf"})
_TRIES: Final = frozenset({"test", "match", "MatchString", "IsMatch", "matches"})
_READS: Final = frozenset({"get", "Get", "header", "getHeader", "Header"})
_CHAIN: Final = 12
"""Calls in a row that say one policy."""
_NAMES: Final = 16
"""Variables of one function that hold the origin which may read an answer."""
_EVERY: Final = "any origin that asks"


def find(code: Code) -> Iterator[Fact]:
    """``open-cors-with-credentials``, where a pattern or a test lets more origins in than it names."""
    for scope in code.scopes:
        credited = not _CREDENTIALS.isdisjoint(scope.keys | scope.words)
        for origins, line in _policies(scope) if credited else ():
            yield from _told(scope, _lax(scope, origins), line)
        known: dict[str, str] = {}
        for line, value in _headers(scope):
            name = value.id if isinstance(value, ir.Name) else ""
            if name not in known and len(known) < _NAMES:
                known[name] = _answered(scope, name)
            # What is no variable is looked at by itself: it may be the header, or a constant.
            yield from _told(scope, known.get(name, "") if name or asking(value) else "", line)


def _told(scope: Scope, why: str, line: int) -> Iterator[Fact]:
    # Who lets everybody in may have nothing to hide; a list shows that some are to be kept out.
    if why and (why != _EVERY or (_cookies(scope.code) and askers.known(scope.code))):
        yield scope.fact(_FACT, line, f"credentials for {why}")


def _cookies(code: Code) -> bool:
    """Whether cookies are spoken of anywhere: a token in a header of its own is sent by no browser unasked."""
    return any("cookie" in word.lower() for scope in code.scopes for word in scope.words | scope.keys)


def _policies(scope: Scope) -> Iterator[tuple[ir.Expr, int]]:
    """What is said of origins where credentials are let through with them."""
    for node in scope.of(ir.Mapping):
        named = {text(entry.key): entry.value for entry in node.entries}
        if any(_true(named[name]) for name in named.keys() & _CREDENTIALS):
            yield from ((named[name], named[name].line) for name in named.keys() & _ORIGINS)
    for called in scope.calls:
        named = {arg.name: arg.value for arg in called.call.args if arg.name}
        if any(_true(named[name]) for name in named.keys() & _CREDENTIALS):
            yield from ((named[name], called.call.line) for name in named.keys() & _ORIGINS)
        if last(called.call.callee) in _CREDENTIALS | _ORIGINS:
            yield from _chained(called.call)


def _chained(call: ir.Call) -> Iterator[tuple[ir.Expr, int]]:
    """``policy.SetIsOriginAllowed(…).AllowAnyHeader().AllowCredentials()``."""
    found, credited = list[tuple[ir.Expr, int]](), False
    at: Any = call
    for _ in range(_CHAIN):
        if not isinstance(at, ir.Call) or not isinstance(at.callee, ir.Attr):
            break
        if at.callee.name in _ORIGINS:
            found += [(arg.value, call.line) for arg in at.args]
        if at.callee.name in _CREDENTIALS:
            credited = not at.args or _true(at.args[0].value)
        at = at.callee.value
    if credited:
        yield from found


def _true(value: ir.Expr) -> bool:
    return isinstance(value, ir.Const) and value.value is True


def _lax(scope: Scope, origins: ir.Expr) -> str:
    """How more origins get in than are named; empty where nobody can say that any does."""
    known = scope.set_to(origins)
    if isinstance(known, ir.Group):
        return next(filter(None, (_lax(scope, each) for each in known.items)), "")
    if isinstance(known, ir.Closure):
        function = scope.module.functions[known.function]
        given = frozenset(param.name for param in function.params[:1])
        return _tested(scope, function.body, given) or (_EVERY if _always(function) else "")
    return _pattern(scope, known)


def _pattern(scope: Scope, expr: Any) -> str:
    """A pattern with a hole; texts are none, except in Python, which tries them on the whole of an origin."""
    if isinstance(expr, ir.Call) and last(expr.callee) in {"RegExp", "compile", "MustCompile", "Regex"} and expr.args:
        written, whole = text(expr.args[0].value), False
    else:
        written, whole = text(scope.set_to(expr)), scope.module.language == "python"
        if not whole and not written.startswith("/"):
            return ""
    return f"origins that match {written}" if written and patterns.lets_other_origins(written, whole=whole) else ""


def _always(function: ir.Function) -> bool:
    """Whether a function lets in whoever asks: ``() => true``, ``(origin, done) => done(null, true)``."""
    only = function.body[0] if len(function.body) == 1 else None
    value = only.value if isinstance(only, (ir.Return, ir.Do)) else None
    names = [param.name for param in function.params]
    if isinstance(value, ir.Call) and isinstance(value.callee, ir.Name) and value.callee.id in names[1:]:
        value = value.args[-1].value if value.args else None
    if isinstance(value, ir.Binary) and value.op in {"or", "??"}:
        value = value.left  # ``done(null, origin || own)``: a page always has an origin.
    return _true(value) if isinstance(value, ir.Const) else isinstance(value, ir.Name) and value.id in names[:1]


def _tested(scope: Scope, body: Any, given: frozenset[str]) -> str:
    """The first test of an origin, or of a part of one, that lets others pass."""
    nodes = list(_inside(scope, body))
    for node in nodes:
        if isinstance(node, ir.Assign) and not given.isdisjoint(_names(node.value)):
            given |= {target.id for target in node.targets if isinstance(target, ir.Name)}
    return next(filter(None, (_hole(scope, node, given) for node in nodes if isinstance(node, ir.Call))), "")


def _inside(scope: Scope, body: Any) -> Iterator[Any]:
    for node in walk(body):
        yield node
        if isinstance(node, ir.Closure):
            yield from walk(scope.module.functions[node.function].body)


def _names(expr: Any) -> set[str]:
    return {node.id for node in walk(expr) if isinstance(node, ir.Name)}


def _hole(scope: Scope, call: ir.Call, given: frozenset[str]) -> str:
    """What a test of an origin lets pass beside what it names."""
    callee, args = call.callee, [arg.value for arg in call.args]
    if not isinstance(callee, ir.Attr) or not args:
        return ""
    if callee.name in _TRIES:
        sides = (callee.value, args[0]) if given & _names(args[0]) else (args[0], callee.value)
        return _pattern(scope, sides[0]) if given & _names(sides[1]) else ""
    # ``strings.HasSuffix(origin, end)`` or ``origin.endsWith(end)``
    subject, part = (args[0], args[1]) if len(args) > 1 else (callee.value, args[0])
    if given.isdisjoint(_names(subject)):
        return ""
    const = text(scope.set_to(part)) if not isinstance(part, ir.Name) or part.id not in given else ""
    return next(
        (f"origins that {how} {const}".rstrip() for names, how, bad in _TESTS if callee.name in names and bad(const)),
        "",
    )


_TESTS: Final[tuple[tuple[frozenset[str], str, Callable[[str], bool]], ...]] = (
    (_ENDS, "end in", lambda part: bool(part) and not part.startswith(".") and "://" not in part),
    (_BEGINS, "begin with", lambda part: not part.endswith(("/", ":")) and (not part or "." in part)),
    (_HOLDS, "hold", lambda part: "." in part),
)
"""Tests of texts, how they are told, and the part that leaves a hole; a part that nobody knows is empty."""


@once
def _credited(scope: Scope) -> bool:
    """Whether answers say that they may be read together with cookies."""
    for called in scope.calls:
        given = [arg.value for arg in called.call.args[-2:]]
        if len(given) > 1 and text(given[0]).lower() == _WITH and str(getattr(given[1], "value", "")).lower() == "true":
            return True
    return False


def _headers(scope: Scope) -> Iterator[tuple[int, ir.Expr]]:
    """Where the origin that may read an answer is set by hand, and to what."""
    if not any(str(each.value).lower() == _ALLOW for each in scope.constants):
        return
    for called in scope.calls if _credited(scope) else ():
        given = [arg.value for arg in called.call.args[-2:]]
        if len(given) > 1 and text(given[0]).lower() == _ALLOW:
            yield called.call.line, given[1]
    for node in scope.of(ir.Mapping):
        named = {text(entry.key).lower(): entry.value for entry in node.entries}
        if _ALLOW in named and _WITH in named and str(getattr(named[_WITH], "value", "")).lower() == "true":
            yield named[_ALLOW].line, named[_ALLOW]


def _answered(scope: Scope, name: str) -> str:
    """How more origins get in than are named, where the one that asks is told back to it.

    By a variable, or as it was read where there is no name for it.
    """
    if name and not asking(scope.set_to(ir.Name(name, 0))):
        return ""
    given = frozenset({name} - {""})
    tests = [node.test for node in scope.of(ir.If, ir.Choice) if _asks(node.test, given)]
    return next(filter(None, (_tested(scope, test, given) for test in tests)), "") if tests else _EVERY


def asking(value: Any) -> bool:
    """Whether it is the header in which a page says where it comes from."""
    while isinstance(value, ir.Unary) or (isinstance(value, ir.Binary) and value.op in {"or", "||", "??"}):
        value = value.value if isinstance(value, ir.Unary) else value.left
    if isinstance(value, ir.Attr):
        return value.name == "origin" and last(value.value) == "headers"
    if isinstance(value, ir.Index):
        return text(value.key).lower() == "origin"
    reads = isinstance(value, ir.Call) and last(value.callee) in _READS and bool(value.args)
    return reads and text(value.args[0].value).lower() == "origin"


def _asks(test: ir.Expr, given: frozenset[str]) -> bool:
    """Whether a test looks at what the origin is, and not only whether there is one."""
    while isinstance(test, ir.Unary):
        test = test.value
    there = isinstance(test, ir.Name) or (isinstance(test, ir.Binary) and _nothing(test.right))
    return not there and (not given.isdisjoint(_names(test)) or any(map(asking, walk(test))))


def _nothing(value: ir.Expr) -> bool:
    return isinstance(value, ir.Const) and value.value in {"", None, "null", "undefined"}
