"""What stays when the server ends: start-up entries, files that steer agents, configurations of other servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, Origin, writes
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Code, Scope

_SUBJECTS: Final = (
    ("persistence", "start-up-entry-written"),
    ("agent-files", "agent-file-written"),
    ("client-files", "client-configuration-written"),
)


def find(code: Code) -> Iterator[Fact]:
    """``start-up-entry-written``, ``agent-file-written`` and ``client-configuration-written``.

    The last two end in ``-by-set-up`` where file or function say that setting up is what they are for.
    """
    for scope in code.scopes:
        for called in scope.calls:
            command = scope.command(called)
            if says("persistence-commands", command):
                yield scope.fact("start-up-entry-written", called.call.line, command)
        for subject, name in _SUBJECTS:
            if code.shows(scope.path, subject) or any(
                isinstance(each.value, str) and says(subject, each.value) for each in scope.constants
            ):
                yield from _written(scope, subject, name)


def _origin(subject: str) -> Origin:
    def origin(scope: Scope, node: Any) -> int | None:
        if isinstance(node, ir.Const) and isinstance(node.value, str) and says(subject, node.value):
            return node.line
        if isinstance(node, ir.Name) and node.id not in scope.assigned:
            return node.line if node.id in scope.code.shows(scope.path, subject) else None
        return None

    return origin


def _written(scope: Scope, subject: str, name: str) -> Iterator[Fact]:
    made = [called for called in scope.calls if writes(scope, called)]
    if not made:
        return
    flow = Flow(scope, _origin(subject), strict=False)
    for called in made:
        # The path is the first argument, or what a path's own method is called on; contents prove nothing.
        where = called.call.args[0].value if called.call.args else None
        own = called.name.rpartition(".")[2] in {"write_text", "write_bytes", "open"}
        line = flow.line(where) if where is not None and not own else None
        if line is None and isinstance(called.call.callee, ir.Attr):
            line = flow.line(called.call.callee.value)
        if line is None and own and not isinstance(called.call.callee, ir.Attr) and where is not None:
            line = flow.line(where)
        if line is not None:
            honest = subject != "persistence" and _says_so(scope)
            yield scope.fact(name + "-by-set-up" * honest, called.call.line, called.name, (line, "this file"))


def _says_so(scope: Scope) -> bool:
    return says("set-up", scope.path) or any(says("set-up", function.qualname) for function in scope.functions)
