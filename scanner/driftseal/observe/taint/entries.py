"""Functions that somebody outside calls, and which of the values in them that one chooses."""

from __future__ import annotations

from typing import Final, NamedTuple

from driftseal.code import ir, walk
from driftseal.code.ir import Function, Param
from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.observe.taint.labels import KEYS, Label, Origin, told_by
from driftseal.observe.taint.shared import VARIABLE
from driftseal.regexes import regex

_CONTEXT: Final = regex(r"(?i)_?(?:ctx|context|extra|_?meta|config|session|server|mcp|deps|exchange)[$_]?\d*$")
_CONTEXT_TYPE: Final = regex(
    r"\b(?:(?:Agent|App|Call|Execution|Invocation|MCP|Request|Run|Server|Tool)?Context(?:Wrapper)?|RequestHandlerExtra|ServerSession|ToolDependencies|\w*Exchange)\b"
)
_WRAPPERS: Final = frozenset({"params", "arguments", "args", "input", "body", "request"})
"""Members of a handler's parameter that hold the tool's own parameters."""
_TOOL_NAMES: Final = frozenset({"name", "tool_name", "toolName"})
"""Parameters of a dispatcher that say which tool is meant."""


class Entry(NamedTuple):
    """A function that somebody outside calls."""

    function: FunctionRef
    tool: str
    tainted: tuple[str, ...] = ()
    """Parameters, or members of the only one, that a client chooses; none given: all but context objects."""
    called: str = ""
    """What clients call it by, where the item's key says more."""


def compared(entry: Entry) -> str:
    """What a dispatcher compares with: of an item's key, the part after its kind."""
    kind, _, name = entry.tool.partition(":")
    return entry.called or name if kind in {"tool", "prompt"} else entry.tool


def chosen(project: Project, entry: Entry, label: Label) -> Origin | None:
    """The origin that a label of the entry's own stands for; None where no client chooses it."""
    if isinstance(label.root, Origin):
        return label.root if label.root.kind != VARIABLE else None
    path = tuple(part for part in label.path if part != KEYS and told_by(part) is None)
    if isinstance(label.root, str):
        # A tool that is an object has its arguments for fields.
        at = project.function(entry.function)
        whole = label.root == "this" and "self" in entry.tainted
        name = ".".join(("self", *path))
        return Origin("parameter", name, entry.function.path, at.line) if whole else None
    function = project.function(entry.function)
    param = function.params[label.root]
    name = ".".join((param.name, *path)) if param.name else ".".join(path) or "arguments"
    origin = Origin("parameter", name, entry.function.path, param.line or function.line)
    context = param.name and (_CONTEXT.fullmatch(param.name) or _CONTEXT_TYPE.search(param.annotation))
    service = _is_service(project, entry.function.path, param.annotation)
    if service or not entry.tainted:
        return None if service or context or _names_tool(function, label) else origin
    tainted = frozenset(entry.tainted)
    beside = any(one.name in tainted for one in function.params)
    # What the library hands in beside them may have members of the same names: ``ctx.state.project``.
    if param.name in tainted or _takes_rest(param, tainted) or (tainted & frozenset(path) and not (context and beside)):
        return origin
    if beside or label.root > 0:
        return None
    return origin if all(part in _WRAPPERS for part in path) else None


def _takes_rest(param: Param, tainted: frozenset[str]) -> bool:
    """Whether arguments that have no name of their own come as a rest: ``({ name, ...page }) => …``."""
    entries = param.pattern.entries if isinstance(param.pattern, ir.Mapping) else ()
    rests = (entry.value for entry in entries if entry.key is None)
    return any(isinstance(node, ir.Name) and node.id in tainted for each in rests for node in walk.below(each))


def _is_service(project: Project, path: str, annotation: str) -> bool:
    """Whether a type is a class of the project's own that makes its fields itself, as no data of a client's does."""
    ref = project.named(path, annotation) if annotation.isidentifier() else None
    if not isinstance(ref, ClassRef) or project.cls(ref).bases or project.cls(ref).decorators:
        return False
    made = project.method(ref, "__init__")
    return isinstance(made, FunctionRef) and not project.function(made).static


def _names_tool(function: Function, label: Label) -> bool:
    """Whether a value is the name by which a dispatcher finds the tool, rather than one of its arguments."""
    if label.path[-2:] == ("params", "name"):
        return True
    named = isinstance(label.root, int) and not label.path and function.params[label.root].name in _TOOL_NAMES
    return named and any(param.name in _WRAPPERS for param in function.params)
