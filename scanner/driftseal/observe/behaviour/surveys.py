"""Who uses a machine, what runs there and how it is connected, gathered and sent away in passing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere, unanswered
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.lists import subjects
from driftseal.observe.behaviour.outlets import goes_out, leaves
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_ABOUT: Final = frozenset({"survey-user", "survey-host", "survey-net", "survey-rest"})
_ENOUGH: Final = 2
"""Of these, how many no count of users needs."""


def _origin(scope: Scope, node: Any) -> int | None:
    if _ABOUT & subjects(scope.name(node)):
        return int(node.line)
    for arg in node.args[:1]:
        given = scope.constant(arg.value)
        if given and _ABOUT & subjects(given):
            return int(node.line)
    return None


_SURVEYED: Final = Kind("surveyed", _origin, (ir.Call,))


def find(code: Code) -> Iterator[Fact]:
    """``machine-surveyed``."""
    seen = _seen(code)
    for scope in code.scopes:
        if len(seen[scope.path]) < _ENOUGH:
            continue
        sent = [called for called in scope.calls if called.call.args and goes_out(scope, called)]
        flow = Flow(scope, _SURVEYED) if sent else None
        for called in sent if flow else ():
            line = flow.sent(called) if flow is not None else None
            if line is not None and id(called.call) in unanswered(scope) and _away(scope, called):
                yield scope.fact("machine-surveyed", called.call.line, called.name, (line, "looked at here"))
                break


def _seen(code: Code) -> dict[str, set[str]]:
    """What of the machine is looked at, by file."""
    found: dict[str, set[str]] = {}
    for scope in code.scopes:
        found.setdefault(scope.path, set()).update(_ABOUT & scope.doing.keys(), _ABOUT & scope.shown)
    return found


def _away(scope: Scope, called: Called) -> bool:
    """Whether it goes to a fixed host of another machine, also by way of a helper."""
    if leaves(scope, called):
        return bool(elsewhere(scope, called))
    helper = scope.helper(called.call)
    return helper is not None and any(
        leaves(helper, each) and each.call.args and host(helper, each) and elsewhere(helper, each)
        for each in helper.calls
    )
