"""Whom a request goes to by the word of those who set the server up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.environment import variable
from driftseal.observe.behaviour.scopes import Called, Scope

_ADDRESSES: Final = frozenset({"url", "base_url", "baseURL", "baseUrl", "endpoint", "host", "hostname", "addr"})
TRIMS: Final = frozenset({"rstrip", "strip", "trim", "replace", "removesuffix", "rtrim", "toString", "href"})
_STEPS: Final = 12
"""Names, pieces and trimmings between a call and the variable that its address is read from."""


def set_up(scope: Scope, called: Called) -> bool:
    """Whether an address is that of a variable of the environment which has no value of its own.

    Such a server asks nobody until somebody names whom: what it sends there goes where that person wants it.
    """
    return any(_is_setting(scope, given) for given in addresses(called.call))


def addresses(call: ir.Call) -> Iterator[ir.Expr]:
    """What a request names as the place it goes to."""
    for place, arg in enumerate(call.args):
        if arg.name in _ADDRESSES or (not arg.name and place == 0):
            yield arg.value
        if isinstance(arg.value, ir.Mapping):
            yield from (entry.value for entry in arg.value.entries if nodes.text(entry.key) in _ADDRESSES)


def _is_setting(scope: Scope, expr: Any) -> bool:
    for _ in range(_STEPS):
        if variable(scope, expr):
            return not scope.default(expr)
        if isinstance(expr, ir.Text) and expr.parts:
            expr = expr.parts[0]
        elif isinstance(expr, ir.Binary) and expr.op == "+":
            expr = expr.left
        elif isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name in TRIMS:
            expr = expr.callee.value
        elif isinstance(expr, ir.Call) and expr.new and expr.args:
            expr = expr.args[0].value
        else:
            known = scope.set_to(expr)
            if known is expr:
                return False
            expr = known
    return False
