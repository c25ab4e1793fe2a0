"""What is fetched and then run: as code, as a command, as a file that was just written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, writes
from driftseal.observe.behaviour.kinds import FETCHED
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.obfuscation import RUNNERS
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_COMMANDS: Final = frozenset({"command", "argv"})


def find(code: Code) -> Iterator[Fact]:
    """``download-run``, ``command-from-network`` and ``downloaded-file-run``."""
    for scope in code.scopes:
        runs = bool(scope.commands) or any(_executes(scope, called) for called in scope.calls) or hands_over(scope)
        if runs:
            fetches = [called for called, command in scope.commands if says("fetch-to-file", command)]
            yield from _run(scope, Flow(scope, FETCHED), fetches)


def _executes(scope: Scope, called: Called) -> bool:
    return called.name in RUNNERS or "code" in scope.kinds(called)


def _run(scope: Scope, flow: Flow, fetches: list[Called]) -> Iterator[Fact]:
    written = {name: called.call.line for called in fetches for name in _path(scope, called)}
    for called in scope.calls:
        line = flow.sent(called)
        if line is not None and (called.name in RUNNERS or called.name.startswith("vm.")):
            yield scope.fact("download-run", called.call.line, called.name, (line, "fetched here"))
        elif (scope.kinds(called) & _COMMANDS and (line := _whole(scope, flow, called)) is not None) or (
            line is not None and runs_given(scope, called)
        ):
            yield scope.fact("command-from-network", called.call.line, called.name, (line, "fetched here"))
        if called.name.endswith("urlretrieve") or (
            (_moved(flow, called) or line is not None) and _stores(scope, called)
        ):
            for name in _path(scope, called):
                written.setdefault(name, called.call.line)
    if not written:
        return
    marked = any(called.name.rpartition(".")[2] in {"chmod", "chmodSync"} for called in scope.calls)
    for called in scope.calls:
        if scope.kinds(called) & _COMMANDS and called.call.args and called not in fetches:
            found = _program(scope, called, marked=marked) & written.keys()
            if found:
                at = written[min(found)]
                yield scope.fact("downloaded-file-run", called.call.line, called.name, (at, "written here"))


def _whole(scope: Scope, flow: Flow, called: Called) -> int | None:
    """The origin's line, if what is run is an answer as it came, not a word of a command that stands here."""
    first = called.call.args[0].value if called.call.args else None
    given = scope.assigned.get(first.id, first) if isinstance(first, ir.Name) else first
    if isinstance(given, (ir.Text, ir.Binary, ir.Group, ir.Const, ir.Closure, ir.Mapping)):
        return None
    if any(
        isinstance(node, ir.Const) and isinstance(node.value, str) and " " in node.value for node in nodes.walk(given)
    ):
        return None
    return flow.line(first)


def runs_given(scope: Scope, called: Called) -> bool:
    """Whether a helper runs what it is given, as a whole."""
    helper = scope.helper(called.call)
    return helper is not None and _runs_own(helper)


def hands_over(scope: Scope) -> bool:
    """Whether any helper of a function runs what it is given."""
    return any(runs_given(scope, called) for called in scope.calls)


def _runs_own(helper: Scope) -> bool:
    names = {param.name for param in helper.function.params}
    for each, _ in helper.commands if names else ():
        first: Any = each.call.args[0].value if each.call.args else None
        while type(first) is ir.Attr or type(first) is ir.Index:
            first = first.value
        if type(first) is ir.Name and first.id in names:
            return True
    return False


def _moved(flow: Flow, called: Called) -> bool:
    """``answer.pipe(file)``."""
    return isinstance(called.call.callee, ir.Attr) and flow.line(called.call.callee.value) is not None


def _stores(scope: Scope, called: Called) -> bool:
    return writes(scope, called) or called.name.rpartition(".")[2] in {"write", "pipe", "pipeline"}


def _path(scope: Scope, called: Called) -> Iterator[str]:
    """Names of the file that a call writes: of its arguments, of what it is called on, of what opened that."""
    for expr in (called.call.callee, *(arg.value for arg in called.call.args)):
        for node in nodes.walk(expr):
            if type(node) is ir.Name:
                yield node.id
                value = scope.assigned.get(node.id)
                if isinstance(value, ir.Call):
                    yield from (each.id for each in nodes.walk(value) if type(each) is ir.Name)


def _program(scope: Scope, called: Called, *, marked: bool) -> set[str]:
    """Names in the place of the program that is run; of further arguments only behind an interpreter or a chmod."""
    first: Any = called.call.args[0].value
    named = set()
    if isinstance(first, ir.Name):
        named = {first.id}
        first = scope.assigned.get(first.id, first)
    items = first.items if isinstance(first, ir.Group) else (first,)
    more: tuple[ir.Expr, ...] = items[1:]
    if len(called.call.args) > 1 and isinstance(called.call.args[1].value, ir.Group):
        more += called.call.args[1].value.items
    head = [node for item in items[:1] for node in nodes.walk(item)]
    named |= {node.id for node in head if isinstance(node, ir.Name)}
    runs = marked or any(
        isinstance(node, ir.Const) and isinstance(node.value, str) and says("interpreters", node.value) for node in head
    )
    if runs:
        named |= {node.id for item in more for node in nodes.walk(item) if isinstance(node, ir.Name)}
    return named - {imported.local for imported in scope.module.imports}
