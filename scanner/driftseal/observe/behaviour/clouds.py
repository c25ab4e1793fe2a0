"""Credentials of the machine itself, asked of its cloud's metadata service and sent to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.exfiltration import carried
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind, reached
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, walk, written
from driftseal.observe.behaviour.outlets import goes_out
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_PATHS: Final = "machine-credentials"
_PROOFS: Final = frozenset({"headers", "auth"})


def _origin(scope: Scope, call: Any) -> int | None:
    """Where the service is asked: known by the path alone, since its address may be built of numbers."""
    called = scope.by_call.get(id(call))
    asks = called is not None and any(_shows(scope, arg.value) for arg in call.args) and goes_out(scope, called)
    return int(call.line) if asks else None


def _shows(scope: Scope, value: ir.Expr) -> bool:
    """Whether a path of credentials stands in an argument, or in what one of its names is set to."""
    wholes = [value, *(scope.set_to(each) for each in walk(value) if isinstance(each, ir.Name))]
    return any(
        says(_PATHS, text) for whole in wholes for text in (written(whole), *(str(one.value) for one in strings(whole)))
    )


_MACHINE: Final = Kind("machine-credential", _origin, (ir.Call,), subject=_PATHS)


def find(code: Code) -> Iterator[Fact]:
    """``machine-credential-sent``."""
    paths = reached(code, _MACHINE)
    for scope in code.scopes if paths else ():
        flow = Flow(scope, _MACHINE) if scope.path in paths else None
        for called in scope.calls if flow else ():
            # The name of the role is asked for first, and is part of the next question.
            line = carried(flow, called, _PROOFS) if flow is not None and goes_out(scope, called) else None
            if line is None or _origin(scope, called.call) is not None:
                continue
            where = elsewhere(scope, called)
            if where and not says("cloud-hosts", where):
                yield scope.fact("machine-credential-sent", called.call.line, f"to {where}", (line, "asked for here"))
