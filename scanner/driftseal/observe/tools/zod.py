"""Schemas that are put together by calls: zod, and TypeBox, which reads alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.model.item import Json
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._minified import made
from driftseal.observe.tools.lists import Lists

_DEPTH: Final = 24
_STEPS: Final = 4000
_PLAIN: Final = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "int": "integer",
    "integer": "integer",
    "bigint": "integer",
    "date": "string",
    "null": "null",
    "url": "string",
    "email": "string",
    "uuid": "string",
}
_FORMATS: Final = {"email": "email", "url": "uri", "uuid": "uuid", "datetime": "date-time", "date": "date"}
_BOUNDS: Final = {
    "string": {"min": "minLength", "max": "maxLength"},
    "array": {"min": "minItems", "max": "maxItems"},
    "number": {"min": "minimum", "max": "maximum", "gte": "minimum", "lte": "maximum"},
    "integer": {"min": "minimum", "max": "maximum", "gte": "minimum", "lte": "maximum"},
}
_OPTIONAL: Final = frozenset({"optional", "default", "nullish", "catch", "prefault"})


class Zod:
    """Reads one schema at a time, within a number of steps."""

    def __init__(self, constants: Lists) -> None:
        self._constants = constants
        self._left = 0

    def shape(self, whole: Spot) -> Json:
        """The schema of ``{a: z.string(), …}``."""
        self._left = _STEPS
        return self._object(whole, _DEPTH)

    def schema(self, spot: Spot) -> Json:
        """The schema of ``z.object({…})`` and the like; None for what is none."""
        self._left = _STEPS
        read = self._read(spot, _DEPTH)
        return read[0] if read is not None else None

    def _object(self, whole: Spot, depth: int) -> dict[str, Json]:
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for schema in self._spread(whole, depth):
            shape = schema.get("properties")
            properties |= shape if isinstance(shape, dict) else {}
            required += _list(schema.get("required"))
        for key, value in members(self._constants, whole):
            read = self._read(value, depth - 1)
            properties[key] = read[0] if read is not None else {}
            if read is None or not read[1]:
                required.append(key)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _spread(self, whole: Spot, depth: int) -> Iterator[dict[str, Json]]:
        """``...Other.shape`` inside an object."""
        for entry in whole.expr.entries if isinstance(whole.expr, ir.Mapping) else ():
            if entry.key is None and not isinstance(self._constants.follow(whole.at(entry.value)).expr, ir.Mapping):
                read = self._read(whole.at(entry.value), depth - 1)
                if read is not None:
                    yield read[0]

    def _read(self, spot: Spot, depth: int) -> tuple[dict[str, Json], bool] | None:
        """A schema, and whether what it describes may be left out."""
        self._left -= 1
        if depth <= 0 or self._left < 0:
            return None
        whole = self._constants.follow(spot)
        call = whole.expr
        if isinstance(call, ir.Attr) and call.name == "shape":
            return self._read(whole.at(call.value), depth - 1)
        if not isinstance(call, ir.Call):
            return None
        name = last_name(call.callee)
        if isinstance(call.callee, ir.Attr):
            inner = self._read(whole.at(call.callee.value), depth - 1)
            if inner is not None:
                return self._changed(inner, name, whole, call, depth)
        plain = name.rstrip("0123456789_$")
        kind = made(self._constants.project, whole.path, call.callee) if plain.lower() not in _PLAIN else ""
        return self._made(kind or plain, whole, call, depth)

    def _made(self, name: str, whole: Spot, call: ir.Call, depth: int) -> tuple[dict[str, Json], bool] | None:
        low = name.lower()
        first = whole.at(call.args[0].value) if call.args else None
        if low in _PLAIN:
            return {"type": _PLAIN[low]} | self._options(call, whole), False
        if low in {"any", "unknown", "custom", "never", "void", "undefined"}:
            return {}, low == "undefined"
        if first is None:
            return None
        makers: dict[str, Callable[[], dict[str, Json]]] = {
            "object": lambda: self._object(self._constants.follow(first), depth),
            "strictobject": lambda: self._object(self._constants.follow(first), depth),
            "looseobject": lambda: self._object(self._constants.follow(first), depth),
            "array": lambda: self._array(first, depth) | self._options(call, whole),
            "set": lambda: {"type": "array", "uniqueItems": True, "items": self._inner(first, depth)},
            "enum": lambda: self._enum(first),
            "nativeenum": lambda: self._enum(first),
            "literal": lambda: _one("const", self._constants.fold(first)),
            "union": lambda: _one("anyOf", self._several(first, depth)),
            "discriminatedunion": lambda: _one("anyOf", self._several(whole.at(call.args[-1].value), depth)),
            "tuple": lambda: {"type": "array", "items": self._several(first, depth)},
            "intersection": lambda: {"allOf": [self._inner(whole.at(arg.value), depth) for arg in call.args[:8]]},
            "record": lambda: {
                "type": "object",
                "additionalProperties": self._inner(whole.at(call.args[-1].value), depth),
            },
            "preprocess": lambda: self._inner(whole.at(call.args[-1].value), depth),
        }
        if low == "optional":
            return self._inner(first, depth), True
        maker = makers.get(low)
        made = maker() if maker is not None else None
        return (made, False) if made is not None else None

    def _options(self, call: ir.Call, whole: Spot) -> dict[str, Json]:
        """TypeBox's ``Type.String({description: "…"})``."""
        if not call.args:
            return {}
        given = self._constants.follow(whole.at(call.args[-1].value))
        folded = {key: self._constants.fold(value) for key, value in members(self._constants, given)}
        return {key: value for key, value in folded.items() if value is not None and key != "message"}

    def _inner(self, spot: Spot, depth: int) -> dict[str, Json]:
        read = self._read(spot, depth - 1)
        return read[0] if read is not None else {}

    def _array(self, spot: Spot, depth: int) -> dict[str, Json]:
        return {"type": "array", "items": self._inner(spot, depth)}

    def _several(self, spot: Spot, depth: int) -> list[Json]:
        whole = self._constants.follow(spot)
        if not isinstance(whole.expr, ir.Group):
            return []
        return [self._inner(whole.at(item), depth) for item in whole.expr.items]

    def _enum(self, spot: Spot) -> dict[str, Json]:
        whole = self._constants.follow(spot)
        values: list[Json] = []
        if isinstance(whole.expr, ir.Group):
            values = [self._constants.fold(whole.at(item)) for item in whole.expr.items]
        elif isinstance(whole.expr, ir.Mapping):
            values = [self._constants.fold(value) for _, value in members(self._constants, whole)]
        elif isinstance(whole.expr, ir.ClassValue):
            fields = self._constants.project.modules[whole.path].classes[whole.expr.cls].fields
            values = [self._constants.fold(whole.at(one.value)) for one in fields if one.value is not None]
        elif isinstance(whole.expr, ir.Call):
            values = [self._constants.fold(item) for item in self._constants.items(whole)]
        known: list[Json] = [value for value in values if value is not None]
        return {"type": "string", "enum": known}

    def _changed(  # noqa: PLR0911  # one case a line, in order
        self, inner: tuple[dict[str, Json], bool], name: str, whole: Spot, call: ir.Call, depth: int
    ) -> tuple[dict[str, Json], bool]:
        """A schema after ``.optional()``, ``.describe("…")``, ``.min(1)`` and the like."""
        schema, optional = inner
        given = whole.at(call.args[0].value) if call.args else None
        optional = optional or name in _OPTIONAL
        if given is None:
            return self._bare(schema, name), optional
        value = self._constants.wording(given) if name == "describe" else self._constants.fold(given)
        kind = str(schema.get("type", ""))
        if name == "describe" and isinstance(value, str):
            return schema | {"description": value}, optional
        if name == "regex" and kind == "string" and isinstance(value, str) and value.startswith("/"):
            return schema | {"pattern": value[1 : value.rindex("/")]}, optional
        if name == "default":
            return schema | ({"default": value} if value is not None else {}), True
        if name in _BOUNDS.get(kind, {}) and value is not None:
            return schema | {_BOUNDS[kind][name]: value}, optional
        if name in {"extend", "merge", "safeExtend", "and"} and kind == "object":
            return _joined(schema, self._extension(given, depth)), optional
        if name in {"pick", "omit"} and kind == "object":
            keys = {key for key, _ in members(self._constants, self._constants.follow(given))}
            return _kept(schema, keys, drop=name == "omit"), optional
        if name == "or":
            return {"anyOf": [schema, self._inner(given, depth)]}, optional
        return schema, optional

    def _extension(self, given: Spot, depth: int) -> dict[str, Json]:
        whole = self._constants.follow(given)
        return self._object(whole, depth - 1) if isinstance(whole.expr, ir.Mapping) else self._inner(given, depth)

    def _bare(self, schema: dict[str, Json], name: str) -> dict[str, Json]:
        """A schema after a method without arguments."""
        if name == "int" and schema.get("type") == "number":
            return schema | {"type": "integer"}
        if name == "array":
            return {"type": "array", "items": schema}
        if name == "partial":
            return {key: value for key, value in schema.items() if key != "required"}
        if name in _FORMATS and schema.get("type") == "string":
            return schema | {"format": _FORMATS[name]}
        return schema


def _joined(schema: dict[str, Json], more: dict[str, Json]) -> dict[str, Json]:
    ours, theirs = schema.get("properties"), more.get("properties")
    required = [*_list(schema.get("required")), *_list(more.get("required"))]
    properties = {**(ours if isinstance(ours, dict) else {}), **(theirs if isinstance(theirs, dict) else {})}
    joined: dict[str, Json] = schema | {"properties": properties}
    return joined | {"required": required} if required else joined


def _kept(schema: dict[str, Json], keys: set[str], *, drop: bool) -> dict[str, Json]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    kept: dict[str, Json] = {key: value for key, value in known.items() if (key in keys) != drop}
    required: list[Json] = [key for key in _list(schema.get("required")) if key in kept]
    return schema | {"properties": kept, "required": required}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _one(key: str, value: Json) -> dict[str, Json]:
    return {key: value}
