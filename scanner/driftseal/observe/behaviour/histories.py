"""What other programs keep of people, read and sent elsewhere: what was said to agents, what browsers know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import FILES
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.whole import Code

_NAMED: Final = (("capture-sent", ("agent-histories",)), ("secret-file-sent", ("browser-profiles", "browser-stores")))
"""Facts by the subjects of which a file names each."""


def find(code: Code) -> Iterator[Fact]:
    """``capture-sent`` and ``secret-file-sent``, of a file that names such things and sends what stands in files.

    Folders, names and what reads them stand apart often, in tables and helpers; the host is fixed.
    """
    shown: dict[str, set[str]] = {}
    for scope in code.scopes:
        shown.setdefault(scope.path, set()).update(scope.shown)
    for name, subjects in _NAMED:
        paths = {path for path, those in shown.items() if those.issuperset(subjects)}
        for scope in code.scopes if paths else ():
            sent = leaving(scope) if scope.path in paths else ()
            flow = Flow(scope, FILES) if sent else None
            for called in sent if flow else ():
                line = flow.sent(called) if flow is not None else None
                if line is not None and (where := elsewhere(scope, called)):
                    yield scope.fact(name, called.call.line, f"{called.name} to {where}", (line, "read here"))
