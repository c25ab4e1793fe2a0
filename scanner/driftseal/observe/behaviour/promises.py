"""What tools tell of themselves, with the functions that do their work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.project import FunctionRef
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_FIRST: Final = 3
"""Arguments of a registration among which name and description stand."""
_SCHEMAS: Final = frozenset({"inputSchema", "input_schema", "parameters"})


class Tool(NamedTuple):
    """One tool."""

    told: str
    """Its name and what is said of it."""
    body: Scope | None
    """The function that does its work; None where a handler of all tools looks for it."""


def tools(code: Code) -> tuple[Tool, ...]:
    """Every tool whose words stand where it is registered."""
    if code.tools is None:
        code.tools = tuple(tool for scope in code.scopes for tool in (*_decorated(scope), *_registered(scope)))
    return code.tools


def promised(code: Code, subject: str) -> bool:
    """Whether a tool says so of itself."""
    return any(says(subject, tool.told) for tool in tools(code))


def _decorated(scope: Scope) -> Iterator[Tool]:
    for function in scope.functions:
        for each in function.decorators:
            made = each.callee if isinstance(each, ir.Call) else each
            if isinstance(made, ir.Attr) and made.name == "tool":
                said = [str(one.value) for one in strings(each)]
                yield Tool(" ".join((function.name.replace("_", " "), function.doc, *said)), scope)


def _registered(scope: Scope) -> Iterator[Tool]:
    for called in scope.calls:
        if "tool" in called.name.lower() and called.call.args:
            told = " ".join(str(one.value) for arg in called.call.args[:_FIRST] for one in strings(arg.value))
            yield Tool(told.replace("_", " "), _handler(scope, called.call))
    for listed in scope.of(ir.Mapping) if not _SCHEMAS.isdisjoint(scope.keys) else ():
        entries = {text(entry.key): entry.value for entry in listed.entries}
        if "name" in entries and not _SCHEMAS.isdisjoint(entries):
            told = f"{text(entries['name'])} {scope.constant(entries.get('description', listed)) or ''}"
            yield Tool(told.replace("_", " "), None)


def _handler(scope: Scope, call: ir.Call) -> Scope | None:
    """The function that a registration names or holds."""
    for arg in call.args:
        for node in walk(arg.value):
            if isinstance(node, ir.Closure):
                return scope.code.owner(scope.path, node.function)
    ref = scope.code.project.resolve(scope.path, call.args[-1].value)
    return scope.code.scope(ref) if isinstance(ref, FunctionRef) else None
