"""Modules of another kind of code that are handed what their own kind cannot do: WebAssembly that runs programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_STARTS: Final = frozenset({"instantiate", "Instance", "instantiateStreaming"})
_POWERS: Final = frozenset({"command", "argv", "code"})


def find(code: Code) -> Iterator[Fact]:
    """``module-given-power``."""
    for scope in code.scopes:
        if "WebAssembly" not in scope.words:
            continue
        for call in scope.of(ir.Call):
            callee = call.callee
            if not isinstance(callee, ir.Attr) or callee.name not in _STARTS:
                continue
            for arg in call.args[1:]:
                given = scope.set_to(arg.value)
                power = _power(scope, given) if isinstance(given, ir.Mapping) else None
                if power is not None:
                    yield scope.fact("module-given-power", call.line, power[1], (power[0], "handed over here"))


def _power(scope: Scope, given: ir.Mapping) -> tuple[int, str] | None:
    """What of the imports runs programs or code: its line and its name."""
    language = scope.module.language
    for node in walk(given):
        if not isinstance(node, ir.Entry):
            continue
        value: Any = node.value
        if isinstance(value, (ir.Name, ir.Attr)):
            name = scope.name(value)
            if _POWERS & scope.code.kinds(language, name):
                return value.line, name
        elif isinstance(value, ir.Closure):
            body = scope.code.owner(scope.path, value.function)
            function = scope.module.functions[value.function]
            for called in body.calls if body is not None else ():
                if (
                    body is not None
                    and function.line <= called.call.line <= function.end_line
                    and _POWERS & body.kinds(called)
                ):
                    return called.call.line, called.name
    return None
