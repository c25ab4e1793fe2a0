"""What a call that declares something was given: by keyword, in an object, or by position."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constant, Constants, Spot, last_name
from driftseal.code.project import ClassRef, External, FunctionRef
from driftseal.observe.tools import _minified
from driftseal.observe.tools.docstrings import shown
from driftseal.observe.tools.lists import Lists
from driftseal.observe.tools.sites import Sites

_HINTS: Final = frozenset({"title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"})
_SCHEMAS: Final = (
    "inputSchema",
    "input_schema",
    "parameters",
    "paramsSchema",
    "schema",
    "args",
    "argsSchema",
    "inputs",
)
_SETTINGS: Final = frozenset(
    {"name", "description", "annotations", "title", "handler", "execute", "outputSchema", "uri", *_SCHEMAS[:3]}
)
_INPUTS: Final = frozenset(_SCHEMAS[:2])
"""No parameter is called like these, whatever a ``description`` next to them is."""
_RUNS: Final = (
    "handler",
    "execute",
    "callback",
    "cb",
    "handle",
    "run",
    "fn",
    "func",
    "function",
    "call",
    "invoke",
    "load",
)
_TYPES: Final = frozenset(
    {
        "any",
        "array",
        "boolean",
        "date",
        "describe",
        "enum",
        "int",
        "literal",
        "nullable",
        "number",
        "object",
        "optional",
    }
    | {"object", "optional", "record", "string", "union", "unknown"}
)
"""Calls by which a chain says what type a parameter has."""
_BASES: Final = 6
"""Classes that one server class is derived from."""
_SERVERS: Final = frozenset({"FastMCP", "MCPServer"})
SCHEMA_KEYS: Final = _SCHEMAS
RUN_KEYS: Final = _RUNS


class Given:
    """Arguments of one call, sorted by what they are for."""

    def __init__(self, constants: Lists) -> None:
        self._constants = constants
        self._named: dict[str, Spot] = {}
        self._objects: list[Spot] = []
        self.texts: list[str] = []
        """Positional texts, in order."""
        self.first: str | None = None
        """The first positional argument, if it is a text."""
        self.function: Spot | None = None
        """The last positional argument that is a function."""
        self.shape: Spot | None = None
        """A positional object that is neither settings nor hints: the shape of the input."""
        self.hints: Spot | None = None
        self.functions: list[tuple[Spot, FunctionRef]] = []

    @classmethod
    def of(cls, sites: Sites, spot: Spot, call: ir.Call | None) -> Given:
        """Take a call's arguments apart."""
        given = cls(sites.constants)
        for index, arg in enumerate(call.args if call is not None else ()):
            value = spot.at(arg.value)
            if arg.name:
                given._named[arg.name] = value
            elif not arg.spread:
                given._positional(sites, index, value)
            else:
                whole = sites.constants.follow(value)
                if isinstance(whole.expr, ir.Mapping):
                    given._objects.append(whole)
        return given

    def _positional(self, sites: Sites, index: int, value: Spot) -> None:
        whole = self._constants.follow(value)
        if isinstance(whole.expr, ir.Call):
            if _minified.made(sites.project, whole.path, whole.expr.callee):
                self.shape = self.shape or value
                return
            made = self._constants.value(whole)
            whole = made if isinstance(made.expr, ir.Mapping) else whole
        if isinstance(whole.expr, ir.Mapping):
            self._object(whole)
            return
        text = self._constants.fold(value)
        if isinstance(text, str):
            self.first = text if index == 0 else self.first
            self.texts.append(text)
        elif isinstance(whole.expr, ir.Closure):
            self.function = value
            self.functions.append((value, FunctionRef(whole.path, whole.expr.function)))
        elif isinstance(value.expr, (ir.Name, ir.Attr, ir.Call)) and not isinstance(whole.expr, (ir.Text, ir.Const)):
            # A text of which only a part is known is a text all the same.
            found = sites.function(value) if index else None
            if found is not None and index > 1:
                self.function = value
            elif index:
                self.shape = self.shape or value

    def _object(self, whole: Spot) -> None:
        keys = {key for key, _ in members(self._constants, whole)}
        if keys and keys <= _HINTS and not self._is_shape(whole):
            self.hints = whole
        elif keys & _SETTINGS and (keys & _INPUTS or not self._is_shape(whole)):
            self._objects.append(whole)
        else:
            self.shape = self.shape or whole

    def _is_shape(self, whole: Spot) -> bool:
        """Whether an object says of parameters called ``name`` or ``description`` what type they have."""
        for key, value in members(self._constants, whole):
            if key in {"name", "description", "title"}:
                inner = value.expr
                return isinstance(inner, ir.Call) and (_makes_type(inner) or self._constants.wording(value) is None)
        return False

    def spot(self, *names: str) -> Spot | None:
        """What was given under one of these names."""
        for name in names:
            if name in self._named:
                return self._named[name]
            for whole in self._objects:
                found = self._constants.entry(whole, name)
                if found is not None:
                    return found
        return None

    def text(self, *names: str) -> str | None:
        """The text given under one of these names."""
        return self._constants.text(self.spot(*names))

    def value(self, name: str) -> Constant:
        """The constant given under this name."""
        found = self.spot(name)
        return self._constants.fold(found) if found is not None else None

    @property
    def settings(self) -> bool:
        """Whether an object with settings was given."""
        return bool(self._objects)


def _makes_type(call: ir.Expr) -> bool:
    """Whether a chain of calls says what type something has: ``z.string().max(80).describe("A name")``."""
    while isinstance(call, (ir.Call, ir.Attr)):
        if isinstance(call, ir.Call) and last_name(call.callee) in _TYPES:
            return True
        call = call.callee if isinstance(call, ir.Call) else call.value
    return False


def members(constants: Constants, whole: Spot, depth: int = 8) -> Iterator[tuple[str, Spot]]:
    """What a mapping holds by constant key, with what is spread into it."""
    if not isinstance(whole.expr, ir.Mapping) or depth == 0:
        return
    for entry in whole.expr.entries:
        if entry.key is None:
            yield from members(constants, constants.follow(whole.at(entry.value)), depth - 1)
        elif isinstance(entry.key, ir.Const):
            yield str(entry.key.value), whole.at(entry.value)
        else:
            key = constants.text(whole.at(entry.key))
            if key is not None:
                yield key, whole.at(entry.value)


def server_of(sites: Sites, spot: Spot, callee: ir.Expr) -> str:
    """Where the object is made whose method is called, as ``path:line``."""
    if not isinstance(callee, ir.Attr):
        return ""
    made = sites.constants.follow(spot.at(callee.value))
    return f"{made.path}:{made.expr.line}" if isinstance(made.expr, ir.Call) else ""


def framework_of(sites: Sites, spot: Spot, callee: ir.Expr) -> str:
    """The module that the class of the object comes from whose method is called; empty where nobody says."""
    if not isinstance(callee, ir.Attr):
        return ""
    made = sites.constants.value(spot.at(callee.value))
    for _ in range(_BASES):
        call = made.expr
        if isinstance(call, ir.Call):
            ref = sites.project.resolve(made.path, call.callee)
        else:
            ref = sites.project.resolve(made.path, call) if isinstance(call, (ir.Name, ir.Attr)) else None
        if isinstance(ref, External):
            return ref.module
        bases = sites.project.cls(ref).bases if isinstance(ref, ClassRef) else ()
        if not isinstance(ref, ClassRef) or not bases:
            break
        base = bases[0].value if isinstance(bases[0], ir.Index) else bases[0]
        made = Spot(ref.path, 0, base)
    return framework_in(sites, spot.path)


def documented(sites: Sites, ref: FunctionRef, framework: str) -> str | None:
    """The description of a function by its docstring, and by the one that is set on it elsewhere in its file."""
    function = sites.project.function(ref)
    later = sites.constants.set.get((ref.path, function.name, "__doc__"))
    texts = (shown(function.doc, framework), sites.constants.wording(later))
    return "\n".join(text for text in texts if text) or None


def framework_in(sites: Sites, path: str) -> str:
    """Where a file, or any file of the project, has the class of its servers from."""
    for module in (sites.project.modules[path], *sites.project.modules.values()):
        for imported in module.imports:
            if imported.symbol in _SERVERS:
                return imported.module
    return ""
