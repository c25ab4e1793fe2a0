"""What a Go expression that makes a tool, a prompt or a resource says of it, through variables and helpers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._go_types import Types
from driftseal.observe.tools.schemas import Schemas
from driftseal.observe.tools.sites import Sites

_DEPTH: Final = 6
_CALLERS: Final = 300
"""Calls of one helper that are told apart."""
_MADE: Final = {
    "NewTool": ItemKind.TOOL,
    "NewToolWithRawSchema": ItemKind.TOOL,
    "NewPrompt": ItemKind.PROMPT,
    "NewResource": ItemKind.RESOURCE,
    "NewResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
}
_STRUCTS: Final = {
    "Tool": ItemKind.TOOL,
    "Prompt": ItemKind.PROMPT,
    "Resource": ItemKind.RESOURCE,
    "ResourceTemplate": ItemKind.RESOURCE_TEMPLATE,
}
_PROPERTIES: Final = {
    "WithString": "string",
    "WithNumber": "number",
    "WithInteger": "integer",
    "WithInt": "integer",
    "WithBoolean": "boolean",
    "WithBool": "boolean",
    "WithArray": "array",
    "WithObject": "object",
    "WithAny": "",
    "WithArgument": "string",
}
_HINTS: Final = {
    "WithReadOnlyHintAnnotation": "readOnlyHint",
    "WithDestructiveHintAnnotation": "destructiveHint",
    "WithIdempotentHintAnnotation": "idempotentHint",
    "WithOpenWorldHintAnnotation": "openWorldHint",
}
_FIELDS: Final = {
    "ReadOnlyHint": "readOnlyHint",
    "DestructiveHint": "destructiveHint",
    "IdempotentHint": "idempotentHint",
    "OpenWorldHint": "openWorldHint",
}


class Thing(NamedTuple):
    """One tool, prompt or resource, with what is said of it."""

    kind: ItemKind
    name: str
    made: Spot
    how: str
    description: str | None = None
    title: str | None = None
    schema: Json = None
    hints: dict[str, Json] = {}  # noqa: RUF012  # never changed
    handler: Spot | None = None


class Making:
    """Reads the expressions of one project."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants = sites.constants
        self._schemas = Schemas(sites)
        self._types = Types(sites)
        self._called: dict[str, list[Spot]] | None = None
        self._methods: dict[str, list[FunctionRef]] | None = None

    # --- things -----------------------------------------------------------------------------

    def things(self, spot: Spot, depth: int = _DEPTH) -> Iterator[Thing]:
        """What an expression makes; several where a helper makes it for each of its callers."""
        if depth == 0:
            return
        whole = self._constants.follow(spot)
        expr = whole.expr
        if isinstance(expr, ir.Mapping):
            yield from self._struct(whole, expr)
        elif isinstance(expr, ir.Call):
            kind = _MADE.get(last_name(expr.callee))
            if kind is not None:
                yield from self._made(whole, expr, kind)
                return
            for returned in self._returned(whole, expr):
                yield from self.things(returned, depth - 1)

    def _returned(self, whole: Spot, call: ir.Call) -> Iterator[Spot]:
        """What a function of the project gives back, the first of several."""
        ref = self._resolved(whole.at(call.callee))
        if ref is None:
            return
        for each in self._sites.project.function(ref).body:
            value = each.value if isinstance(each, ir.Return) else None
            if value is not None:
                first = value.items[0] if isinstance(value, ir.Group) and value.items else value
                yield Spot(ref.path, ref.number, first, self._given(ref, whole, call))

    def _given(self, ref: FunctionRef, whole: Spot, call: ir.Call) -> dict[str, Spot]:
        params = self._sites.project.function(ref).params
        return {param.name: whole.at(arg.value) for param, arg in zip(params, call.args, strict=False)}

    def _made(self, whole: Spot, call: ir.Call, kind: ItemKind) -> Iterator[Thing]:
        """``mcp.NewTool("name", options…)``; with a name of its caller's, once for each caller."""
        first = whole.at(call.args[0].value) if call.args else None
        name = self._constants.text(first)
        if name:
            yield self._with_options(whole, call, kind, name)
            return
        function = self._sites.project.modules[whole.path].functions[whole.scope]
        if first is None or not isinstance(first.expr, ir.Name) or whole.given is not None:
            return
        if first.expr.id in {param.name for param in function.params}:
            for caller in self._callers(function.name)[:_CALLERS]:
                if isinstance(caller.expr, ir.Call):
                    given = self._given(FunctionRef(whole.path, whole.scope), caller, caller.expr)
                    turn = Spot(whole.path, whole.scope, call, given)
                    name = self._constants.text(turn.at(first.expr))
                    if name:
                        yield self._with_options(turn, call, kind, name)

    def _callers(self, name: str) -> list[Spot]:
        if self._called is None:
            self._called = {}
            for path, module in self._sites.project.modules.items():
                for number, function in enumerate(module.functions if module.language == "go" else ()):
                    for node in below(function.body):
                        if isinstance(node, ir.Call):
                            self._called.setdefault(last_name(node.callee), []).append(Spot(path, number, node))
        return self._called.get(name, []) if name else []

    def _struct(self, whole: Spot, expr: ir.Mapping) -> Iterator[Thing]:
        kind = _STRUCTS.get(expr.type.rpartition(".")[2])
        if kind is None:
            return
        told = dict(members(self._constants, whole))
        if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
            name = self._constants.text(told.get("URI") or told.get("URITemplate"))
        else:
            name = self._constants.text(told.get("Name"))
        if not name:
            return
        shape = next((told[key] for key in ("InputSchema", "RawInputSchema", "Arguments") if key in told), None)
        hints, title = self._annotations(told.get("Annotations"))
        yield Thing(
            kind,
            name,
            whole,
            "object",
            self.text(told.get("Description")),
            self._constants.text(told.get("Title")) or title,
            self._shape(shape) if kind is ItemKind.TOOL and shape is not None else None,
            hints,
        )

    def _annotations(self, spot: Spot | None) -> tuple[dict[str, Json], str | None]:
        """Hints and title of ``mcp.ToolAnnotations{…}``; a pointer to a truth value is made by a helper."""
        whole = self._constants.follow(spot) if spot is not None else None
        if whole is None or not isinstance(whole.expr, ir.Mapping):
            return {}, None
        told = dict(members(self._constants, whole))
        hints = {_FIELDS[key]: self._truth(value) for key, value in told.items() if key in _FIELDS}
        return {key: value for key, value in hints.items() if value is not None}, self._constants.text(
            told.get("Title")
        )

    def _truth(self, spot: Spot) -> Json:
        expr = spot.expr
        if isinstance(expr, ir.Call) and len(expr.args) == 1:
            return self._constants.fold(spot.at(expr.args[0].value))
        return self._constants.fold(spot)

    def text(self, spot: Spot | None) -> str | None:
        """A text; of a translation ``t("KEY", "text")`` what it falls back to."""
        found = self._constants.text(spot)
        if found is None and spot is not None:
            whole = self._constants.follow(spot)
            if isinstance(whole.expr, ir.Call) and len(whole.expr.args) > 1:
                return self._constants.text(whole.at(whole.expr.args[-1].value))
        return found

    # --- options ----------------------------------------------------------------------------

    def _with_options(self, whole: Spot, call: ir.Call, kind: ItemKind, name: str) -> Thing:
        thing = Thing(kind, name, whole, "call", hints={})
        rest = 1
        if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
            thing = thing._replace(title=self._constants.text(whole.at(call.args[1].value)) if call.args[1:] else None)
            rest = 2
        elif self._plain(whole, call):
            schema = self._shape(whole.at(call.args[2].value)) if call.args[2:] else None
            thing = thing._replace(description=self.text(whole.at(call.args[1].value)), schema=schema)
        options = [
            (option, option.expr)
            for option in self._options(whole, call.args[rest:], _DEPTH)
            if isinstance(option.expr, ir.Call) and option.expr.args
        ]
        for option, made in options:
            thing = self._option(thing, option, made)
        if thing.schema is None and kind is not ItemKind.RESOURCE and kind is not ItemKind.RESOURCE_TEMPLATE:
            thing = thing._replace(schema=self._properties(options))
        return thing

    def _option(self, thing: Thing, option: Spot, made: ir.Call) -> Thing:
        called, first = last_name(made.callee), option.at(made.args[0].value)
        if called.endswith("Description"):
            return thing._replace(description=self.text(first))
        if called in _HINTS:
            return thing._replace(hints=thing.hints | {_HINTS[called]: self._constants.fold(first)})
        if called == "WithTitleAnnotation":
            return thing._replace(title=self._constants.text(first))
        if called == "WithToolAnnotation":
            more, title = self._annotations(first)
            return thing._replace(hints=thing.hints | more, title=title or thing.title)
        if called in {"WithRawInputSchema", "WithInputSchema"}:
            return thing._replace(schema=self._shape(first))
        return thing

    def _properties(self, options: list[tuple[Spot, ir.Call]]) -> Json:
        """The schema that ``mcp.WithString("name", …)`` and the like put together."""
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for option, made in options:
            kind = _PROPERTIES.get(last_name(made.callee))
            key = self._constants.text(option.at(made.args[0].value)) if kind is not None else None
            if key and kind is not None:
                properties[key], needed = self._property(option, made, kind)
                required += [key] if needed else []
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _plain(self, whole: Spot, call: ir.Call) -> bool:
        """Whether the description stands right behind the name."""
        second = call.args[1].value if len(call.args) > 1 else None
        return isinstance(second, (ir.Const, ir.Name, ir.Binary)) and self.text(whole.at(second)) is not None

    def _options(self, whole: Spot, args: tuple[ir.Arg, ...], depth: int) -> Iterator[Spot]:
        """Options as calls, through variables, lists and functions of the project that put some together."""
        for arg in args if depth else ():
            option = self._constants.follow(whole.at(arg.value))
            if isinstance(option.expr, ir.Group):
                for item in option.expr.items:
                    yield from self._options(option, (ir.Arg("", item, spread=False),), depth - 1)
            elif isinstance(option.expr, ir.Call):
                ref = self._resolved(option.at(option.expr.callee))
                if ref is None:
                    yield option
                else:
                    yield from self._inside(ref, self._given(ref, option, option.expr))

    def _inside(self, ref: FunctionRef, given: dict[str, Spot]) -> Iterator[Spot]:
        """Options that a function, or the function that it returns, makes itself."""
        functions = self._sites.project.modules[ref.path].functions
        for number, function in enumerate(functions):
            if ref.number in {number, function.outer}:
                for node in below(function.body):
                    if isinstance(node, ir.Call) and last_name(node.callee).startswith("With"):
                        yield Spot(ref.path, number, node, given)

    def _property(self, option: Spot, made: ir.Call, kind: str) -> tuple[dict[str, Json], bool]:
        found: dict[str, Json] = {"type": kind} if kind else {}
        needed = False
        for inner in self._options(option, made.args[1:], _DEPTH):
            call = inner.expr
            if not isinstance(call, ir.Call):
                continue
            name = last_name(call.callee)
            values = [self._constants.fold(inner.at(arg.value)) for arg in call.args]
            if name in {"Required", "RequiredArgument"}:
                needed = True
            elif name in {"Description", "ArgumentDescription"} and call.args:
                text = self.text(inner.at(call.args[0].value))
                found |= {"description": text} if text is not None else {}
            elif name == "Enum":
                found["enum"] = [value for value in values if value is not None]
            elif name.startswith("Default") and values and values[0] is not None:
                found |= {"default": values[0]}
        return found, needed

    def _shape(self, spot: Spot) -> Json:
        """An input's schema: as a struct of the SDK, as JSON in a text, or of a type of the project."""
        whole = self._constants.follow(spot)
        if isinstance(whole.expr, ir.Mapping):
            named = self._types.named(whole.path, whole.expr.type) if whole.expr.type else None
            read = named if named is not None else self._schemas.literal(whole)
            return _lowered(read, _DEPTH * 2)
        return None

    # --- handlers ---------------------------------------------------------------------------

    def told(self, turn: Spot, call: ir.Call, kind: ItemKind) -> Thing | None:
        """``RegisterTool("name", "description", handler)``."""
        texts: list[str] = []
        handler: Spot | None = None
        for arg in call.args:
            spot = turn.at(arg.value)
            text = self._constants.text(spot)
            if text is not None and handler is None:
                texts.append(text)
            elif text is None and handler is None:
                handler = spot if self.handler(spot) is not None else None
        if not texts or handler is None or self._constants.text(turn.at(call.args[0].value)) is None:
            return None
        return Thing(kind, texts[0], turn, "call", texts[1] if len(texts) > 1 else None, handler=handler)

    def handler(self, spot: Spot | None, depth: int = _DEPTH) -> Spot | None:
        """The function that an expression stands for, as a closure where it is written."""
        if spot is None or depth == 0:
            return None
        whole = self._constants.follow(spot)
        expr = whole.expr
        if isinstance(expr, ir.Closure):
            return whole
        if isinstance(expr, ir.Call):
            return self._from_call(whole, expr, depth)
        if isinstance(expr, (ir.Name, ir.Attr)):
            ref = self._resolved(whole)
            return Spot(ref.path, 0, ir.Closure(ref.number, expr.line)) if ref is not None else None
        return None

    def _from_call(self, whole: Spot, call: ir.Call, depth: int) -> Spot | None:
        """A factory gives back a closure; a wrapper is given the function that it wraps."""
        ref = self._resolved(whole.at(call.callee))
        for each in self._sites.project.function(ref).body if ref is not None else ():
            value = each.value if isinstance(each, ir.Return) else None
            if ref is not None and isinstance(value, ir.Closure):
                inner = self._sites.project.modules[ref.path].functions[value.function]
                wrapped = {param.name for param in self._sites.project.function(ref).params}
                if not any(_calls(inner.body, name) for name in wrapped):
                    return Spot(ref.path, ref.number, value)
        for arg in call.args:
            if isinstance(arg.value, (ir.Closure, ir.Name, ir.Attr, ir.Call)):
                found = self.handler(whole.at(arg.value), depth - 1)
                if found is not None:
                    return found
        return None

    def _resolved(self, spot: Spot) -> FunctionRef | None:
        """A function by its name, a method by a name that no other has."""
        whole = self._constants.follow(spot)
        if isinstance(whole.expr, ir.Closure):
            return FunctionRef(whole.path, whole.expr.function)
        if isinstance(whole.expr, (ir.Name, ir.Attr)):
            found = self._sites.project.resolve(whole.path, whole.expr)
            if isinstance(found, FunctionRef):
                return found
            if found is None and isinstance(whole.expr, ir.Attr):
                return self._only_method(whole.expr.name)
        return None

    def _only_method(self, name: str) -> FunctionRef | None:
        if self._methods is None:
            self._methods = {}
            for path, module in self._sites.project.modules.items():
                for cls in module.classes if module.language == "go" else ():
                    for number in cls.methods:
                        self._methods.setdefault(module.functions[number].name, []).append(FunctionRef(path, number))
        found = self._methods.get(name, ())
        return found[0] if len(found) == 1 else None


def _calls(body: ir.Block, name: str) -> bool:
    """Whether a function calls what has this name."""
    return any(
        isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) and node.callee.id == name
        for node in below(body)
    )


def _lowered(value: Json, depth: int) -> Json:
    """A struct of a schema has its keys in capitals: ``Type``, ``Properties``, ``Required``."""
    if not isinstance(value, dict) or depth == 0:
        return value
    found: dict[str, Json] = {}
    for key, inner in value.items():
        name = (
            key[:1].lower() + key[1:]
            if key in {"Type", "Properties", "Required", "Description", "Enum", "Items"}
            else key
        )
        if name == "properties" and isinstance(inner, dict):
            found[name] = {one: _lowered(each, depth - 1) for one, each in inner.items()}
        else:
            found[name] = _lowered(inner, depth - 1)
    return found
