"""What a Go expression that makes a tool, a prompt or a resource makes, through variables and helpers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._go_functions import Functions
from driftseal.observe.tools._go_options import Options, Thing
from driftseal.observe.tools.sites import Sites

_DEPTH: Final = 6
_STEPS: Final = 400
"""Expressions that one question looks at."""
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
_OWN: Final = frozenset({"Name", "Description", "InputSchema"})
"""Fields of the struct, or in lower case keys of the map, that a server without an SDK writes a tool in."""


class Making:
    """Reads the expressions of one project."""

    def __init__(self, sites: Sites) -> None:
        self._constants = sites.constants
        self._project = sites.project
        self.functions = Functions(sites)
        self._options = Options(sites, self.functions)
        self._left = _STEPS

    def things(self, spot: Spot) -> Iterator[Thing]:
        """What an expression makes; several where a helper makes it for each of its callers."""
        self._left = _STEPS
        return self._things(spot, _DEPTH)

    def _things(self, spot: Spot, depth: int) -> Iterator[Thing]:
        self._left -= 1
        if depth == 0 or self._left < 0:
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
                yield from self._things(returned, depth - 1)

    def _returned(self, whole: Spot, call: ir.Call) -> Iterator[Spot]:
        """What a function of the project gives back, the first of several."""
        ref = self.functions.resolved(whole.at(call.callee))
        if ref is None:
            return
        for each in self._project.function(ref).body:
            value = each.value if isinstance(each, ir.Return) else None
            if value is not None:
                first = value.items[0] if isinstance(value, ir.Group) and value.items else value
                yield Spot(ref.path, ref.number, first, self.functions.given(ref, whole, call))

    def _made(self, whole: Spot, call: ir.Call, kind: ItemKind) -> Iterator[Thing]:
        """``mcp.NewTool("name", options…)``; with a name of its caller's, once for each caller."""
        first = whole.at(call.args[0].value) if call.args else None
        name = self._constants.text(first)
        if name:
            yield self._options.applied(whole, call, kind, name)
            return
        function = self._project.modules[whole.path].functions[whole.scope]
        if first is None or not isinstance(first.expr, ir.Name) or whole.given is not None:
            return
        if first.expr.id in {param.name for param in function.params}:
            for caller in self.functions.callers(function.name)[:_CALLERS]:
                if isinstance(caller.expr, ir.Call):
                    given = self.functions.given(FunctionRef(whole.path, whole.scope), caller, caller.expr)
                    turn = Spot(whole.path, whole.scope, call, given)
                    name = self._constants.text(turn.at(first.expr))
                    if name:
                        yield self._options.applied(turn, call, kind, name)

    def _struct(self, whole: Spot, expr: ir.Mapping) -> Iterator[Thing]:
        told = {key[:1].upper() + key[1:]: value for key, value in members(self._constants, whole)}
        kind = _STRUCTS.get(expr.type.rpartition(".")[2]) or (ItemKind.TOOL if told.keys() >= _OWN else None)
        if kind is None:
            return
        if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
            name = self._constants.text(told.get("URI") or told.get("URITemplate"))
        else:
            name = self._constants.text(told.get("Name"))
        if not name:
            return
        shape = next((told[key] for key in ("InputSchema", "RawInputSchema", "Arguments") if key in told), None)
        hints, title = self._options.annotations(told.get("Annotations"))
        yield Thing(
            kind,
            name,
            whole,
            "object",
            self._options.text(told.get("Description")),
            self._constants.text(told.get("Title")) or title,
            self._options.shape(shape) if kind is ItemKind.TOOL and shape is not None else None,
            hints,
        )

    def told(self, turn: Spot, call: ir.Call, kind: ItemKind) -> Thing | None:
        """``RegisterTool("name", "description", handler)``."""
        args = [turn.at(arg.value) for arg in call.args]
        name = self._constants.text(args[0]) if args else None
        at = next((place for place, arg in enumerate(args) if self.functions.handler(arg) is not None), None)
        if not name or at is None:
            return None
        described = next((text for arg in args[1:at] if (text := self._options.text(arg)) is not None), None)
        thing = Thing(kind, name, turn, "call", described, hints={}, handler=args[at])
        for arg in args[at + 1 :]:
            if isinstance(arg.expr, ir.Call) and arg.expr.args:
                thing = self._options.option(thing, arg, arg.expr)
        return thing
