"""JSON Schema from Python's types: signatures, ``Annotated`` and ``Field``, pydantic models, enums, dataclasses."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Constants, Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.model.item import Json
from driftseal.observe.tools import docstrings
from driftseal.regexes import regex

_DEPTH: Final = 12
_CHARS: Final = 4000
"""Length of one annotation that is read."""
_PLAIN: Final = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "bytes": "string",
    "Decimal": "number",
}
_TEXTS: Final = {
    "datetime": "date-time",
    "date": "date",
    "time": "time",
    "UUID": "uuid",
    "Path": "path",
    "AnyUrl": "uri",
    "HttpUrl": "uri",
    "AnyHttpUrl": "uri",
}
_LISTS: Final = frozenset({"list", "List", "Sequence", "Iterable", "set", "Set", "tuple", "Tuple", "frozenset"})
_MAPS: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "TypedDict"})
_CONTEXTS: Final = frozenset(
    {"Context", "RequestContext", "MCPContext", "ServerSession", "Request", "ToolContext", "RunContext", "AppContext"}
    | {"AgentContext", "CallContext", "ExecutionContext", "InvocationContext", "RunContextWrapper", "ServerContext"}
)
_NAMES: Final = regex(r"\w+")
_FIELD_KEYS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_FIELD_KEYS_TEXT: Final = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern", "title": "title"}


def is_context(param: ir.Param) -> bool:
    """Whether a parameter is given by the framework rather than by the caller."""
    if param.name in {"self", "cls", "ctx", "context"} and "str" not in param.annotation:
        return True
    return not _CONTEXTS.isdisjoint(_NAMES.findall(param.annotation))


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr | None:
    """An annotation's syntax; None for what is none."""
    if len(text) > _CHARS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Where(NamedTuple):
    """Where the names of a type are looked up."""

    path: str
    scope: int = 0
    """The number of the function around; 0 for the file itself."""

    def spot(self, expr: ir.Expr) -> Spot:
        return Spot(self.path, self.scope, expr)


class Types:
    """Reads the types of one project."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants

    def signature(self, ref: FunctionRef, *, documented: bool = True) -> Json:
        """The schema of a function's parameters; the docstring says what they are where it is ``documented``."""
        function = self._constants.project.function(ref)
        # A type may be put together by the function around, of which no number stands for the file itself.
        where = _Where(ref.path, max(function.outer, 0))
        properties: dict[str, Json] = {}
        required: list[Json] = []
        told = docstrings.parameters(function.doc) if documented else {}
        for param in function.params:
            if not param.name or param.rest or is_context(param):
                continue
            said: dict[str, Json] = {"description": told[param.name]} if param.name in told else {}
            properties[param.name] = (
                said | self.annotated(where, param.annotation, _DEPTH) | self._default(where, param)
            )
            default = self._told(where.spot(param.default)).expr if param.default is not None else None
            if default is None or _is_required(default, param.annotation):
                required.append(param.name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        return found | {"required": required} if required else found

    def _default(self, where: _Where, param: ir.Param) -> dict[str, Json]:
        return self._set(where.spot(param.default)) if param.default is not None else {}

    def _told(self, spot: Spot) -> Spot:
        """A default, or what the name stands for that is given for one."""
        return self._constants.follow(spot) if isinstance(spot.expr, (ir.Name, ir.Attr)) else spot

    def _set(self, spot: Spot) -> dict[str, Json]:
        """What ``= 3`` and ``= Field(3, description="…")`` say."""
        spot = self._told(spot)
        expr = spot.expr
        if isinstance(expr, ir.Call) and last_name(expr.callee) in {"Field", "field", "Query", "Param"}:
            told: dict[str, Json] = {}
            for index, arg in enumerate(expr.args):
                read = self._constants.wording if arg.name == "description" else self._constants.fold
                value = read(spot.at(arg.value))
                key = "default" if not arg.name and index == 0 else _FIELD_KEYS.get(arg.name, arg.name)
                key = _FIELD_KEYS_TEXT.get(key, key)
                known = key in {"default", "description", *_FIELD_KEYS.values(), *_FIELD_KEYS_TEXT.values()}
                if value is not None and known:
                    told[key] = value
            return told
        value = self._constants.fold(spot)
        return {"default": value} if value is not None else {}

    # --- types ------------------------------------------------------------------------------

    def annotated(self, where: _Where, text: str, depth: int) -> dict[str, Json]:
        """The schema of a type as written."""
        node = _parsed(text) if text else None
        return self._type(where, node, depth) if node is not None else {}

    def _type(self, where: _Where, node: ast.expr, depth: int) -> dict[str, Json]:  # noqa: PLR0911  # one case a line, in order
        if depth == 0:
            return {}
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.annotated(where, node.value, depth - 1)
        if isinstance(node, ast.Constant) and node.value is None:
            return {"type": "null"}
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return _either([self._type(where, side, depth - 1) for side in (node.left, node.right)])
        if isinstance(node, ast.Subscript):
            return self._generic(where, node, depth - 1)
        name = _last(node)
        if name in _PLAIN:
            return {"type": _PLAIN[name]}
        if name in _LISTS or name in _MAPS:
            return {"type": "array" if name in _LISTS else "object"}
        named = self._named(where, node, depth - 1)
        return named or ({"type": "string", "format": _TEXTS[name]} if name in _TEXTS else {})

    def _generic(self, where: _Where, node: ast.Subscript, depth: int) -> dict[str, Json]:  # noqa: PLR0911  # one case a line, in order
        name = _last(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Annotated":
            told = self._type(where, inner[0], depth)
            for extra in inner[1:]:
                told |= self._extra(where, extra)
            return told
        if name == "Optional":
            return _either([self._type(where, inner[0], depth), {"type": "null"}])
        if name == "Union":
            return _either([self._type(where, each, depth) for each in inner])
        if name == "Literal":
            values = [_json(each.value) for each in inner if isinstance(each, ast.Constant)]
            return (
                {"enum": values, "type": "string"} if all(isinstance(one, str) for one in values) else {"enum": values}
            )
        if name in _LISTS:
            return {"type": "array", "items": self._type(where, inner[0], depth)}
        if name in _MAPS:
            return {"type": "object", "additionalProperties": self._type(where, inner[-1], depth)}
        return self._type(where, inner[0], depth) if name in {"NotRequired", "Required", "Final", "ClassVar"} else {}

    def _extra(self, where: _Where, node: ast.expr) -> dict[str, Json]:
        """What ``Field(description="…")``, ``Doc("…")`` or a bare text add inside ``Annotated``."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {"description": node.value}
        if isinstance(node, ast.Name):
            return self._set(where.spot(ir.Name(node.id, 0)))
        if not isinstance(node, ast.Call):
            return {}
        told: dict[str, Json] = {}
        for keyword in node.keywords:
            value = self._value(where, keyword.value, wording=keyword.arg == "description")
            key = _FIELD_KEYS_TEXT.get(str(keyword.arg), _FIELD_KEYS.get(str(keyword.arg), str(keyword.arg)))
            if value is not None and key in {
                "description",
                *_FIELD_KEYS.values(),
                *_FIELD_KEYS_TEXT.values(),
                "default",
            }:
                told[key] = value
        return told

    def _value(self, where: _Where, node: ast.expr, *, wording: bool) -> Json:
        if isinstance(node, ast.Constant):
            return _json(node.value)
        expr = _lowered(node, _DEPTH)
        read = self._constants.wording if wording else self._constants.fold
        return read(where.spot(expr)) if expr is not None else None

    def _named(self, where: _Where, node: ast.expr, depth: int) -> dict[str, Json]:
        """The schema of a class of this project, or of what a name is set to."""
        if depth <= 0 or not isinstance(node, (ast.Name, ast.Attribute)):
            return {}
        expr: ir.Expr = ir.Name(_last(node), 0)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            expr = ir.Attr(ir.Name(node.value.id, 0), node.attr, 0)
        whole = self._constants.follow(where.spot(expr))
        if isinstance(whole.expr, ir.ClassValue):
            return self.model(ClassRef(whole.path, whole.expr.cls), depth)
        if isinstance(whole.expr, ir.Index):
            return self._alias(whole, depth)
        return {}

    def _alias(self, whole: Spot, depth: int) -> dict[str, Json]:
        """``Mode = Literal["a", "b"]``, which reads as an index."""
        expr = whole.expr
        if not isinstance(expr, ir.Index):
            return {}
        name = last_name(expr.value)
        items = expr.key.items if isinstance(expr.key, ir.Group) else (expr.key,)
        if name == "Literal":
            values: list[Json] = [self._constants.fold(whole.at(item)) for item in items]
            return {"enum": values, "type": "string"}
        if name in {"Annotated", "Optional"} and isinstance(items[0], ir.Name):
            told = self.annotated(_Where(whole.path, whole.scope), items[0].id, depth - 1)
            for item in items[1:]:
                told |= self._set(whole.at(item))
            return told
        return {"type": "array"} if name in _LISTS else {"type": "object"} if name in _MAPS else {}

    def model(self, ref: ClassRef, depth: int = _DEPTH) -> dict[str, Json]:
        """The schema of a pydantic model, a dataclass, a typed dict or an enum."""
        cls = self._constants.project.cls(ref)
        if any(last_name(base) in {"Enum", "StrEnum", "IntEnum"} for base in cls.bases):
            values = [self._constants.fold(Spot(ref.path, 0, one.value)) for one in cls.fields if one.value is not None]
            return {"enum": [*values], "type": "string"}
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for one in self._fields(ref, depth):
            path, field = one
            told = self.annotated(_Where(path), field.annotation, depth - 1)
            spot = self._told(Spot(path, 0, field.value)) if field.value is not None else None
            told |= self._set(spot) if spot is not None else {}
            properties[field.name] = told
            if spot is None or _is_required(spot.expr, field.annotation):
                required.append(field.name)
        found: dict[str, Json] = {"type": "object", "properties": properties}
        found |= {"description": cls.doc} if cls.doc else {}
        return found | {"required": required} if required else found

    def _fields(self, ref: ClassRef, depth: int) -> list[tuple[str, ir.Field]]:
        """The annotated fields of a class and of its bases, the bases' first."""
        cls = self._constants.project.cls(ref)
        fields: list[tuple[str, ir.Field]] = []
        for base in cls.bases if depth > 0 else ():
            whole = self._constants.follow(Spot(ref.path, 0, base))
            if isinstance(whole.expr, ir.ClassValue) and (whole.path, whole.expr.cls) != ref:
                fields += self._fields(ClassRef(whole.path, whole.expr.cls), depth - 1)
        kept = [(ref.path, one) for one in cls.fields if one.annotation and one.name != "model_config"]
        names = {one.name for _, one in kept}
        return [(path, one) for path, one in fields if one.name not in names] + kept


def _either(choices: list[dict[str, Json]]) -> dict[str, Json]:
    flat: list[Json] = []
    for choice in choices:
        inner = choice.get("anyOf")
        flat += inner if isinstance(inner, list) and len(choice) == 1 else [choice]
    return {"anyOf": flat}


def _json(value: object) -> Json:
    return value if isinstance(value, (str, int, float, bool)) else None


_UNREAD: Final = ir.Name("", 0)
"""A part of a text that is worked out when the program runs."""


def _lowered(node: ast.expr, depth: int) -> ir.Expr | None:  # noqa: PLR0911  # one case a line, in order
    """A text that is put together inside an annotation."""
    if depth == 0:
        return None
    if isinstance(node, ast.Constant):
        return ir.Const(node.value, 0) if isinstance(node.value, (str, int, float, bool)) else None
    if isinstance(node, ast.Name):
        return ir.Name(node.id, 0)
    if isinstance(node, ast.Attribute):
        value = _lowered(node.value, depth - 1)
        return ir.Attr(value, node.attr, 0) if value is not None else None
    if isinstance(node, ast.JoinedStr):
        parts = [
            _lowered(part.value if isinstance(part, ast.FormattedValue) else part, depth - 1) for part in node.values
        ]
        return ir.Text(tuple(part or _UNREAD for part in parts), 0, None)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _lowered(node.left, depth - 1), _lowered(node.right, depth - 1)
        return ir.Binary("+", left or _UNREAD, right or _UNREAD, 0) if left is not None or right is not None else None
    return None


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _is_required(default: ir.Expr, annotation: str) -> bool:
    """Whether ``Field(...)`` says that there is no default.

    The form knows an ellipsis as little as None, so what may be None has None as its default.
    """
    if not isinstance(default, ir.Call) or last_name(default.callee) not in {"Field", "Query", "Param"}:
        return False
    if any(arg.name in {"default", "default_factory"} for arg in default.args):
        return False
    first = next((arg.value for arg in default.args if not arg.name), ir.Const(None, 0))
    empty = isinstance(first, ir.Const) and first.value is None
    return empty and "None" not in annotation and "Optional" not in annotation
