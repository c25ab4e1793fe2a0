"""What people said to their agents, which other programs keep in files of their own, read and sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import FILES
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.whole import Code

_SUBJECT = "agent-histories"


def find(code: Code) -> Iterator[Fact]:
    """``capture-sent``, of a file that names such a history and sends what stands in files to a fixed host."""
    named = {scope.path: scope for scope in code.scopes if _SUBJECT in scope.shown}
    for scope in code.scopes if named else ():
        sent = leaving(scope) if scope.path in named else ()
        flow = Flow(scope, FILES) if sent else None
        for called in sent if flow else ():
            line = flow.sent(called) if flow is not None else None
            if line is not None and (where := elsewhere(scope, called)):
                yield scope.fact("capture-sent", called.call.line, f"{called.name} to {where}", (line, "read here"))
