"""What servers tell of themselves, out of a table that is fetched from a fixed place on the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.kinds import FETCHED
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.remote_tools import fetched_from
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_SERVERS: Final = frozenset({"FastMCP", "McpServer", "Server"})
_TOLD: Final = frozenset({"description", "instructions"})
_SCHEMAS: Final = frozenset({"inputSchema", "input_schema"})
_FILLS: Final = frozenset({"update", "set", "assign"})
_PARTS: Final = 6
"""Members and calls between a text and the table that it is taken out of."""


def find(code: Code) -> Iterator[Fact]:
    """``text-fetched``, of texts that are taken out of a table as they are."""
    for scope in code.scopes:
        for value in _told(scope):
            table = _table(value)
            found = _fetched(scope, table) if table else None
            if found is not None:
                yield scope.fact("text-fetched", value.line, f"a text from {found}")


def _told(scope: Scope) -> Iterator[ir.Expr]:
    """Descriptions and instructions, by decorators as well, which are worked out where the file is loaded."""
    for function in scope.module.functions if scope.number == 0 else ():
        for each in function.decorators:
            if isinstance(each, ir.Call) and isinstance(each.callee, ir.Attr) and each.callee.name == "tool":
                yield from (arg.value for arg in each.args if arg.name in _TOLD)
    for called in scope.calls if not _TOLD.isdisjoint(scope.keys) else ():
        if "tool" in called.name.lower() or called.name.rpartition(".")[2] in _SERVERS:
            yield from (arg.value for arg in called.call.args if arg.name in _TOLD)
    for node in scope.of(ir.Mapping) if not _SCHEMAS.isdisjoint(scope.keys) else ():
        entries = {text(entry.key): entry.value for entry in node.entries}
        if "description" in entries and not _SCHEMAS.isdisjoint(entries):
            yield entries["description"]


def _table(value: Any) -> str:
    """The name at the beginning of ``TEXTS.get("add", "")``, ``texts.add``; empty for a text of another kind."""
    of_member = isinstance(value, (ir.Attr, ir.Index)) or (
        isinstance(value, ir.Call) and isinstance(value.callee, ir.Attr) and value.callee.name == "get"
    )
    for _ in range(_PARTS):
        if isinstance(value, (ir.Attr, ir.Index)):
            value = value.value
        elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Attr):
            value = value.callee.value
        elif isinstance(value, ir.Binary) and value.op in {"or", "??"}:
            value = value.left
    return value.id if of_member and isinstance(value, ir.Name) else ""


def _fetched(scope: Scope, name: str) -> str | None:
    """The fixed host from which a table at the top of the file is filled; None for any other table."""
    if name not in scope.code.top(scope.path):
        return None
    for other in scope.code.scopes:
        if other.path != scope.path or name not in other.words:
            continue
        flow = Flow(other, FETCHED)
        for value in _put(other, name) if flow else ():
            where = fetched_from(other, flow.line(value))
            if where:
                return where
    return None


def _put(scope: Scope, name: str) -> Iterator[ir.Expr]:
    """What a function sets a table to, or puts into it."""
    for node in scope.of(ir.Assign):
        for target in node.targets:
            base = target.value if isinstance(target, ir.Index) else target
            if isinstance(base, ir.Name) and base.id == name:
                yield node.value
    for node in scope.of(ir.Call):
        callee = node.callee
        if not isinstance(callee, ir.Attr) or callee.name not in _FILLS or not isinstance(callee.value, ir.Name):
            continue
        own = callee.value.id == name
        into = node.args[0].value if node.args else None
        if own or (callee.name == "assign" and isinstance(into, ir.Name) and into.id == name):
            yield from (arg.value for arg in node.args)
