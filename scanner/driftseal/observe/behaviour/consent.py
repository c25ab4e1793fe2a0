"""Whether something is done only where those who run a server have asked for it by a setting."""

from __future__ import annotations

from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope, once

_TURNS: Final = frozenset({"!=", "not in"})
_NESTED: Final = 4
"""Names between a test and the variable of the environment that decides it."""


@once
def asked_for(scope: Scope) -> bool:
    """Whether a function does its work only where a setting that speaks of telemetry or reports is on.

    One that may be switched off is on for everybody who does not know of it.
    """
    for node in scope.of(ir.If):
        ends = len(node.then) == 1 and isinstance(node.then[0], (ir.Return, ir.Leave)) and not node.otherwise
        if _asks(scope, node.test, on=not ends, hops=_NESTED):
            return True
    return False


def _asks(scope: Scope, test: Any, *, on: bool, hops: int) -> bool:
    """Whether a test holds only if a setting is made; or, where it is not to hold, unless one is."""
    while isinstance(test, ir.Unary) and test.op == "not":
        test, on = test.value, not on
    if isinstance(test, ir.Binary):
        if test.op in {"and", "or"}:
            joined = (_asks(scope, side, on=on, hops=hops) for side in (test.left, test.right))
            return any(joined) if (test.op == "and") == on else all(joined)
        constant = isinstance(test.left, ir.Const) or isinstance(test.right, ir.Const)
        on = on if constant and test.op not in _TURNS else not on
        return on and _speaks(scope, test)
    if isinstance(test, ir.Name) and hops:
        value = scope.set_to(test)
        if value is not test:
            return _asks(scope, value, on=on, hops=hops - 1)
    return on and _speaks(scope, test)


def _speaks(scope: Scope, test: Any) -> bool:
    """Whether a variable of the environment is asked whose name is that of such a setting."""
    for node in walk(test):
        name = scope.name(node) if isinstance(node, (ir.Attr, ir.Index, ir.Call)) else ""
        asked = str(node.args[0].value.value) if _reads(node) else name.rpartition(".")[2]
        if says("environments", name) and says("consents", asked):
            return True
    return False


def _reads(node: Any) -> bool:
    return isinstance(node, ir.Call) and bool(node.args) and isinstance(node.args[0].value, ir.Const)
