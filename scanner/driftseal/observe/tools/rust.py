"""Tools of Rust: rmcp's ``#[tool]`` methods, ``#[mcp_tool]`` structs of rust-mcp-sdk, ``Tool::new`` and ``call_tool``.

Arguments are the struct inside ``Parameters<T>``, what ``#[tool(aggr)]`` or ``#[tool(param)]`` marks, or the fields of
the struct that is the tool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name, names_in
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.code.walk import below
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools._rust_types import Types, taken_apart
from driftseal.observe.tools.declared import Draft, Handles
from driftseal.observe.tools.schemas import Schemas
from driftseal.observe.tools.sites import Sites

LANGUAGE: Final = "rust"
_MARKS: Final[Mapping[str, ItemKind]] = {
    "tool": ItemKind.TOOL,
    "mcp_tool": ItemKind.TOOL,
    "prompt": ItemKind.PROMPT,
    "mcp_prompt": ItemKind.PROMPT,
    "resource": ItemKind.RESOURCE,
    "mcp_resource": ItemKind.RESOURCE,
}
_MADE: Final[Mapping[str, ItemKind]] = {
    "Tool": ItemKind.TOOL,
    "Prompt": ItemKind.PROMPT,
    "RawResource": ItemKind.RESOURCE,
    "Resource": ItemKind.RESOURCE,
    "RawResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
    "ResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
}
_MAKERS: Final = frozenset({"new", "new_with_raw", "builder", "from_parts"})
_HINTS: Final[Mapping[str, str]] = {
    "read_only_hint": "readOnlyHint",
    "destructive_hint": "destructiveHint",
    "idempotent_hint": "idempotentHint",
    "open_world_hint": "openWorldHint",
}
_CONTEXTS: Final = frozenset(
    {
        *("RequestContext", "Peer", "Context", "CancellationToken", "Meta", "Extensions", "Extension", "State"),
        *("ToolCallContext", "RequestHandlerExtra", "McpServer", "Arc", "Client", "Pool"),
    }
)
_WRAPPED: Final = "Parameters"
_CALLED: Final = ("call_tool", "handle_call_tool_request", "handle_call_tool", "tools_call", "handle_tool_call")
_RUNS: Final = ("call_tool", "run_tool", "call", "run", "execute", "handle", "invoke")


class _Argument(NamedTuple):
    """A parameter that carries arguments; ``whole`` where its type has them for fields."""

    param: ir.Param
    whole: str


def find(sites: Sites) -> Iterator[Draft]:
    """Every tool, prompt and resource that Rust code declares."""
    yield from _Finder(sites).drafts()


class _Finder:
    """What one walk over the Rust files of a project finds."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants: Constants = sites.constants
        self._types = Types(sites.constants)
        self._schemas = Schemas(sites)
        modules = sites.project.modules
        self._refs = [ref for ref in sites.project.functions() if modules[ref.path].language == LANGUAGE]
        self._dispatchers = [ref for ref in self._refs if sites.project.function(ref).name in _CALLED]

    def drafts(self) -> Iterator[Draft]:
        """See `find`."""
        for ref in self._refs:
            yield from self._marked(ref)
        for path, module in self._sites.project.modules.items():
            if module.language == LANGUAGE:
                for number, cls in enumerate(module.classes):
                    yield from self._of_struct(ClassRef(path, number), cls)
        for ref in self._refs:
            for node in below(self._sites.project.function(ref).body):
                if isinstance(node, ir.Call):
                    yield from self._made(Spot(ref.path, ref.number, node), node)
                elif isinstance(node, ir.Mapping):
                    yield from self._written(Spot(ref.path, ref.number, node), node)

    def _marked(self, ref: FunctionRef) -> Iterator[Draft]:
        function = self._sites.project.function(ref)
        for mark in function.decorators:
            kind = _MARKS.get(last_name(mark.callee)) if isinstance(mark, ir.Call) else None
            if kind is not None and isinstance(mark, ir.Call):
                yield self._of_method(ref, function, kind, mark)

    # --- attributes -------------------------------------------------------------------------

    def _given(self, spot: Spot, mark: ir.Call) -> tuple[dict[str, Spot], str | None]:
        """What an attribute says by name, what lies in its ``annotations(…)`` too, and its first text."""
        given: dict[str, Spot] = {}
        text: str | None = None
        for arg in mark.args:
            if arg.name:
                given[arg.name] = spot.at(arg.value)
            elif isinstance(arg.value, ir.Call) and last_name(arg.value.callee) == "annotations":
                given |= {each.name: spot.at(each.value) for each in arg.value.args if each.name}
            else:
                text = text or self._constants.text(spot.at(arg.value))
        return given, text

    def _hints(self, given: Mapping[str, Spot]) -> dict[str, Json]:
        values = {hint: self._constants.fold(given[name]) for name, hint in _HINTS.items() if name in given}
        return {hint: value for hint, value in values.items() if isinstance(value, bool)}

    def _of_method(self, ref: FunctionRef, function: ir.Function, kind: ItemKind, mark: ir.Call) -> Draft:
        spot = Spot(ref.path, ref.number, mark)
        given, text = self._given(spot, mark)
        named = self._constants.text(given.get("name"))
        name = named if is_name(named) and named is not None else function.name
        if kind is ItemKind.RESOURCE:
            name = self._constants.text(given.get("uri") or given.get("uri_template")) or text or name
            kind = ItemKind.RESOURCE_TEMPLATE if "{" in name else kind
        said = self._constants.wording(given["description"]) if "description" in given else text or function.doc or None
        arguments = self._arguments(function)
        return Draft(
            kind=kind,
            name=name,
            spot=spot,
            line=function.line,
            how="attribute",
            description=said,
            title=self._constants.text(given.get("title")),
            runs=Handles(ref, tuple(dict.fromkeys(name for one in arguments for name in _names(one.param)))),
            written=self._signature(ref, arguments),
            extra=self._hints(given),
        )

    def _arguments(self, function: ir.Function) -> list[_Argument]:
        marked: list[_Argument] = []
        plain: list[_Argument] = []
        for param in function.params:
            name, inner = taken_apart(param.annotation)
            marks = [
                mark for mark in param.decorators if isinstance(mark, ir.Call) and last_name(mark.callee) == "tool"
            ]
            roles = {last_name(arg.value) for mark in marks for arg in mark.args}
            if name == _WRAPPED and inner:
                marked.append(_Argument(param, inner[-1]))
            elif "aggr" in roles:
                marked.append(_Argument(param, param.annotation))
            elif "param" in roles:
                marked.append(_Argument(param, ""))
            elif param.name != "self" and name not in _CONTEXTS:
                plain.append(_Argument(param, ""))
        return marked or plain

    def _signature(self, ref: FunctionRef, arguments: list[_Argument]) -> Json:
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for one in arguments:
            if one.whole:
                return self._types.type(ref.path, one.whole)
            told = self._types.described(ref.path, one.param.decorators)
            properties[one.param.name] = told | self._types.type(ref.path, one.param.annotation)
            if taken_apart(one.param.annotation)[0] != "Option":
                required.append(one.param.name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _of_struct(self, ref: ClassRef, cls: ir.Class) -> Iterator[Draft]:
        """``#[mcp_tool(name = "…", description = "…")] struct T { … }``, which some method of it runs."""
        for mark in cls.decorators:
            if not isinstance(mark, ir.Call) or last_name(mark.callee) != "mcp_tool":
                continue
            spot = Spot(ref.path, 0, mark)
            given, text = self._given(spot, mark)
            name = self._constants.text(given.get("name")) or text
            if name is None:
                continue
            runs = next(
                (found for method in _RUNS if (found := self._sites.project.method(ref, method)) is not None), None
            )
            yield Draft(
                kind=ItemKind.TOOL,
                name=name,
                spot=spot,
                line=cls.line,
                how="attribute",
                description=self._constants.wording(given.get("description")) or cls.doc or None,
                title=self._constants.text(given.get("title")),
                runs=Handles(runs, ("self",)) if isinstance(runs, FunctionRef) else self._dispatched(name),
                written=self._types.model(ref),
                extra=self._hints(given),
            )

    # --- low level --------------------------------------------------------------------------

    def _made(self, spot: Spot, call: ir.Call) -> Iterator[Draft]:
        """``Tool::new("name", "description", schema)``."""
        owner = last_name(call.callee.value) if isinstance(call.callee, ir.Attr) else ""
        kind = _MADE.get(owner)
        if kind is None or last_name(call.callee) not in _MAKERS:
            return
        texts = [self._constants.text(spot.at(arg.value)) for arg in call.args]
        name = texts[0] if texts else None
        if name is None or (kind is ItemKind.TOOL and not is_name(name)):
            return
        told = texts[1] if len(texts) > 1 and kind in {ItemKind.TOOL, ItemKind.PROMPT} else None
        schema = spot.at(call.args[-1].value) if len(call.args) > len(("name", "description")) else None
        yield self._low(spot, kind, name, told, schema, {})

    def _written(self, spot: Spot, mapping: ir.Mapping) -> Iterator[Draft]:
        """``Tool { name: "…".into(), description: Some("…".into()), input_schema, … }``."""
        kind = _MADE.get(mapping.type.rpartition(".")[2])
        given = dict(members(self._constants, spot))
        if kind is None and "name" in given and ("inputSchema" in given or "input_schema" in given):
            kind = ItemKind.TOOL
        if kind is None:
            return
        key = "name" if kind in {ItemKind.TOOL, ItemKind.PROMPT} else "uri" if "uri" in given else "uri_template"
        name = self._constants.text(given.get(key))
        if name is not None and (kind is not ItemKind.TOOL or is_name(name)):
            told = self._constants.wording(given.get("description"))
            yield self._low(spot, kind, name, told, given.get("input_schema") or given.get("inputSchema"), given)

    def _low(
        self, spot: Spot, kind: ItemKind, name: str, told: str | None, schema: Spot | None, given: Mapping[str, Spot]
    ) -> Draft:
        return Draft(
            kind=kind,
            name=name,
            spot=spot,
            line=spot.expr.line,
            how="object",
            description=told,
            title=self._constants.text(given.get("title")),
            runs=self._dispatched(name) if kind is ItemKind.TOOL else None,
            written=self._schema(schema),
        )

    def _schema(self, spot: Spot | None) -> Json:
        """A schema that is written as JSON, or that of a type that is named."""
        if spot is None:
            return None
        whole = self._constants.follow(spot)
        for node in below(whole.expr):
            if isinstance(node, ir.Mapping) and any(
                isinstance(entry.key, ir.Const) and entry.key.value in {"type", "properties"} for entry in node.entries
            ):
                return self._schemas.literal(whole.at(node))
            if isinstance(node, ir.Name) and node.id[:1].isupper():
                ref = self._types.cls(whole.path, node.id)
                if ref is not None:
                    return self._types.model(ref)
        return None

    def _dispatched(self, name: str) -> Handles | None:
        """The one handler of all tools, where no branch of it tells this one apart."""
        for branch in self._sites.branches:
            if self._constants.text(Spot(branch.path, branch.scope, branch.value)) == name:
                return None
        for ref in self._dispatchers:
            params = [param for param in self._sites.project.function(ref).params if param.name != "self"]
            return Handles(ref, tuple(_names(params[0])) if params else (), fields=True)
        return None


def _names(param: ir.Param) -> list[str]:
    return [param.name] if param.name else [*names_in(param.pattern)]
