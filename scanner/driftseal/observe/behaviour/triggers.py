"""Branches on date, counter, machine or user around something dangerous, and texts of tools that change after start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_EPOCH: Final = 1_500_000_000
"""A number from here on is a moment in seconds or milliseconds, not a span."""
_DANGERS: Final = frozenset(
    {"command", "argv", "code", "outward", "ssrf", "path-delete", "path-write", "download-execute"}
)
_FEW: Final = frozenset({"command", "argv", "code", "path-delete", "outward"})
_TEXTS: Final = frozenset({"description", "__doc__", "instructions", "_description"})
_MAKERS: Final = frozenset(
    {"__init__", "constructor", "__new__", "", "__init_subclass__", "decorator", "wrapper", "wraps"}
)
_TIMERS: Final = frozenset({"threading.Timer", "setTimeout", "setInterval", "asyncio.Loop.call_later"})
_COMPARES: Final = frozenset(
    {"startswith", "endswith", "startsWith", "endsWith", "includes", "match", "test", "search", "has", "fullmatch"}
)
_ORDERS: Final = frozenset({"<", ">", "<=", ">=", "==", "!=", "%"})


def find(code: Code) -> Iterator[Fact]:
    """``date-trigger``, ``machine-trigger``, ``ci-trigger``, ``counter-trigger``, ``text-changes``."""
    for scope in code.scopes:
        counted = _counters(scope)
        for node in scope.of(ir.If, ir.Choice):
            if isinstance(node, ir.If):
                yield from _branch(scope, node, counted)
            else:
                why = _why(scope, node.test, counted)
                if why in {"date", "counter"} and _long(node.then) and _long(node.otherwise):
                    yield scope.fact("text-changes", node.line, f"a text chosen by {why}")
        yield from _rewrites(scope)


def _branch(scope: Scope, node: ir.If, counted: frozenset[str]) -> Iterator[Fact]:
    why = _why(scope, node.test, counted)
    if not why:
        return
    for branch in (node.then, node.otherwise):
        changed = next((line for line in _changes(branch, why)), None)
        if changed is not None:
            yield scope.fact("text-changes", changed, f"changes by {why}", (node.line, "decided here"))
        wanted = _DANGERS if why in {"date", "machine"} else _FEW
        danger = next((each for each in _dangers(scope, branch, wanted)), None)
        if danger is not None:
            yield scope.fact(f"{why}-trigger", node.line, f"{danger[1]} depends on it", (danger[0], "done only then"))


def _why(scope: Scope, test: ir.Expr, counted: frozenset[str]) -> str:
    """What a test depends on, if it compares that with a constant."""
    names = {scope.name(node) for node in walk(test) if isinstance(node, (ir.Name, ir.Attr, ir.Call))}
    if not any(says(subject, name) for subject in ("clocks", "machines", "environments") for name in names) and (
        counted.isdisjoint(_spelled(node) for node in walk(test))
    ):
        return ""
    constants = [node.value for node in _known(scope, test) if isinstance(node, ir.Const)]
    compares = any(
        (isinstance(node, ir.Binary) and node.op in _ORDERS | {"in", "not in"})
        or (isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _COMPARES)
        for node in walk(test)
    )
    clock = any(says("clocks", name) for name in names)
    if clock and (any(_moment(value) for value in constants) or _calendar(names, compares)):
        return "date"
    if compares and any(says("machines", name) for name in names) and any(isinstance(each, str) for each in constants):
        return "machine"
    asked = {name.rpartition(".")[2] for name in names if ".env" in name} | {
        value for value in constants if isinstance(value, str)
    }
    if any("env" in name for name in names) and any(says("ci-variables", each) for each in asked):
        return "ci"
    numbers = [value for value in constants if isinstance(value, int) and not isinstance(value, bool) and value > 1]
    if compares and numbers and any(_spelled(node) in counted for node in walk(test)):
        return "counter"
    return ""


def _known(scope: Scope, test: ir.Expr) -> Iterator[Any]:
    """Nodes of a test and of what its names are set to."""
    for node in walk(test):
        yield node
        if isinstance(node, ir.Name):
            value = scope.assigned.get(node.id) or scope.code.top(scope.path).get(node.id)
            if value is not None:
                yield from walk(value)


def _moment(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return value >= _EPOCH or 2020 <= value <= 2100  # noqa: PLR2004  years
    return isinstance(value, str) and says("dates", value)


def _calendar(names: set[str], compares: bool) -> bool:  # noqa: FBT001  a fact about the test
    parts = {
        "weekday",
        "isoweekday",
        "getHours",
        "getDay",
        "getDate",
        "hour",
        "day",
        "month",
        "getMonth",
        "getUTCHours",
    }
    return compares and any(name.rpartition(".")[2] in parts for name in names)


def _counters(scope: Scope) -> frozenset[str]:
    """Names that outlive a call and are counted up in it."""
    found = set()
    outliving = scope.code.top(scope.path)
    for node in scope.of(ir.Assign, ir.Bind):
        if scope.number:
            targets = node.targets if isinstance(node, ir.Assign) else (node.target,)
            adds = isinstance(node, ir.Assign) and node.adds
            for target in targets:
                spelled = _spelled(target)
                plus = (
                    isinstance(node.value, ir.Binary) and node.value.op == "+" and _spelled(node.value.left) == spelled
                )
                if spelled and (adds or plus) and not (isinstance(target, ir.Name) and target.id not in outliving):
                    found.add(spelled)
    return frozenset(found)


def _spelled(node: Any) -> str:
    parts = []
    while isinstance(node, (ir.Attr, ir.Index)):
        key = node.name if isinstance(node, ir.Attr) else node.key.value if isinstance(node.key, ir.Const) else "?"
        parts.append(str(key))
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ir.Name) else ""


def _dangers(scope: Scope, branch: ir.Block, kinds: frozenset[str]) -> Iterator[tuple[int, str]]:
    for node in walk(branch):
        called = scope.by_call.get(id(node)) if isinstance(node, ir.Call) else None
        if called is not None:
            if scope.kinds(called) & kinds and not called.name.endswith(("require", "import")):
                yield called.call.line, called.name
                continue
            helper = scope.helper(called.call)
            for each in helper.calls if helper is not None and helper is not scope else ():
                if helper is not None and helper.kinds(each) & _FEW:
                    yield called.call.line, each.name
                    break


def _changes(branch: ir.Block, why: str) -> Iterator[int]:
    for node in walk(branch):
        if isinstance(node, ir.Assign) and any(_text_of_tool(target) for target in node.targets):
            yield node.line
        elif why in {"date", "counter"} and isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr):
            if node.callee.name in {"registerTool", "add_tool", "addTool", "remove_tool", "send_tool_list_changed"}:
                yield node.line
        elif why in {"date", "counter"} and isinstance(node, ir.Entry) and _key(node) in _TEXTS and _long(node.value):
            yield node.value.line


def _rewrites(scope: Scope) -> Iterator[Fact]:
    """A tool's text that is set again by a running server."""
    for node in scope.of(ir.Assign, ir.Call):
        if isinstance(node, ir.Assign) and scope.number and scope.function.name not in _MAKERS:
            for target in node.targets:
                if _text_of_tool(target) and _long(node.value) and _of_tool(target):
                    yield scope.fact("text-changes", node.line, _spelled(target) or "a tool's description")
        elif isinstance(node, ir.Call) and _updates(node):
            yield scope.fact("text-changes", node.line, _spelled(node.callee))
    for called in scope.calls:
        for arg in called.call.args if called.name in _TIMERS else ():
            body = scope.module.functions[arg.value.function].body if isinstance(arg.value, ir.Closure) else ()
            for line in _changes(body, "date"):
                yield scope.fact("text-changes", line, "changes by a timer", (called.call.line, "set here"))


def _updates(call: ir.Call) -> bool:
    """``tool.update({description: "…"})``."""
    if (
        not isinstance(call.callee, ir.Attr)
        or call.callee.name != "update"
        or "tool" not in _spelled(call.callee).lower()
    ):
        return False
    entries = [entry for arg in call.args if isinstance(arg.value, ir.Mapping) for entry in arg.value.entries]
    return any(_key(entry) == "description" and _long(entry.value) for entry in entries)


def _text_of_tool(target: ir.Expr) -> bool:
    if isinstance(target, ir.Attr):
        return target.name in _TEXTS
    return isinstance(target, ir.Index) and isinstance(target.key, ir.Const) and target.key.value in _TEXTS


def _of_tool(target: ir.Expr) -> bool:
    if isinstance(target, ir.Attr) and target.name == "__doc__":
        return True
    return "tool" in _spelled(target).lower() or any(
        isinstance(node, (ir.Name, ir.Attr)) and "tool" in (node.id if isinstance(node, ir.Name) else node.name).lower()
        for node in walk(target)
    )


def _long(expr: ir.Expr) -> bool:
    """Whether it is a constant text of more than a word."""
    for node in walk(expr):
        if isinstance(node, ir.Const) and isinstance(node.value, str) and node.value.count(" ") > 1:
            return True
    return False


def _key(entry: ir.Entry) -> str:
    return entry.key.value if isinstance(entry.key, ir.Const) and isinstance(entry.key.value, str) else ""
