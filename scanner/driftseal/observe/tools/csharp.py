"""Tools of C#: attributes of the official SDK and its forerunners, functions of AI kernels, low-level handlers.

``[McpServerTool(Name = "…")]`` with ``[Description("…")]`` above a method, ``McpServerTool.Create(method, new() {…})``,
``AIFunctionFactory.Create``, ``[KernelFunction]``, ``[McpToolTrigger("name", "…")]`` of Azure Functions, and
``new Tool { Name = "…" }`` beside one ``CallToolHandler`` that looks at the name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._csharp_types import Types
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft, Handles
from driftseal.observe.tools.sites import Sites

LANGUAGE: Final = "csharp"
_MARKS: Final[Mapping[str, ItemKind]] = {
    "McpServerTool": ItemKind.TOOL,
    "McpTool": ItemKind.TOOL,
    "KernelFunction": ItemKind.TOOL,
    "McpServerPrompt": ItemKind.PROMPT,
    "McpServerResource": ItemKind.RESOURCE,
    "McpResource": ItemKind.RESOURCE,
}
_MAKERS: Final[Mapping[tuple[str, str], ItemKind]] = {
    ("McpServerTool", "Create"): ItemKind.TOOL,
    ("AIFunctionFactory", "Create"): ItemKind.TOOL,
    ("KernelFunctionFactory", "CreateFromMethod"): ItemKind.TOOL,
    ("McpServerPrompt", "Create"): ItemKind.PROMPT,
    ("McpServerResource", "Create"): ItemKind.RESOURCE,
}
_MADE: Final[Mapping[str, ItemKind]] = {
    "Tool": ItemKind.TOOL,
    "Prompt": ItemKind.PROMPT,
    "Resource": ItemKind.RESOURCE,
    "ResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
}
_HINTS: Final[Mapping[str, str]] = {
    "ReadOnly": "readOnlyHint",
    "Destructive": "destructiveHint",
    "Idempotent": "idempotentHint",
    "OpenWorld": "openWorldHint",
}
_SNAKE: Final = frozenset({"McpServerTool", "McpServerPrompt", "McpServerResource"})
"""Whose names are made of methods' by the SDK."""
_HUMPS: Final = (re.compile(r"([a-z0-9])([A-Z])"), re.compile(r"(?<![A-Z])([A-Z]+)([A-Z][a-z])"))
_ASYNC: Final = "Async"
_AWAITED: Final = ("Task", "ValueTask", "IAsyncEnumerable")
_HANDLER: Final = "CallToolHandler"
_SCHEMA_CHARS: Final = 100_000
"""Length of a schema that is written as a text."""


def find(sites: Sites) -> Iterator[Draft]:
    """Every tool, prompt and resource that C# code declares."""
    yield from _Finder(sites).drafts()


class _Finder:
    """What one walk over the C# files of a project finds."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants: Constants = sites.constants
        self._types = Types(sites.constants)
        self._refs = [ref for ref in sites.project.functions() if sites.project.modules[ref.path].language == LANGUAGE]
        self._handlers: list[FunctionRef] = []

    def drafts(self) -> Iterator[Draft]:
        """See `find`."""
        for ref in self._refs:
            yield from self._marked(ref)
        mappings: list[Spot] = []
        for ref in self._refs:
            for node in below(self._sites.project.function(ref).body):
                if isinstance(node, ir.Call):
                    yield from self._call(Spot(ref.path, ref.number, node), node)
                elif isinstance(node, ir.Mapping):
                    mappings.append(Spot(ref.path, ref.number, node))
                elif isinstance(node, (ir.Assign, ir.Bind)):
                    self._assigned(ref, node)
        for spot in mappings:
            self._handled(dict(members(self._constants, spot)).get(_HANDLER))
        for spot in mappings:
            yield from self._made(spot)

    # --- attributes -------------------------------------------------------------------------

    def _marked(self, ref: FunctionRef) -> Iterator[Draft]:
        function = self._sites.project.function(ref)
        for mark in function.decorators:
            name = last_name(mark.callee).removesuffix("Attribute") if isinstance(mark, ir.Call) else ""
            kind = _MARKS.get(name)
            if kind is not None and isinstance(mark, ir.Call):
                yield self._of_method(ref, kind, name, mark)
        for param in function.params:
            for mark in param.decorators:
                if isinstance(mark, ir.Call) and last_name(mark.callee) == "McpToolTrigger" and mark.args:
                    yield self._of_method(ref, ItemKind.TOOL, "McpTool", mark)

    def _of_method(self, ref: FunctionRef, kind: ItemKind, mark: str, call: ir.Call) -> Draft:
        function = self._sites.project.function(ref)
        spot = Spot(ref.path, ref.number, call)
        given = {arg.name: spot.at(arg.value) for arg in call.args if arg.name}
        texts = [self._constants.text(spot.at(arg.value)) for arg in call.args if not arg.name]
        named = self._constants.text(given.get("Name")) or next(iter(texts), None)
        description = self._types.described(function.decorators, spot).get("description")
        if description is None:
            description = self._constants.wording(given.get("Description")) or next(iter(texts[1:]), None)
        if description is None and mark == "McpTool":
            description = function.doc or None
        name = named or derived(function, snake=mark in _SNAKE)
        if kind is ItemKind.RESOURCE:
            name = self._constants.text(given.get("UriTemplate")) or f"resource://mcp/{name}"
            kind = ItemKind.RESOURCE_TEMPLATE if "{" in name else kind
        return Draft(
            kind=kind,
            name=name,
            spot=spot,
            line=function.line,
            how="attribute",
            description=description if isinstance(description, str) else None,
            title=self._constants.text(given.get("Title")),
            runs=self._runs(ref),
            written=self._types.signature(ref),
            extra=self._hints(given),
        )

    def _runs(self, ref: FunctionRef) -> Handles:
        return Handles(ref, tuple(param.name for param in self._types.arguments(ref)))

    def _hints(self, given: Mapping[str, Spot]) -> dict[str, Json]:
        values = {hint: self._constants.fold(given[name]) for name, hint in _HINTS.items() if name in given}
        return {hint: value for hint, value in values.items() if isinstance(value, bool)}

    # --- factories --------------------------------------------------------------------------

    def _call(self, spot: Spot, call: ir.Call) -> Iterator[Draft]:
        name = last_name(call.callee)
        if name.endswith(_HANDLER) and call.args:
            self._handled(spot.at(call.args[0].value))
        owner = last_name(call.callee.value) if isinstance(call.callee, ir.Attr) else ""
        kind = _MAKERS.get((owner, name))
        if name == "CreateFunctionFromMethod":
            kind = ItemKind.TOOL
        if kind is None or not call.args:
            return
        ref = self._sites.function(spot.at(call.args[0].value))
        draft = self._created(spot, call, kind, owner, ref) if ref is not None else None
        if draft is not None:
            yield draft

    def _created(self, spot: Spot, call: ir.Call, kind: ItemKind, owner: str, ref: FunctionRef) -> Draft | None:
        function = self._sites.project.function(ref)
        given: dict[str, Spot] = {}
        texts: list[str] = []
        for arg in call.args[1:]:
            value = spot.at(arg.value)
            whole = self._constants.follow(value)
            text = self._constants.text(value)
            if isinstance(whole.expr, ir.Mapping):
                given |= dict(members(self._constants, whole))
            elif arg.name:
                given[arg.name[:1].upper() + arg.name[1:]] = value
            elif text is not None:
                texts.append(text)
        named = self._constants.text(given.get("Name") or given.get("FunctionName")) or next(iter(texts), None)
        name = named or derived(function, snake=owner in _SNAKE)
        if kind is ItemKind.RESOURCE:
            name = self._constants.text(given.get("UriTemplate")) or f"resource://mcp/{name}"
            kind = ItemKind.RESOURCE_TEMPLATE if "{" in name else kind
        if not name:
            return None
        described = self._types.described(function.decorators, Spot(ref.path, ref.number, call)).get("description")
        text = self._constants.wording(given.get("Description")) or next(iter(texts[1:]), None)
        return Draft(
            kind=kind,
            name=name,
            spot=spot,
            line=call.line,
            how="call",
            description=text or (described if isinstance(described, str) else None),
            title=self._constants.text(given.get("Title")),
            runs=self._runs(ref),
            written=self._types.signature(ref),
            extra=self._hints(given),
        )

    # --- low level --------------------------------------------------------------------------

    def _assigned(self, ref: FunctionRef, node: ir.Assign | ir.Bind) -> None:
        targets = node.targets if isinstance(node, ir.Assign) else (node.target,)
        if any(last_name(target) == _HANDLER for target in targets):
            self._handled(Spot(ref.path, ref.number, node.value))

    def _handled(self, spot: Spot | None) -> None:
        found = self._sites.function(spot) if spot is not None else None
        if found is not None and found not in self._handlers:
            self._handlers.append(found)

    def _made(self, spot: Spot) -> Iterator[Draft]:
        """``new Tool { Name = "…", Description = "…", InputSchema = … }``."""
        given = dict(members(self._constants, spot))
        made = spot.expr.type.rpartition(".")[2] if isinstance(spot.expr, ir.Mapping) else ""
        kind = _MADE.get(made) or (ItemKind.TOOL if "InputSchema" in given else None)
        name = self._constants.text(given.get("Name"))
        if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
            name = self._constants.text(given.get("Uri") or given.get("UriTemplate"))
        elif not is_name(name):
            return
        if kind is None or name is None:
            return
        hints = (
            dict(members(self._constants, self._constants.follow(given["Annotations"])))
            if "Annotations" in given
            else {}
        )
        yield Draft(
            kind=kind,
            name=name,
            spot=spot,
            line=spot.expr.line,
            how="object",
            description=self._constants.wording(given.get("Description")),
            title=self._constants.text(given.get("Title")),
            runs=self._dispatched(name) if kind is ItemKind.TOOL else None,
            written=self._schema(given.get("InputSchema")),
            extra=self._hints({key.removesuffix("Hint"): value for key, value in hints.items()}),
        )

    def _dispatched(self, name: str) -> Handles | None:
        """The one handler of all tools, where no branch of it tells this one apart."""
        for branch in self._sites.branches:
            if self._constants.text(Spot(branch.path, branch.scope, branch.value)) == name:
                return None
        for ref in self._handlers:
            params = self._sites.project.function(ref).params
            return Handles(ref, tuple(param.name for param in params[:1]), fields=True)
        return None

    def _schema(self, spot: Spot | None) -> Json:
        """A schema that is parsed from a text."""
        if spot is None:
            return None
        for node in below(self._constants.follow(spot).expr):
            text = self._constants.text(spot.at(node)) if isinstance(node, (ir.Const, ir.Name, ir.Attr)) else None
            if text is not None and text.lstrip().startswith("{") and len(text) < _SCHEMA_CHARS:
                try:
                    read = json.loads(text)
                except (ValueError, RecursionError):
                    return None
                return read if isinstance(read, dict) else None
        return None


def derived(function: ir.Function, *, snake: bool) -> str:
    """The name that a framework makes of a method's."""
    name = function.name
    returns = function.returns.rpartition(".")[2] if "<" not in function.returns else function.returns
    if name.endswith(_ASYNC) and name != _ASYNC and returns.startswith(_AWAITED):
        name = name.removesuffix(_ASYNC)
    if snake:
        for hump in _HUMPS[::-1]:
            name = hump.sub(r"\1_\2", name)
        name = name.lower()
    return name
