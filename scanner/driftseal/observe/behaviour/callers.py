"""What a caller gives to a function: its parameters, and what a handler of requests takes out of the request."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope, once

_GIVEN: Final = frozenset({"arguments", "args", "params", "input", "headers", "body", "query", "cookies"})
_PARSERS: Final = frozenset({"parse", "parseAsync", "safeParse", "model_validate", "validate"})
_WRAPPED: Final = 6
"""Calls and defaults around what a request holds."""


@once
def names(scope: Scope) -> frozenset[str]:
    """Names that hold what a caller gave, also those that ``const { a } = request.params.arguments`` binds."""
    found: set[str] = set()
    for function in scope.functions:
        for param in function.params:
            found |= {param.name} if param.name else _bound(param.pattern)
    for node in scope.of(ir.Assign):
        if _holds_arguments(node.value):
            for target in node.targets:
                if isinstance(target, ir.Mapping):
                    found |= _bound(target)
    return frozenset(found)


def _bound(pattern: Any) -> set[str]:
    return {node.id for node in walk(pattern) if isinstance(node, ir.Name)} if pattern is not None else set()


def _holds_arguments(value: Any) -> bool:
    for _ in range(_WRAPPED):
        if isinstance(value, ir.Attr):
            return value.name in _GIVEN
        if isinstance(value, ir.Name):
            return value.id in _GIVEN
        if isinstance(value, ir.Binary) and value.op in {"or", "??"}:
            value = value.left
        elif isinstance(value, ir.Unary):
            value = value.value
        elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Attr) and value.callee.name in _PARSERS:
            value = value.args[0].value if value.args else None
        else:
            return False
    return False
