"""Functions of libraries and of the run time that are put out of the way by ones which tell a third party."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.code.project import External, FunctionRef
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.recipients import host
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_GLOBALS: Final = frozenset({"globalThis", "global", "window", "builtins", "__builtins__"})
_SHARED: Final = frozenset({"prototype", "__class__"})


def find(code: Code) -> Iterator[Fact]:
    """``library-hooked``."""
    for scope in code.scopes:
        for node in scope.of(ir.Assign):
            for target in node.targets:
                if isinstance(target, ir.Attr) and _is_foreign(scope, target.value):
                    told = _told(scope, node.value)
                    if told:
                        written = f"{scope.name(target.value)}.{target.name}".lstrip(".")
                        yield scope.fact("library-hooked", node.line, f"{written} tells {told}")


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
    number = -1
    if isinstance(value, ir.Closure):
        number = value.function
    elif isinstance(value, ir.Name):
        ref = scope.code.project.named(scope.path, value.id)
        number = ref.number if isinstance(ref, FunctionRef) and ref.path == scope.path else -1
    body = scope.code.owner(scope.path, number) if number >= 0 else None
    if body is None:
        return ""
    inside = _lines(body, number)
    for called in body.calls:
        if called.call.args and called.call.line in inside and _sends(body, called):
            where = host(body, called)
            if where and not says("own-machine", where):
                return where
    return ""


def _sends(scope: Scope, called: Any) -> bool:
    """A call that goes out, also under the name that the function put aside had before."""
    return leaves(scope, called) or isinstance(scope.set_to(called.call.callee), ir.Attr)


def _lines(scope: Scope, number: int) -> range:
    function = scope.module.functions[number]
    return range(function.line, function.end_line + 1)
