"""Whom a request goes to by the word of those who set the server up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.environment import variable
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.regexes import regex

_ADDRESSES: Final = frozenset({"url", "base_url", "baseURL", "baseUrl", "endpoint", "host", "hostname", "addr"})
TRIMS: Final = frozenset({"rstrip", "strip", "trim", "replace", "removesuffix", "rtrim", "toString", "href"})
_WHOLE: Final = regex(r"(?i)(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}|[a-z][a-z0-9+.-]*:")
"""How an address begins that names its own host."""
_JOINED: Final = 2
"""Arguments of a call that puts an address and its path together."""
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
        elif isinstance(expr, ir.Call) and (base := _base(scope, expr)) is not None:
            expr = base
        else:
            known = scope.set_to(expr)
            if known is expr:
                return False
            expr = known
    return False


def _base(scope: Scope, call: ir.Call) -> ir.Expr | None:
    """What an address that a call makes begins with: ``base`` of ``new URL("/v1", base)``, of ``urljoin(base, "/v1")``.

    An address that is whole stands for itself, whatever is said to come before it.
    """
    joins = nodes.last(call.callee) == "urljoin"
    if not call.args or not (call.new or joins):
        return None
    if len(call.args) < _JOINED or not (joins or nodes.last(call.callee) == "URL"):
        return call.args[0].value
    base, rest = (call.args[0], call.args[1]) if joins else (call.args[1], call.args[0])
    below = scope.set_to(rest.value)
    begins = below.parts[0] if isinstance(below, ir.Text) and below.parts else below
    said = scope.constant(begins)
    return base.value if said and not _WHOLE.match(said) else rest.value
