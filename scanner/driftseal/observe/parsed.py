"""Whether what clients send is held against a schema before a tool gets it, or is whatever they like to send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir, walk
from driftseal.code.project import Project
from driftseal.observe.taint.words import words

_DISPATCHES: Final = "CallToolRequestSchema"
"""What a server asks for that is handed every call as it came, of the low-level part of the TypeScript SDK."""
_CHECKS: Final = "McpServer"
"""The part of it that checks calls by the schemas of their tools."""
_PARSES: Final = frozenset({"parse", "safeParse", "parseAsync", "safeParseAsync"})


def by_nobody(project: Project) -> bool:
    """Whether a server takes calls as they come, and nothing in it parses them."""
    imports = [each for module in project.modules.values() for each in module.imports]
    symbols = {each.symbol for each in imports}
    packages = {each.module.partition("/")[0] for each in imports} | {each.module for each in imports}
    if _DISPATCHES not in symbols or _CHECKS in symbols or not packages.isdisjoint(words("schema-packages")):
        return False
    return not any(_parses(module) for module in project.modules.values())


def _parses(module: ir.Module) -> bool:
    """Whether a file has a schema look at something and goes on with what it looked at: ``Arguments.parse(args);``.

    Where it goes on with what came out of it, that is known of the value.
    """
    return any(
        isinstance(node, ir.Call) and _is_parse(node)
        for function in module.functions
        for looked_at in _looked_at(function)
        for node in walk.below(looked_at)
    )


def _looked_at(function: ir.Function) -> Iterator[ir.Expr]:
    """Expressions whose value nobody takes: statements, and what is asked."""
    for node in walk.of({ir.Do, ir.If}, function.body):
        if isinstance(node, (ir.Do, ir.If)):
            yield node.value if isinstance(node, ir.Do) else node.test


def _is_parse(call: ir.Call) -> bool:
    """Whether a schema parses something, and not ``JSON.parse(text)``."""
    if not isinstance(call.callee, ir.Attr) or call.callee.name not in _PARSES:
        return False
    on = call.callee.value
    return not isinstance(on, ir.Name) or on.id not in words("text-parsers")
