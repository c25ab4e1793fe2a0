"""``@mcp.tool``, ``@server.tool(name=…)``, ``@mcp.prompt()``, ``@mcp.resource("a://{b}")`` above a function."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._calls import Given, framework_of, server_of
from driftseal.observe.tools._names import declares, is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.docstrings import shown
from driftseal.observe.tools.sites import Sites


def find(sites: Sites) -> Iterator[Draft]:
    """Every function that a decorator declares."""
    for ref in sites.project.functions():
        function = sites.project.function(ref)
        for decorator in function.decorators:
            call = decorator if isinstance(decorator, ir.Call) else None
            callee = call.callee if call is not None else decorator
            kind = declares(last_name(callee))
            if kind is not None and (function.name or call is not None):
                yield from _draft(sites, ref, kind, callee, call)


def _draft(sites: Sites, ref: FunctionRef, kind: ItemKind, callee: ir.Expr, call: ir.Call | None) -> Iterator[Draft]:
    function = sites.project.function(ref)
    scope = max(function.outer, 0)
    spot = Spot(ref.path, scope, call if call is not None else callee)
    given = Given.of(sites, spot, call)
    named = given.text("name", "tool_name") or (given.first if kind is not ItemKind.RESOURCE else None)
    name = named if is_name(named) else function.name
    if kind is ItemKind.RESOURCE:
        name = given.text("uri", "uriTemplate", "uri_template") or given.first or ""
        kind = ItemKind.RESOURCE_TEMPLATE if "{" in name else kind
    if not name:
        return
    described = given.spot("description")
    description = sites.constants.text(described) if described is not None else None
    yield Draft(
        kind=kind,
        name=str(name),
        spot=spot,
        line=function.line,
        how="decorator",
        description=description if described is not None else shown(function.doc, framework_of(sites, spot, callee)),
        schema=given.spot("parameters", "inputSchema", "input_schema", "args_schema", "schema"),
        annotations=given.spot("annotations"),
        title=given.text("title"),
        handler=Spot(ref.path, scope, ir.Closure(ref.number, function.line)),
        signature=ref,
        server=server_of(sites, spot, callee),
        extra=_hints(given),
    )


def _hints(given: Given) -> dict[str, Json]:
    """Hints that are given one by one, as in ``@tool(readOnlyHint=True)``."""
    values = {
        name: given.value(name) for name in ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    }
    return {name: value for name, value in values.items() if isinstance(value, bool)}
