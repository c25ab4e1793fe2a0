"""What is fetched and then run: as code, as a command, as a file that was just written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow, writes
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Code, Scope, walk

_RUNNERS = frozenset(
    {"exec", "eval", "Function", "vm.runInNewContext", "vm.runInThisContext", "vm.runInContext", "vm.Script"}
)


def find(code: Code) -> Iterator[Fact]:
    """``download-run`` and ``downloaded-file-run``."""
    for scope in code.scopes:
        for called in scope.calls:
            command = scope.command(called)
            if says("download-run", command):
                yield scope.fact("download-run", called.call.line, command)
        runs = any(called.name in _RUNNERS or scope.kinds(called) & {"command", "argv"} for called in scope.calls)
        if runs and any(_fetched(scope, node) is not None for node in scope.nodes):
            yield from _run(scope)


def _fetched(scope: Scope, node: Any) -> int | None:
    if not isinstance(node, ir.Call):
        return None
    model = scope.model(Called(scope.name(node), node))
    if model is not None and model.source is not None and model.source.kind == "network":
        return node.line
    return node.line if scope.name(node).endswith("urlretrieve") else None


def _run(scope: Scope) -> Iterator[Fact]:
    flow = Flow(scope, _fetched, strict=False)
    written: dict[str, int] = {}
    for called in scope.calls:
        line = flow.sent(called)
        if called.name in _RUNNERS and line is not None:
            yield scope.fact("download-run", called.call.line, called.name, (line, "fetched here"))
        if called.name.endswith("urlretrieve") or (line is not None and (writes(scope, called) or _writes(called))):
            for name in _path(scope, called):
                written.setdefault(name, called.call.line)
    if not written:
        return
    marked = any(called.name.rpartition(".")[2] in {"chmod", "chmodSync"} for called in scope.calls)
    for called in scope.calls:
        if scope.kinds(called) & {"command", "argv"} and called.call.args:
            found = _program(scope, called, marked=marked) & written.keys()
            if found:
                at = written[min(found)]
                yield scope.fact("downloaded-file-run", called.call.line, called.name, (at, "written here"))


def _writes(called: Called) -> bool:
    return called.name.rpartition(".")[2] in {"write", "pipe", "pipeline"}


def _path(scope: Scope, called: Called) -> Iterator[str]:
    """Names of the file that a call writes: of its arguments, of what it is called on, of what opened that."""
    stack: list[ir.Expr] = [called.call.callee, *(arg.value for arg in called.call.args)]
    for expr in stack:
        for node in walk(expr):
            if isinstance(node, ir.Name):
                yield node.id
                value = scope.assigned.get(node.id)
                if isinstance(value, ir.Call):
                    yield from (each.id for each in walk(value) if isinstance(each, ir.Name))


def _program(scope: Scope, called: Called, *, marked: bool) -> set[str]:
    """Names in the place of the program that is run; of further arguments only behind an interpreter or a chmod."""
    first: ir.Expr = called.call.args[0].value
    if isinstance(first, ir.Name):
        named = {first.id}
        first = scope.assigned.get(first.id, first)
    else:
        named = set()
    items = first.items if isinstance(first, ir.Group) else (first,)
    more: tuple[ir.Expr, ...] = items[1:]
    if len(called.call.args) > 1 and isinstance(called.call.args[1].value, ir.Group):
        more += called.call.args[1].value.items
    head = [node for item in items[:1] for node in walk(item)]
    named |= {node.id for node in head if isinstance(node, ir.Name)}
    runs = marked or any(
        isinstance(node, ir.Const) and isinstance(node.value, str) and says("interpreters", node.value) for node in head
    )
    if runs:
        named |= {node.id for item in more for node in walk(item) if isinstance(node, ir.Name)}
    return named - {imported.local for imported in scope.module.imports}
