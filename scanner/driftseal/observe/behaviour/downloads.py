"""What is fetched and then run as it is: as code, as a command, as a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import FETCHED, LETTERS
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.obfuscation import executes, running
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code

_MODULES: Final = ("http://", "https://", "data:text/javascript", "data:application/javascript", "data:text/ecmascript")
_PARTS: Final = 12
"""Pieces of an address that are taken apart."""
_LOADING: Final = frozenset({"get_code", "get_data", "get_source", "source_to_code"})
"""Methods by which Python is given what a module consists of (importlib.abc)."""
_IN_MEMORY: Final = "URL.createObjectURL"
_AS_IT_IS: Final = frozenset({"trim", "strip", "toString", "String", "str", "decode", "get"})
"""Functions that leave a command as it is."""


def find(code: Code) -> Iterator[Fact]:
    """``download-run``, ``command-from-network`` and ``decoded-code-run``."""
    for scope in code.scopes:
        if scope.commands or hands_over(scope) or _executes(scope):
            flow = Flow(scope, FETCHED)
            if flow:
                yield from _run(scope, flow)
        if "import" in scope.words or "require" in scope.words:
            yield from _imports(scope)
        if scope.function.cls >= 0 and scope.function.name in _LOADING:
            yield from _loaded(scope)


def _loaded(scope: Scope) -> Iterator[Fact]:
    """A loader of modules that gets their source over the network: every import of them runs it."""
    bases = scope.module.classes[scope.function.cls].bases
    if not any(scope.name(base).endswith("Loader") for base in bases):
        return
    flow = Flow(scope, FETCHED)
    for node in scope.of(ir.Return) if flow else ():
        line = flow.line(node.value) if node.value is not None else None
        if line is not None:
            yield scope.fact("download-run", node.line, "a module that is imported", (line, "fetched here"))


def _executes(scope: Scope) -> bool:
    """Whether any call of a function runs code, itself, in a thread, or by a helper that it hands code to."""
    return (
        "code" in scope.sinks
        or any(map(executes, (*running(scope), *(called for _, called in scope.started))))
        or any(_evaluates_own(helper) for _, helper in scope.helped)
    )


def _run(scope: Scope, flow: Flow) -> Iterator[Fact]:
    commands = {id(called.call) for called, _ in scope.commands}
    for called in (*scope.calls, *(called for _, called in scope.started)):
        line = flow.sent(called)
        if line is not None and (executes(called) or called.name.startswith("vm.") or _evaluates(scope, called)):
            yield scope.fact("download-run", called.call.line, called.name, (line, "fetched here"))
        elif (id(called.call) in commands and (line := _whole(scope, flow, called)) is not None) or (
            line is not None and runs_given(scope, called)
        ):
            yield scope.fact("command-from-network", called.call.line, called.name, (line, "fetched here"))


def _imports(scope: Scope) -> Iterator[Fact]:
    """``import("https://…")``."""
    for called in scope.calls:
        callee = called.call.callee
        if isinstance(callee, ir.Name) and callee.id in {"import", "require"} and called.call.args:
            first = scope.set_to(called.call.args[0].value)
            given = scope.constant(first) or _head(scope, first) or nodes.written(first).lstrip()
            if given.startswith(_MODULES):
                yield scope.fact("download-run", called.call.line, f"{callee.id} of {given}")
            elif _objects(scope, first) and (line := Flow(scope, LETTERS).line(first)) is not None:
                yield scope.fact("decoded-code-run", called.call.line, "a module out of memory", (line, "decoded here"))


def _head(scope: Scope, expr: Any) -> str:
    """How a text begins that is put together, also of a list or as an address that is parsed."""
    for _ in range(_PARTS):
        expr = scope.set_to(expr)
        if isinstance(expr, ir.Attr) and expr.name in {"href", "join"}:
            expr = expr.value
        elif isinstance(expr, ir.Binary) and expr.op == "+":
            expr = expr.left
        elif isinstance(expr, ir.Text) and expr.parts:
            expr = expr.parts[0]
        elif isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Attr) and expr.callee.name == "join":
            expr = expr.callee.value
        elif isinstance(expr, ir.Call) and expr.new and expr.args:
            expr = expr.args[0].value
        elif isinstance(expr, ir.Group):
            return "".join(nodes.text(scope.set_to(item)) for item in expr.items)
        else:
            break
    return nodes.text(expr)


def _objects(scope: Scope, expr: ir.Expr) -> bool:
    """Whether an address is that of something in memory: ``URL.createObjectURL(new Blob([code]))``."""
    return any(isinstance(node, ir.Call) and scope.name(node) == _IN_MEMORY for node in nodes.walk(expr))


def _evaluates(scope: Scope, called: Called) -> bool:
    """Whether a helper runs what it is given as code."""
    helper = scope.helper(called.call)
    return helper is not None and _evaluates_own(helper)


@once
def _evaluates_own(helper: Scope) -> bool:
    names = {param.name for param in helper.function.params}
    first = (each.call.args[0].value for each in running(helper) if executes(each) and each.call.args)
    return any(isinstance(each, ir.Name) and each.id in names for each in first)


def runs_given(scope: Scope, called: Called) -> bool:
    """Whether a helper runs what it is given, as a whole."""
    helper = scope.helper(called.call)
    return helper is not None and _runs_own(helper)


def hands_over(scope: Scope) -> bool:
    """Whether any helper of a function runs what it is given."""
    return any(_runs_own(helper) for _, helper in scope.helped)


def _runs_own(helper: Scope) -> bool:
    names = {param.name for param in helper.function.params}
    for each, _ in helper.commands if names else ():
        first: Any = each.call.args[0].value if each.call.args else None
        if _head_of(helper, first) in names and not says("openers", each.name):
            return True
    return False


def _head_of(helper: Scope, expr: Any) -> str:
    """The name at the beginning of ``frame.line ?? "date"``, ``message["run"].trim()``; empty for anything else."""
    for _ in range(_PARTS):
        if isinstance(expr, (ir.Attr, ir.Index)):
            expr = expr.value
        elif isinstance(expr, ir.Binary) and expr.op in {"or", "??"}:
            expr = expr.left
        elif isinstance(expr, ir.Call) and nodes.last(expr.callee) in _AS_IT_IS:
            expr = expr.callee.value if isinstance(expr.callee, ir.Attr) else expr.args[0].value if expr.args else None
        elif isinstance(expr, ir.Name) and isinstance(helper.assigned.get(expr.id), (ir.Attr, ir.Index, ir.Binary)):
            expr = helper.assigned[expr.id]
        else:
            break
    return expr.id if isinstance(expr, ir.Name) else ""


def _whole(scope: Scope, flow: Flow, called: Called) -> int | None:
    """The origin's line, if what is run is an answer as it came, not a word of a command that stands here."""
    first = called.call.args[0].value if called.call.args else None
    given = scope.assigned.get(first.id, first) if isinstance(first, ir.Name) else first
    if isinstance(given, (ir.Text, ir.Binary, ir.Group, ir.Const, ir.Closure, ir.Mapping)):
        return None
    if any(" " in str(node.value) for node in nodes.strings(given)):
        return None
    return flow.line(first)
