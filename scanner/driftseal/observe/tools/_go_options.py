"""What options of Go's MCP libraries say of a tool, a prompt or a resource, and the structs that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from driftseal import canonical
from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._go_functions import Functions
from driftseal.observe.tools._go_types import Types
from driftseal.observe.tools.schemas import Schemas
from driftseal.observe.tools.sites import Sites

_DEPTH: Final = 6
_STEPS: Final = 1000
"""Options that one thing is given."""
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


class Options:
    """Reads what is said of one thing after another."""

    def __init__(self, sites: Sites, functions: Functions) -> None:
        self._constants = sites.constants
        self._functions = functions
        self._project = sites.project
        self._schemas = Schemas(sites)
        self._types = Types(sites)
        self._left = _STEPS

    def applied(self, whole: Spot, call: ir.Call, kind: ItemKind, name: str) -> Thing:
        """What ``mcp.NewTool("name", options…)`` makes."""
        self._left = _STEPS
        thing = Thing(kind, name, whole, "call", hints={})
        rest = 1
        if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
            thing = thing._replace(title=self._constants.text(whole.at(call.args[1].value)) if call.args[1:] else None)
            rest = 2
        elif self._plain(whole, call):
            schema = self.shape(whole.at(call.args[2].value)) if call.args[2:] else None
            thing = thing._replace(description=self.text(whole.at(call.args[1].value)), schema=schema)
        options = [
            (option, option.expr)
            for option in self._options(whole, call.args[rest:], _DEPTH)
            if isinstance(option.expr, ir.Call) and option.expr.args
        ]
        for option, made in options:
            thing = self.option(thing, option, made)
        if thing.schema is None and kind is not ItemKind.RESOURCE and kind is not ItemKind.RESOURCE_TEMPLATE:
            read = self._properties(options)
            unknown = isinstance(read, dict) and not read["properties"] and self._grows(whole, call)
            thing = thing._replace(schema=None if unknown else read)
        return thing

    def _grows(self, whole: Spot, call: ir.Call) -> bool:
        """Whether options come out of a list that is made longer as the program runs, by parameters say."""
        names = {arg.value.id for arg in call.args if arg.spread and isinstance(arg.value, ir.Name)}
        body = self._project.modules[whole.path].functions[whole.scope].body if names else ()
        targets = [target for node in below(body) if isinstance(node, ir.Assign) for target in node.targets]
        made = [target.id for target in targets if isinstance(target, ir.Name) and target.id in names]
        return len(made) > len(set(made))

    def option(self, thing: Thing, option: Spot, made: ir.Call) -> Thing:
        """The same thing with what one more option says of it."""
        called, first = last_name(made.callee), option.at(made.args[0].value)
        if called.endswith("Description"):
            return thing._replace(description=self.text(first))
        if called in _HINTS:
            return thing._replace(hints=thing.hints | {_HINTS[called]: self._constants.fold(first)})
        if called == "WithTitleAnnotation":
            return thing._replace(title=self._constants.text(first))
        if called == "WithToolAnnotation":
            more, title = self.annotations(first)
            return thing._replace(hints=thing.hints | more, title=title or thing.title)
        if called in {"WithRawInputSchema", "WithInputSchema"}:
            return thing._replace(schema=self.shape(first))
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
            self._left -= 1
            if self._left < 0:
                return
            option = self._constants.follow(whole.at(arg.value))
            if isinstance(option.expr, ir.Group):
                for item in option.expr.items:
                    yield from self._options(option, (ir.Arg("", item, spread=False),), depth - 1)
            elif isinstance(option.expr, ir.Call):
                ref = self._functions.resolved(option.at(option.expr.callee))
                if ref is None:
                    yield option
                else:
                    yield from self._inside(ref, self._functions.given(ref, option, option.expr))

    def _inside(self, ref: FunctionRef, given: dict[str, Spot]) -> Iterator[Spot]:
        """Options that a function, or the function that it returns, makes itself."""
        functions = self._project.modules[ref.path].functions
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

    def shape(self, spot: Spot) -> Json:
        """An input's schema: as a struct of the SDK, as JSON in a text, or of a type of the project."""
        whole = self._constants.follow(spot)
        text = self._constants.text(spot)
        if text is not None:
            try:
                return canonical.parse_json(text, spot.path, DEFAULT_LIMITS).value
            except (FormatError, LimitExceeded):
                return None
        if isinstance(whole.expr, ir.Mapping):
            named = self._types.named(whole.path, whole.expr.type) if whole.expr.type else None
            read = named if named is not None else self._schemas.literal(whole)
            return _lowered(read, _DEPTH * 2)
        return None

    def annotations(self, spot: Spot | None) -> tuple[dict[str, Json], str | None]:
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
        """A text; of a translation ``t("KEY", "text")`` what it falls back to, of a function what it gives back."""
        found = self._constants.wording(spot)
        whole = self._constants.follow(spot) if spot is not None and found is None else None
        if whole is None or not isinstance(whole.expr, ir.Call):
            return found
        ref = self._functions.resolved(whole.at(whole.expr.callee))
        for each in self._project.function(ref).body if ref is not None else ():
            if ref is not None and isinstance(each, ir.Return) and each.value is not None:
                return self._constants.text(Spot(ref.path, ref.number, each.value))
        return self._constants.text(whole.at(whole.expr.args[-1].value)) if len(whole.expr.args) > 1 else None


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
