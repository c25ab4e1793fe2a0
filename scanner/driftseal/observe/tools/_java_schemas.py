"""JSON Schema from Java's types and from what annotations say of parameters."""

from __future__ import annotations

from typing import Final

from driftseal import canonical
from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools.sites import Sites
from driftseal.regexes import regex

_DEPTH: Final = 6
_PLAIN: Final = {
    **dict.fromkeys(("String", "CharSequence", "char", "Character", "UUID", "Path", "URI", "LocalDate"), "string"),
    **dict.fromkeys(("int", "long", "short", "byte", "Integer", "Long", "Short", "Byte", "BigInteger"), "integer"),
    **dict.fromkeys(("double", "float", "Double", "Float", "BigDecimal", "Number"), "number"),
    **dict.fromkeys(("boolean", "Boolean"), "boolean"),
}
_LISTS: Final = frozenset({"List", "Set", "Collection", "Iterable", "ArrayList"})
_MAPS: Final = frozenset({"Map", "HashMap", "JsonNode", "ObjectNode", "JsonObject"})
_GIVEN: Final = regex(
    r"(?:ToolContext|\w*Exchange|Mcp(?:Meta|TransportContext|RequestContext|Log|Connection|ProgressToken)|Progress"
    r"|Cancellation|Roots|Sampling|Elicitation|RequestUri|RequestId|(?:Call)?ToolRequest|InvocationParameters)\Z"
)
"""Types of parameters that a framework fills."""
_OPTIONAL: Final = frozenset({"Nullable", "Optional"})
_DESCRIBES: Final = frozenset(
    {"ToolParam", "McpToolParam", "ToolArg", "P", "McpArg", "McpParam", "PromptArg", "JsonPropertyDescription"}
)


class Schemas:
    """Reads the types of one project."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants = sites.constants

    def signature(self, ref: FunctionRef) -> Json:
        """The schema of a method's parameters, without those that the framework fills."""
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for param in self._sites.project.function(ref).params:
            kind = _bare(param.annotation)
            if _GIVEN.match(kind):
                continue
            name, said, needed = self._said(ref, param.name, param.decorators)
            properties[name] = self.typed(ref.path, param.annotation, _DEPTH) | said
            required += [name] if needed and kind not in _OPTIONAL else []
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _said(self, ref: FunctionRef, name: str, marks: tuple[ir.Expr, ...]) -> tuple[str, dict[str, Json], bool]:
        """What a parameter is called, what is said of it, and whether it must be given."""
        said: dict[str, Json] = {}
        needed = True
        for mark in marks:
            called = last_name(mark.callee if isinstance(mark, ir.Call) else mark)
            needed = needed and called not in _OPTIONAL
            if called not in _DESCRIBES or not isinstance(mark, ir.Call):
                continue
            for arg in mark.args:
                value = self._constants.fold(Spot(ref.path, ref.number, arg.value))
                if arg.name in {"", "value", "description"} and isinstance(value, str):
                    said["description"] = value
                elif arg.name == "name" and isinstance(value, str):
                    name = value
                elif arg.name == "required":
                    needed = value is not False
                elif arg.name == "defaultValue" and isinstance(value, str):
                    said["default"] = value
        return name, said, needed and "default" not in said

    def typed(self, path: str, text: str, depth: int) -> dict[str, Json]:
        """The schema of a type as written."""
        plain = text.strip()
        kind = _bare(plain)
        inner = plain.partition("<")[2].removesuffix(">")
        if plain.endswith("[]"):
            return {"type": "array", "items": self.typed(path, plain[:-2], depth - 1) if depth > 0 else {}}
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if kind in _LISTS:
            return {"type": "array", "items": self.typed(path, inner, depth - 1) if depth > 0 and inner else {}}
        if kind == "Optional" and depth > 0:
            return self.typed(path, inner, depth - 1)
        if kind in _MAPS:
            return {"type": "object"}
        return self._class(path, plain, depth - 1) if depth > 0 else {}

    def _class(self, path: str, text: str, depth: int) -> dict[str, Json]:
        ref = self._sites.project.named(path, _bare(text))
        if not isinstance(ref, ClassRef):
            return {}
        properties: dict[str, Json] = {}
        for owner, one in self._sites.project.fields(ref):
            name, said, _ = self._said(FunctionRef(owner.path, 0), one.name, one.decorators)
            if one.annotation:
                properties[name] = self.typed(owner.path, one.annotation, depth) | said
            elif one.value is not None:  # a constant of an enum
                return {"type": "string", "enum": [each.name for _, each in self._sites.project.fields(ref)]}
        return {"type": "object", "properties": properties}

    def written(self, spot: Spot | None) -> Json:
        """A schema that is written as JSON in a text, or as maps; None for what nobody can read."""
        if spot is None:
            return None
        text = self._constants.text(spot)
        if text is not None:
            try:
                return canonical.parse_json(text, spot.path, DEFAULT_LIMITS).value
            except (FormatError, LimitExceeded):
                return None
        return self._made(self._constants.follow(spot), _DEPTH * 2)

    def _made(self, whole: Spot, depth: int) -> Json:
        """``Map.of("type", "object", …)``, ``List.of(…)``, ``new JsonSchema("object", properties, required, …)``."""
        expr = whole.expr
        if depth == 0:
            return None
        if isinstance(expr, ir.Mapping):
            read = {
                key: self._made(self._constants.follow(one), depth - 1) for key, one in members(self._constants, whole)
            }
        elif isinstance(expr, ir.Group):
            return [self._made(self._constants.follow(whole.at(item)), depth - 1) for item in expr.items]
        elif isinstance(expr, ir.Call) and last_name(expr.callee) == "JsonSchema":
            given = zip(("type", "properties", "required"), expr.args, strict=False)
            read = {key: self._made(self._constants.follow(whole.at(arg.value)), depth - 1) for key, arg in given}
        else:
            return self._constants.fold(whole)
        return {key: value for key, value in read.items() if value is not None}


def _bare(text: str) -> str:
    """A type's own name, without its package and what stands in its brackets."""
    return text.partition("<")[0].strip().rpartition(".")[2]
