"""Tools of Java's MCP SDK and of frameworks that make them by calls: records, builders, and helpers around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.walk import below
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._java_schemas import Schemas
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Sites

LANGUAGE: Final = "java"
MARKS: Final = {
    "Tool": ItemKind.TOOL,
    "McpTool": ItemKind.TOOL,
    "Prompt": ItemKind.PROMPT,
    "McpPrompt": ItemKind.PROMPT,
    "Resource": ItemKind.RESOURCE,
    "McpResource": ItemKind.RESOURCE,
    "ResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
    "McpResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
}
"""Annotations and records by what they declare."""
TEMPLATES: Final = frozenset({ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE})
_RUNS: Final = ("callHandler", "call", "handler", "promptHandler", "readHandler", "setHandler", "setAsyncHandler")
_METHODS: Final = ("apply", "call", "accept", "handle", "execute", "get")
_CHAIN: Final = 40
"""Calls of one chain that are taken apart."""
_DEPTH: Final = 4
_CALLERS: Final = 300
"""Calls of one helper that are told apart."""


class _Chain(NamedTuple):
    """``A.builder().b(c).d(e)``: what it begins with, and the calls by their name."""

    head: ir.Call | None
    calls: dict[str, ir.Call]


class Making:
    """Tools that are made by calls, and what runs them."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants = sites.constants
        self._schemas = Schemas(sites)
        self._calls: list[Spot] = []
        self._called: dict[str, list[Spot]] | None = None
        for path, module in sites.project.modules.items():
            if module.language == LANGUAGE:
                for number, function in enumerate(module.functions):
                    self._gather(path, number, function.body)
                for cls in module.classes:
                    self._gather(path, 0, tuple(one.value for one in cls.fields if one.value is not None))

    def _gather(self, path: str, number: int, body: object) -> None:
        for node in below(body):
            if isinstance(node, ir.Call):
                self._calls.append(Spot(path, number, node))

    def drafts(self) -> Iterator[Draft]:
        """Everything made under a name that is known, with its handler where one stands beside it."""
        made: dict[tuple[int, str], Draft] = {}
        handlers: dict[int, Spot] = {}
        for spot in self._calls:
            for draft in self._made_for(spot):
                made[id(spot.expr), draft.name] = draft
            for tool, handler in self._pairs(spot):
                origin = self._origin(tool, _DEPTH)
                if origin is not None:
                    handlers.setdefault(id(origin.expr), handler)
        for (key, _), draft in made.items():
            runs = draft.handler if draft.spot.given is not None else handlers.get(key) or draft.handler
            yield replace(draft, handler=self._runs(runs) if runs is not None else None)

    def _made_for(self, spot: Spot) -> Iterator[Draft]:
        """What a call makes; of a helper that is given the name, what it makes for each of its callers."""
        draft = self._made(spot)
        function = self._sites.project.modules[spot.path].functions[spot.scope]
        makes = isinstance(spot.expr, ir.Call) and (spot.expr.new or last_name(spot.expr.callee) == "build")
        if draft is not None:
            yield draft
        if draft is not None or not makes or not function.params or not function.name:
            return
        for caller in self._callers(function.name)[:_CALLERS]:
            args = caller.expr.args if isinstance(caller.expr, ir.Call) else ()
            given = {param.name: caller.at(arg.value) for param, arg in zip(function.params, args, strict=False)}
            draft = self._made(spot._replace(given=given))
            # A method is named as a field is: ``Shelf::list``, ``Main.SCHEMA``.
            named = (caller.at(arg.value) for arg in args if isinstance(arg.value, (ir.Closure, ir.Attr)))
            runs = next((spot for spot in named if self._sites.function(spot) is not None), None)
            if draft is not None:
                yield replace(draft, line=caller.expr.line, handler=runs)

    def _callers(self, name: str) -> list[Spot]:
        if self._called is None:
            self._called = {}
            for spot in self._calls:
                if isinstance(spot.expr, ir.Call):
                    self._called.setdefault(last_name(spot.expr.callee), []).append(spot)
        return self._called.get(name, [])

    def _runs(self, handler: Spot) -> Spot:
        """Of an object of a class the method that a function object has."""
        whole = self._constants.follow(handler)
        if isinstance(whole.expr, ir.Call) and whole.expr.new:
            for name in _METHODS:
                found = self._constants.member(whole, name)
                if found is not None and isinstance(found.expr, ir.Closure):
                    return found
        return handler

    def _made(self, spot: Spot) -> Draft | None:
        call = spot.expr
        if not isinstance(call, ir.Call):
            return None
        kind = MARKS.get(last_name(call.callee)) if call.new else None
        if kind is not None:
            return self._record(spot, call, kind)
        if last_name(call.callee) in {"build", "register"}:
            return self._built(spot, call)
        return None

    def _record(self, spot: Spot, call: ir.Call, kind: ItemKind) -> Draft | None:
        """``new McpSchema.Tool(name, description, schema)``; newer ones have a title behind the name."""
        args = [spot.at(arg.value) for arg in call.args]
        texts = [self._constants.text(arg) for arg in args]
        if (
            not texts
            or not texts[0]
            or (kind is ItemKind.TOOL and (len(args) < len(("name", "schema")) or not is_name(texts[0])))
        ):
            return None
        titled = kind is ItemKind.TOOL and len(args) > 4  # noqa: PLR2004  # name, title, description, schema, …
        described = texts[2] if titled else texts[1] if len(texts) > 1 else None
        if kind in TEMPLATES:
            described = texts[2] if len(texts) > 2 else None  # noqa: PLR2004  # uri, name, description
            kind = ItemKind.RESOURCE_TEMPLATE if "{" in texts[0] else kind
        schema = args[3] if titled else args[2] if len(args) > 2 else None  # noqa: PLR2004  # behind the description
        return Draft(
            kind=kind,
            name=texts[0],
            spot=spot,
            line=call.line,
            how="object",
            description=described,
            title=texts[1] if titled else None,
            written=self._schemas.written(schema) if kind is ItemKind.TOOL else None,
        )

    def _built(self, spot: Spot, call: ir.Call) -> Draft | None:
        """``Tool.builder().name("a").description("b").build()``, ``manager.newTool("a")….register()``."""
        chain = _chain(call)
        head = chain.head
        if head is None:
            return None
        owner = last_name(head.callee.value) if isinstance(head.callee, ir.Attr) else ""
        callback = owner in {"FunctionToolCallback", "MethodToolCallback"}
        kind = ItemKind.TOOL if callback or last_name(head.callee) == "newTool" else MARKS.get(owner)
        given = {name: spot.at(one.args[0].value) for name, one in chain.calls.items() if one.args}
        first = spot.at(head.args[0].value) if head.args else None
        name = self._constants.text(given.get("uri") if kind in TEMPLATES else given.get("name") or first)
        if kind is None or not name:
            return None
        runs = next((given[key] for key in _RUNS if key in given), None)
        if callback and runs is None and len(head.args) > 1:
            runs = spot.at(head.args[1].value)
        return Draft(
            kind=ItemKind.RESOURCE_TEMPLATE if kind in TEMPLATES and "{" in name else kind,
            name=name,
            spot=spot,
            line=call.line,
            how="builder",
            description=self._constants.wording(given.get("description") or given.get("setDescription")),
            title=self._constants.text(given.get("title")),
            written=self._schema(spot, given) if kind is ItemKind.TOOL else None,
            handler=runs,
        )

    def _schema(self, spot: Spot, given: dict[str, Spot]) -> Json:
        if "inputType" in given:
            kind = given["inputType"].expr
            name = last_name(kind.value) if isinstance(kind, ir.Attr) else ""
            return self._schemas.typed(spot.path, name, _DEPTH)
        return self._schemas.written(given.get("inputSchema"))

    def _pairs(self, spot: Spot) -> Iterator[tuple[Spot, Spot]]:
        """A tool and its handler: arguments of one call, or two members of one builder."""
        call = spot.expr
        if not isinstance(call, ir.Call):
            return
        name = last_name(call.callee)
        paired = name.endswith(("Specification", "Registration")) or name in {"tool", "toolCall", "prompts", "prompt"}
        if paired and len(call.args) > 1:
            yield spot.at(call.args[0].value), spot.at(call.args[-1].value)
        elif name == "build":
            chain = _chain(call)
            given = {key: one for key, one in chain.calls.items() if one.args}
            tool = next((given[key] for key in ("tool", "prompt", "resource") if key in given), None)
            runs = next((given[key] for key in _RUNS if key in given), None)
            if tool is not None and runs is not None:
                yield spot.at(tool.args[0].value), spot.at(runs.args[0].value)

    def _origin(self, spot: Spot, depth: int) -> Spot | None:
        """The call that makes what an expression stands for, through variables and methods that give it back."""
        whole = self._constants.follow(spot)
        call = whole.expr
        if not isinstance(call, ir.Call) or depth == 0:
            return None
        if call.new or last_name(call.callee) in {"build", "register"}:
            return whole
        ref = self._sites.function(whole.at(call.callee))
        for each in self._sites.project.function(ref).body if ref is not None else ():
            if ref is not None and isinstance(each, ir.Return) and each.value is not None:
                return self._origin(Spot(ref.path, ref.number, each.value), depth - 1)
        return None


def _chain(call: ir.Call) -> _Chain:
    """A chain taken apart; what it begins with is the call of a name or of a class's own function."""
    calls: dict[str, ir.Call] = {}
    for _ in range(_CHAIN):
        callee = call.callee
        inner = callee.value if isinstance(callee, ir.Attr) else None
        if not isinstance(inner, ir.Call):
            return _Chain(call, calls)
        calls.setdefault(last_name(callee), call)
        call = inner
    return _Chain(None, calls)
