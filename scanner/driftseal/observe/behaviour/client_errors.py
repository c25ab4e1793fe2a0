"""Errors of HTTP clients that are shown with the request they belong to, and so with the credentials in its headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last, text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_CLIENTS: Final = frozenset({"axios"})
"""Packages whose errors hold the whole request that failed."""
_TYPES: Final = ("AxiosError",)
_TESTS: Final = frozenset({"isAxiosError"})
_REQUEST: Final = frozenset({"config", "request"})
_PROOFS: Final = frozenset({"authorization", "x-api-key", "private-token", "x-auth-token", "cookie"})
_WRITES: Final = frozenset({"stringify", "inspect"})
"""Calls that make a text of an object; to others a request may be handed to be tried again."""
_HELD: Final = frozenset({"headers", "config"})


def find(code: Code) -> Iterator[Fact]:
    """``error-shows-request``."""
    scopes = [scope for scope in code.scopes if _imports(scope)]
    if not scopes or not any(_proves(scope) for scope in code.scopes):
        return
    for scope in scopes:
        errors = _errors(scope) if "toJSON" in scope.words or not _REQUEST.isdisjoint(scope.words) else set()
        if errors and not _takes_out(scope):
            for node in _shown(scope, errors):
                yield scope.fact("error-shows-request", node.line, "the request of an error, with its headers")


def _imports(scope: Scope) -> bool:
    return any(each.module in _CLIENTS for each in scope.module.imports)


def _proves(scope: Scope) -> bool:
    """Whether requests are given something to prove who asks."""
    return any(key.lower() in _PROOFS for key in scope.keys)


def _errors(scope: Scope) -> set[str]:
    """Names of errors of a client: by their type, or by what was asked of them."""
    params = (param for function in scope.functions for param in function.params)
    found = {param.name for param in params if any(kind in param.annotation for kind in _TYPES)}
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _TESTS:
            found |= {arg.value.id for arg in called.call.args if isinstance(arg.value, ir.Name)}
    return found


def _takes_out(scope: Scope) -> bool:
    """Whether headers, or the request as a whole, are deleted or set to something else."""
    gone = [node.value for node in scope.of(ir.Unary) if node.op == "delete"]
    gone += [target for node in scope.of(ir.Assign) for target in node.targets]
    return any(last(each) in _HELD or (isinstance(each, ir.Index) and text(each.key) in _HELD) for each in gone)


def _shown(scope: Scope, errors: set[str]) -> Iterator[Any]:
    """``error.toJSON()``, and ``error.config`` where all of it is handed on."""
    # In a text an object is ``[object Object]``, and shows nothing.
    told = {id(part) for node in scope.of(ir.Text) for part in node.parts}
    for node in scope.of(ir.Call):
        callee = node.callee
        if isinstance(callee, ir.Attr) and callee.name == "toJSON" and last(callee.value) in errors:
            yield from () if id(node) in told else (node,)
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _WRITES or says("loggers", called.name):
            values = (arg.value for arg in called.call.args)
            yield from (each for each in values if isinstance(each, ir.Attr) and _is_request(each, errors))


def _is_request(value: ir.Attr, errors: set[str]) -> bool:
    return value.name in _REQUEST and last(value.value) in errors
