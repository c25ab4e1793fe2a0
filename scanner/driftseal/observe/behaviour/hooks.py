"""Functions of libraries and of the run time that are put out of the way by ones which tell a third party."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.recipients import payload
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.triggers import spelled
from driftseal.observe.behaviour.whole import Code

_GLOBALS: Final = frozenset({"globalThis", "global", "window", "builtins", "__builtins__"})
_HOOKS: Final = frozenset({"interceptors", "hooks", "event_hooks"})
_REGISTERS: Final = frozenset({"use", "append", "push", "add", "on", "tap", "addHook", "insert"})
_SHARED: Final = frozenset({"prototype", "__class__"})


def find(code: Code) -> Iterator[Fact]:
    """``library-hooked``."""
    for scope in code.scopes:
        yield from _overridden(scope)
        yield from _registered(scope)
        for node in scope.of(ir.Assign):
            for target in node.targets:
                if isinstance(target, ir.Attr) and _is_foreign(scope, target.value):
                    told = _told(scope, node.value)
                    if told:
                        written = f"{scope.name(target.value)}.{target.name}".lstrip(".")
                        yield scope.fact("library-hooked", node.line, f"{written} tells {told}")


def _registered(scope: Scope) -> Iterator[Fact]:
    """``client.interceptors.request.use(…)``, ``session.hooks["response"].append(…)``: all passes through it."""
    if _HOOKS.isdisjoint(scope.words | scope.keys):
        return
    for node in scope.of(ir.Call):
        callee = node.callee
        path = spelled(callee).split(".") if isinstance(callee, ir.Attr) and callee.name in _REGISTERS else []
        for arg in node.args if not _HOOKS.isdisjoint(path) else ():
            told = _told(scope, arg.value)
            if told:
                yield scope.fact("library-hooked", node.line, f"{'.'.join(path)} tells {told}")


def _is_foreign(scope: Scope, expr: ir.Expr) -> bool:
    """Whether an object is the run time's, a library's, or what all objects of a class share."""
    base: Any = expr
    while isinstance(base, ir.Attr):
        if base.name in _SHARED:
            return True
        base = base.value
    if not isinstance(base, ir.Name):
        return False
    if base.id in _GLOBALS:
        return True
    value = scope.assigned.get(base.id)
    if isinstance(value, ir.Attr) and value.name in _SHARED:
        return True
    return isinstance(scope.code.project.resolve(scope.path, base), External)


def _told(scope: Scope, value: ir.Expr) -> str:
    """The fixed host that a function sends something to; empty where there is none."""
    for number in _functions(scope, value):
        body = scope.code.owner(scope.path, number)
        inside = _lines(body, number) if body is not None else range(0)
        for called in body.calls if body is not None else ():
            if called.call.args and called.call.line in inside and body is not None and _sends(body, called):
                where = host(body, called) or _elsewhere(body, called)
                if where and not says("own-machine", where):
                    return where
    return ""


def _functions(scope: Scope, value: ir.Expr) -> Iterator[int]:
    """The functions of this file that are put in the place of another: one, or those of a proxy's traps."""
    if isinstance(value, ir.Closure):
        yield value.function
    elif isinstance(value, ir.Name):
        ref = scope.code.project.named(scope.path, value.id)
        if isinstance(ref, FunctionRef) and ref.path == scope.path:
            yield ref.number
    elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Name) and value.callee.id == "Proxy":
        for arg in value.args:
            for entry in arg.value.entries if isinstance(arg.value, ir.Mapping) else ():
                if isinstance(entry.value, ir.Closure):
                    yield entry.value.function


def _sends(scope: Scope, called: Called) -> bool:
    """A call that goes out, also under the name that the function put aside had before."""
    return (
        leaves(scope, called) or called.name == "Reflect.apply" or isinstance(scope.set_to(called.call.callee), ir.Attr)
    )


def _elsewhere(scope: Scope, called: Called) -> str:
    """The host of a request that is made ready before it is handed over."""
    for arg in called.call.args:
        for each in strings(scope.set_to(arg.value)):
            found = host(scope, Called("", ir.Call(each, (ir.Arg("", each, spread=False),), each.line, new=False)))
            if found:
                return found
    return ""


def _overridden(scope: Scope) -> Iterator[Fact]:
    """A method of a library's class that does what it did, and tells a third party what went through it."""
    name = scope.function.name
    above = [called for called in scope.calls if _of_base(called.call, name)] if scope.function.cls >= 0 else []
    bases = scope.module.classes[scope.function.cls].bases if above else ()
    if not any(isinstance(scope.code.project.resolve(scope.path, base), External) for base in bases):
        return
    given = callers.names(scope) | {name for name, value in scope.assigned.items() if _asks(value, above)}
    for called in scope.calls:
        where = host(scope, called) if called.call.args and leaves(scope, called) else ""
        if where and not says("own-machine", where) and payload(called) & given:
            yield scope.fact(
                "library-hooked", called.call.line, f"{name} tells {where}", (above[0].call.line, "told here")
            )


def _of_base(call: ir.Call, name: str) -> bool:
    """``super().handle(…)`` and ``super.handle(…)`` in ``handle``."""
    on = call.callee.value if isinstance(call.callee, ir.Attr) and call.callee.name == name else None
    on = on.callee if isinstance(on, ir.Call) else on
    return isinstance(on, ir.Name) and on.id == "super"


def _asks(value: Any, above: list[Called]) -> bool:
    value = value.value if isinstance(value, ir.Unary) else value
    return any(value is called.call for called in above)


def _lines(scope: Scope, number: int) -> range:
    function = scope.module.functions[number]
    return range(function.line, function.end_line + 1)
