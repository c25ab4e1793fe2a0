"""Headers by which pages of every origin may read what a server answers (CORS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.scopes import Called, Scope

_FALLS_BACK: Final = frozenset({"or", "||", "??"})
READ: Final = (ir.Attr, ir.Call, ir.Name)
"""Expressions that may read a setting."""


def opens(scope: Scope) -> Iterator[Fact]:
    """Where a function lets pages of every origin read its answers."""
    allows = "allow_origins" in scope.keys
    return (fact for called in scope.calls for fact in found(scope, called, allows=allows, guarded=False))


def found(scope: Scope, called: Called, *, allows: bool, guarded: bool) -> Iterator[Fact]:
    """``open-cors``, the same ``-with-credentials``: what one call lets pages of every origin do.

    ``allows`` says whether anything in the function names origins as Starlette does, ``guarded`` whether callers are
    asked who they are.
    """
    named = {arg.name: arg.value for arg in called.call.args if arg.name} if allows else {}
    origins_of = named.get("allow_origins")
    every = origins_of is not None and (
        _star(origins_of) or (isinstance(origins_of, READ) and scope.default(origins_of) == "*")
    )
    if every:
        name = "open-cors-with-credentials" if guarded and _true(named.get("allow_credentials")) else "open-cors"
        yield scope.fact(name, called.call.line, "allow_origins *")
    if called.name in {"cors", "cors.cors"} and "cors" in {imported.module for imported in scope.module.imports}:
        given = called.call.args[0].value if called.call.args else None
        given = scope.assigned.get(given.id, given) if isinstance(given, ir.Name) else given
        origin = _member(given, "origin") if isinstance(given, ir.Mapping) else None
        if given is None or (isinstance(given, ir.Mapping) and origin is None):
            yield scope.fact("open-cors", called.call.line, "cors without origins")
        elif origin is not None and (_star(origin) or _true(origin)):
            # Browsers refuse a star to whoever sends cookies; ``true``, as Starlette's star, says the origin that asks.
            trusting = _true(origin) and isinstance(given, ir.Mapping) and _true(_member(given, "credentials"))
            name = "open-cors-with-credentials" if guarded and trusting else "open-cors"
            yield scope.fact(name, called.call.line, "cors for every origin")
    if _allows_all(scope, called.call):
        yield scope.fact("open-cors", called.call.line, "Access-Control-Allow-Origin: *")


def _allows_all(scope: Scope, call: ir.Call) -> bool:
    """``setHeader("Access-Control-Allow-Origin", "*")``."""
    if len(call.args) < 2:  # noqa: PLR2004  name and value
        return False
    name, value = call.args[0].value, call.args[1].value
    return scope.constant(value) == "*" and (scope.constant(name) or "").lower() == "access-control-allow-origin"


def _star(value: ir.Expr) -> bool:
    """``["*"]``, also where settings that say nothing fall back to it: ``origins or ["*"]``."""
    if isinstance(value, ir.Binary) and value.op in _FALLS_BACK:
        value = value.right
    items = value.items if isinstance(value, ir.Group) else (value,)
    return any(isinstance(item, ir.Const) and item.value == "*" for item in items)


def _true(value: ir.Expr | None) -> bool:
    return isinstance(value, ir.Const) and value.value is True


def _member(value: ir.Mapping, name: str) -> ir.Expr | None:
    return next((e.value for e in value.entries if isinstance(e.key, ir.Const) and e.key.value == name), None)
