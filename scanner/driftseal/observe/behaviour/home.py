"""Whether a request stays on the machine: parts of one program that speak to each other over HTTP."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope

_HOPS: Final = 4
_BEGINNING: Final = 3
"""Parts of a text that may hold the scheme and the host of an address."""


def stays(scope: Scope, call: ir.Call) -> bool:
    """Whether the address of a request is one of this machine, as it stands or as long as nobody sets another one."""
    return any(says("own-machine", _beginning(scope, arg.value, _HOPS)) for arg in call.args[:2])


def _beginning(scope: Scope, expr: Any, hops: int) -> str:
    """How a text begins that is put together, also of what a field of the same object is set to by another method."""
    kind = type(expr)
    if kind is ir.Attr and scope.function.cls >= 0:
        known = scope.code.field(scope.path, scope.function.cls, expr.name)
        if known is not None and hops:
            return _beginning(known[0], known[1], hops - 1)
    whole = scope.set_to(expr) if kind is ir.Name else expr
    parts = whole.parts[:_BEGINNING] if isinstance(whole, ir.Text) else (whole,)
    found = ""
    for part in parts:
        text = _beginning(scope, part, hops - 1) if len(parts) > 1 and hops else scope.default(part)
        if not isinstance(text, str) or not text:
            break
        found += text
    return found
