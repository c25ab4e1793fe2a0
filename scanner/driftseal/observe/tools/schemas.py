"""The JSON Schema of an input, from whatever dialect the code says it in."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import ClassRef, FunctionRef
from driftseal.model.item import Json
from driftseal.observe.tools._calls import framework_in, members
from driftseal.observe.tools.annotations import Types
from driftseal.observe.tools.docstrings import documents
from driftseal.observe.tools.sites import Sites
from driftseal.observe.tools.zod import Zod

_ELSE: Final = frozenset({"or", "??"})
_DEPTH: Final = 24
_WRITTEN: Final = frozenset({"type", "properties", "$schema", "anyOf", "oneOf", "allOf", "$ref", "items"})
_NAMED: Final = frozenset({"enum", "required"})
"""Lists of names."""
_TO_SCHEMA: Final = frozenset(
    {"zodToJsonSchema", "toJSONSchema", "toJsonSchema", "model_json_schema", "schema", "jsonSchema", "json_schema"}
)


class Schemas:
    """Reads schemas of one project."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._constants = sites.constants
        self._zod = Zod(sites.constants)
        self._types = Types(sites.constants)

    def of(self, spot: Spot | None, signature: FunctionRef | None = None) -> Json:
        """The JSON Schema that an expression amounts to, else that of a function's parameters; None for unknown."""
        found = self._of(spot, _DEPTH) if spot is not None else None
        if found is None and signature is not None:
            return self._types.signature(signature, documented=documents(framework_in(self._sites, signature.path)))
        return found

    def _of(self, spot: Spot, depth: int) -> Json:  # noqa: PLR0911  # one case a line, in order
        if depth == 0:
            return None
        whole = self._constants.follow(spot)
        expr = whole.expr
        if isinstance(expr, ir.Mapping):
            keys = {key for key, _ in members(self._constants, whole)}
            if keys & _WRITTEN and not any(
                self._is_zod(value) for key, value in members(self._constants, whole) if key not in _NAMED
            ):
                return self.literal(whole, depth)
            return self._zod.shape(whole)
        if isinstance(expr, ir.ClassValue):
            return self._types.model(ClassRef(whole.path, expr.cls))
        if isinstance(expr, ir.Call):
            return self._call(whole, expr, depth)
        if isinstance(expr, ir.Attr) and expr.name == "shape":
            return self._of(whole.at(expr.value), depth - 1)
        if isinstance(expr, ir.Choice):
            first = self._of(whole.at(expr.then), depth - 1)
            return first if first is not None else self._of(whole.at(expr.otherwise), depth - 1)
        return None

    def _call(self, whole: Spot, call: ir.Call, depth: int) -> Json:
        name = last_name(call.callee)
        if name in _TO_SCHEMA:
            value = call.callee.value if isinstance(call.callee, ir.Attr) else None
            for inner in (*(arg.value for arg in call.args[:1]), *((value,) if value is not None else ())):
                found = self._of(whole.at(inner), depth - 1)
                if found is not None:
                    return found
        found = self._zod.schema(whole)
        if found is None and isinstance(call.callee, (ir.Name, ir.Attr)) and call.args:
            return self._of(whole.at(call.args[0].value), depth - 1)
        return found

    def _is_zod(self, spot: Spot) -> bool:
        return isinstance(spot.expr, ir.Call) and self._constants.fold(spot) is None

    def _member(self, key: str, value: Spot, depth: int) -> Json:
        if key == "properties":
            # A parameter of which nobody knows the type is one all the same.
            whole = self._constants.follow(value)
            if isinstance(whole.expr, ir.Mapping) and depth > 0:
                named = members(self._constants, whole)
                return {name: self.literal(each, depth - 2) or {} for name, each in named}
        found = self.literal(value, depth - 1)
        if found is None and key in _NAMED:
            # ``Object.keys(services)``, ``list(properties)``: the names of a table.
            names = [self._constants.fold(each) for each in self._constants.items(self._constants.follow(value))]
            return [name for name in names if name is not None] or None
        return self._constants.wording(value) if found is None and key == "description" else found

    def literal(self, spot: Spot, depth: int = _DEPTH) -> Json:
        """A JSON value as it is written; members that are no constants are left out."""
        if depth == 0:
            return None
        whole = self._constants.follow(spot)
        if isinstance(whole.expr, ir.Group):
            return [self.literal(whole.at(item), depth - 1) for item in whole.expr.items]
        if isinstance(whole.expr, ir.Call):
            # ``text("Its name")``: a function that puts the schema together.
            made = self._constants.value(whole)
            whole = made if isinstance(made.expr, ir.Mapping) else whole
        if isinstance(whole.expr, ir.Mapping):
            read = {key: self._member(key, value, depth) for key, value in members(self._constants, whole)}
            return {key: value for key, value in read.items() if value is not None}
        if isinstance(whole.expr, ir.Call) and any(arg.name for arg in whole.expr.args):
            named = {arg.name: self.literal(whole.at(arg.value), depth - 1) for arg in whole.expr.args if arg.name}
            return {key: value for key, value in named.items() if value is not None}
        if isinstance(whole.expr, ir.Binary) and whole.expr.op in _ELSE:
            # What stands in for a value that is only known later says nothing of that one.
            first = whole.at(whole.expr.left)
            return None if self._constants.fold(first) is None else self._constants.fold(whole)
        return self._constants.fold(whole)
