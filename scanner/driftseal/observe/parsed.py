"""Whether what clients send is held against a schema before a tool gets it, or is whatever they like to send."""

from __future__ import annotations

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
    """Whether a file has a schema parse something: ``Arguments.parse(args)``, and not ``JSON.parse(text)``."""
    for function in module.functions:
        for node in walk.below(function.body):
            if isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _PARSES:
                on = node.callee.value
                name = on.id if isinstance(on, ir.Name) else ""
                if not name or name not in words("text-parsers"):
                    return True
    return False
