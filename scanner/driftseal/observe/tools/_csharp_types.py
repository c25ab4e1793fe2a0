"""JSON Schema from C#'s types, as System.Text.Json writes it, and which parameters are services, not arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.model.item import Json
from driftseal.regexes import regex

_DEPTH: Final = 8
_CHARS: Final = 2000
"""Length of one type that is read."""
_TEXTS: Final = frozenset({"string", "String", "char", "Char", "TimeSpan", "Version"})
_WHOLE: Final = frozenset(
    {
        *("int", "long", "short", "byte", "uint", "ulong", "ushort", "sbyte", "nint", "nuint"),
        *("Int16", "Int32", "Int64", "UInt32", "UInt64", "Byte", "BigInteger"),
    }
)
_FRACTIONS: Final = frozenset({"double", "float", "decimal", "Double", "Single", "Decimal", "Half"})
_ANY: Final = frozenset({"object", "Object", "dynamic", "JsonElement", "JsonNode", "JsonDocument", "JsonValue"})
_PLAIN: Final[Mapping[str, Mapping[str, Json]]] = {
    **{name: {"type": "string"} for name in _TEXTS},
    **{name: {"type": "integer"} for name in _WHOLE},
    **{name: {"type": "number"} for name in _FRACTIONS},
    **{name: {"type": "boolean"} for name in ("bool", "Boolean")},
    **{name: {"type": "string", "format": "date-time"} for name in ("DateTime", "DateTimeOffset")},
    **{name: {} for name in _ANY},
    "DateOnly": {"type": "string", "format": "date"},
    "TimeOnly": {"type": "string", "format": "time"},
    "Guid": {"type": "string", "format": "uuid"},
    "Uri": {"type": "string", "format": "uri"},
    "JsonObject": {"type": "object"},
    "JsonArray": {"type": "array"},
}
_LISTS: Final = frozenset(
    {
        *("List", "IList", "IEnumerable", "ICollection", "IReadOnlyList", "IReadOnlyCollection", "HashSet", "ISet"),
        *("Collection", "ImmutableArray", "ImmutableList", "IAsyncEnumerable", "Queue", "Stack"),
    }
)
_MAPS: Final = frozenset(
    {"Dictionary", "IDictionary", "IReadOnlyDictionary", "SortedDictionary", "ConcurrentDictionary"}
)
_FRAMEWORK: Final = frozenset(
    {
        *("CancellationToken", "McpServer", "IMcpServer", "RequestContext", "IProgress", "ClaimsPrincipal", "Kernel"),
        *("IServiceProvider", "HttpClient", "HttpContext", "KernelArguments", "AIFunctionArguments", "ILogger"),
        *("ToolInvocationContext", "FunctionContext", "HttpRequest", "HttpRequestData", "ProgressToken"),
    }
)
_INJECTED: Final = frozenset({"FromServices", "FromKeyedServices", "FromKernelServices"})
_SERVICE: Final = regex(
    r"(?:Service|Services|Client|Context|Factory|Repository|Manager|Provider|Options|Store|Connection|Database|Cache|Logger|Accessor|Source)$"
)
_NAME: Final = regex(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)")
_CAMEL: Final = regex(r"^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]")


class Types:
    """Reads the types of one project."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants

    def arguments(self, ref: FunctionRef) -> tuple[ir.Param, ...]:
        """The parameters of a method that its caller gives, without what the framework and its services give."""
        function = self._constants.project.function(ref)
        return tuple(param for param in function.params if param.name and self._is_argument(ref, param))

    def _is_argument(self, ref: FunctionRef, param: ir.Param) -> bool:
        marks = {last_name(mark.callee) for mark in param.decorators if isinstance(mark, ir.Call)}
        name, inner = taken_apart(param.annotation)
        if marks & _INJECTED or name in _FRAMEWORK or "McpToolTrigger" in marks:
            return False
        if not name or name in _PLAIN or name in _LISTS or name in _MAPS or "Description" in marks or inner == ["[]"]:
            return True
        whole = self._constants.follow(Spot(ref.path, 0, ir.Name(name, 0)))
        if isinstance(whole.expr, ir.ClassValue):
            cls = self._constants.project.cls(ClassRef(whole.path, whole.expr.cls))
            return not cls.methods and _SERVICE.search(name) is None
        return not (name[:1] == "I" and name[1:2].isupper()) and _SERVICE.search(name) is None

    def signature(self, ref: FunctionRef) -> Json:
        """The schema of a method's arguments."""
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for param in self.arguments(ref):
            spot = Spot(ref.path, ref.number, ir.Const(None, param.line))
            told = self.described(param.decorators, spot) | self.type(ref.path, param.annotation)
            properties[param.name] = told | self._default(param.default, spot)
            if param.default is None:
                required.append(param.name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _default(self, default: ir.Expr | None, spot: Spot) -> dict[str, Json]:
        if default is None:
            return {}
        value = self._constants.fold(spot.at(default))
        return {"default": value} if value is not None else {}

    def described(self, marks: tuple[ir.Expr, ...], spot: Spot) -> dict[str, Json]:
        """What ``[Description("…")]`` says."""
        for mark in marks:
            if isinstance(mark, ir.Call) and last_name(mark.callee).removesuffix("Attribute") == "Description":
                text = self._constants.text(spot.at(mark.args[0].value)) if mark.args else None
                if text is not None:
                    return {"description": text}
        return {}

    def type(self, path: str, text: str, depth: int = _DEPTH) -> dict[str, Json]:  # noqa: PLR0911  # one case a line
        """The schema of a type as written."""
        if depth == 0 or len(text) > _CHARS:
            return {}
        if text.endswith("?"):
            return _nullable(self.type(path, text[:-1], depth - 1))
        name, inner = taken_apart(text)
        if inner == ["[]"]:
            return {"type": "array", "items": self.type(path, text.rpartition("[")[0], depth - 1)}
        if name in _PLAIN:
            return dict(_PLAIN[name])
        if name in _LISTS and inner:
            return {"type": "array", "items": self.type(path, inner[0], depth - 1)}
        if name in _MAPS and inner:
            return {"type": "object", "additionalProperties": self.type(path, inner[-1], depth - 1)}
        if name == "Nullable" and inner:
            return _nullable(self.type(path, inner[0], depth - 1))
        whole = self._constants.follow(Spot(path, 0, ir.Name(name, 0)))
        if isinstance(whole.expr, ir.ClassValue):
            return self._class(ClassRef(whole.path, whole.expr.cls), depth - 1)
        return {}

    def _class(self, ref: ClassRef, depth: int) -> dict[str, Json]:
        cls = self._constants.project.cls(ref)
        if any(last_name(base) == "Enum" for base in cls.bases):
            return {"type": "string", "enum": [one.name for one in cls.fields]}
        properties: dict[str, Json] = {}
        for one in cls.fields:
            if one.name[:1].isupper():
                told = self.described(one.decorators, Spot(ref.path, 0, ir.Const(None, one.line)))
                properties[_camel(one.name)] = told | self.type(ref.path, one.annotation, depth)
        return {"type": "object", "properties": properties}


def taken_apart(text: str) -> tuple[str, list[str]]:
    """The last part of a type's name, with what it is given: ``List``, ``[string]``; of an array ``[]``."""
    text = text.strip().rstrip("?").removeprefix("this ").removeprefix("ref ")
    found = _NAME.match(text)
    name, rest = (found[1], text[found.end() :].strip()) if found is not None else ("", "")
    if rest.endswith("]"):
        return name, ["[]"]
    if not rest.startswith("<"):
        return name, []
    inner: list[str] = []
    depth, start = 0, 1
    for at, char in enumerate(rest):
        depth += (char in "<([") - (char in ">)]")
        if (char == "," and depth == 1) or depth == 0:
            inner.append(rest[start:at].strip())
            start = at + 1
        if depth == 0:
            break
    return name, inner


def _nullable(told: dict[str, Json]) -> dict[str, Json]:
    return told | {"type": [told["type"], "null"]} if isinstance(told.get("type"), str) else told


def _camel(name: str) -> str:
    return _CAMEL.sub(lambda found: found[0].lower(), name, count=1)
