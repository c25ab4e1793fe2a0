"""Tools whose names and texts a fixed place on the network decides, so that nobody could have read them before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.dropped import written
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import FETCHED
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.outlets import leaves
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_REGISTERS: Final = frozenset({"tool", "registerTool", "addTool", "add_tool"})
_READERS: Final = frozenset({"readFile", "readFileSync", "read_text", "read_bytes", "open"})
_TEXTS: Final = frozenset({"description", "inputSchema", "input_schema", "parameters", "instructions"})


def find(code: Code) -> Iterator[Fact]:
    """``tools-fetched``."""
    for scope in code.scopes:
        registers = not _REGISTERS.isdisjoint(scope.words)
        lists = "tools" in scope.keys
        if registers or lists:
            flow = Flow(scope, FETCHED)
            if registers and flow:
                yield from _registered(scope, flow)
            if lists:
                yield from _listed(scope, flow)


def _registered(scope: Scope, flow: Flow) -> Iterator[Fact]:
    """``for (const one of fetched) server.tool(one.name, one.description, …)``."""
    for called in scope.calls:
        callee = called.call.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _REGISTERS or not called.call.args:
            continue
        first = next((arg.value for arg in called.call.args if arg.name == "name"), called.call.args[0].value)
        named = isinstance(first, (ir.Attr, ir.Index)) and flow.line(first) is not None
        told = named and any(
            (isinstance(node, ir.Entry) and text(node.key) in _TEXTS and flow.line(node.value) is not None)
            or (isinstance(node, ir.Attr) and node.name in _TEXTS and flow.line(node) is not None)
            for arg in called.call.args[1:]
            for node in walk(arg.value)
        )
        told = told or (named and any(_tells(arg) and flow.line(arg.value) is not None for arg in called.call.args))
        line = flow.line(first) if told else None
        where = fetched_from(scope, line)
        if line is not None and where:
            yield scope.fact("tools-fetched", called.call.line, f"from {where}", (line, "fetched here"))


def _tells(arg: ir.Arg) -> bool:
    """``description=one["description"]``."""
    return arg.name in _TEXTS and isinstance(arg.value, (ir.Attr, ir.Index))


def _listed(scope: Scope, flow: Flow) -> Iterator[Fact]:
    """``{ tools: catalogue }``, where ``catalogue`` is set to what was fetched, here or by another function."""
    for entry in scope.of(ir.Entry):
        if text(entry.key) != "tools" or isinstance(entry.value, (ir.Const, ir.Mapping, ir.Closure)):
            continue
        asked = entry.value.value if isinstance(entry.value, ir.Unary) else entry.value
        helper = scope.helper(asked) if isinstance(asked, ir.Call) and not asked.args else None
        if helper is not None and Flow(helper, FETCHED):
            where = _asked(helper)
            if where:
                yield scope.fact("tools-fetched", entry.value.line, f"from {where}")
                continue
        line = flow.line(entry.value) if flow else None
        where = fetched_from(scope, line)
        if line is not None and where:
            yield scope.fact("tools-fetched", entry.value.line, f"from {where}", (line, "fetched here"))
        elif where := _cached(scope, entry.value):
            yield scope.fact("tools-fetched", entry.value.line, f"from a file that {where} fills")
        elif isinstance(entry.value, ir.Name):
            yield from _set_elsewhere(scope, entry.value)


def _cached(scope: Scope, value: ir.Expr) -> str:
    """The fixed host from which a file is filled that a list of tools is read out of; empty for any other list."""
    helpers = (scope.helper(node) for node in walk(value) if isinstance(node, ir.Call))
    places = [(scope, value)]
    places += [(each, one.value) for each in helpers if each is not None for one in each.of(ir.Return) if one.value]
    for where, expr in places:
        read = [node for node in walk(expr) if isinstance(node, ir.Call) and last(node.callee) in _READERS]
        named = {each.id for call in read for each in walk(call) if isinstance(each, ir.Name)}
        for other in scope.code.of_file(where.path) if named & scope.code.top(where.path).keys() else ():
            filled = written(other, FETCHED)
            line = next((filled[name] for name in sorted(named & filled.keys())), None)
            if found := fetched_from(other, line):
                return found
    return ""


def _asked(helper: Scope) -> str:
    """The fixed host that a function asks."""
    given = (elsewhere(helper, called) for called in helper.calls if called.call.args and leaves(helper, called))
    return next((where for where in given if where), "")


def _set_elsewhere(scope: Scope, name: ir.Name) -> Iterator[Fact]:
    known = scope.code.top(scope.path).get(name.id)
    if known is None or not _holds_tools(known):
        return
    for other in scope.code.scopes:
        if other.path != scope.path or name.id not in other.words:
            continue
        flow = Flow(other, FETCHED)
        for node in other.of(ir.Assign) if flow else ():
            sets = any(isinstance(target, ir.Name) and target.id == name.id for target in node.targets)
            line = flow.line(node.value) if sets else None
            where = fetched_from(other, line)
            if where:
                yield other.fact("tools-fetched", node.line, f"from {where}", (name.line, "told to clients"))
                return


def _holds_tools(value: Any) -> bool:
    """Whether a list has tools in it that are described, or is still empty."""
    items = value.items if isinstance(value, ir.Group) else ()
    described = [
        item
        for item in items
        if isinstance(item, ir.Mapping) and any(text(e.key) == "description" for e in item.entries)
    ]
    return isinstance(value, ir.Group) and len(described) == len(items)


def fetched_from(scope: Scope, line: int | None) -> str:
    """The fixed host from which something is fetched that came in at a line; empty for any other."""
    if line is None:
        return ""
    top = scope.code.owner(scope.path, 0)
    for other in (scope, *(helper for _, helper in scope.helped), *((top,) if top is not None else ())):
        for called in other.calls:
            if called.call.args and (called.call.line == line or other is not scope) and leaves(other, called):
                where = elsewhere(other, called)
                if where:
                    return where
    return ""
