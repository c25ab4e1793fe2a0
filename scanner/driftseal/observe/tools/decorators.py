"""``@mcp.tool``, ``@server.tool(name=…)``, ``@mcp.prompt()``, ``@mcp.resource("a://{b}")`` above a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.code.walk import below
from driftseal.model.item import ItemKind, Json
from driftseal.observe.tools._bodies import all_given_back
from driftseal.observe.tools._calls import Given, documented, framework_of, server_of
from driftseal.observe.tools._names import declares, is_name
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Site, Sites

_KEEPING: Final = frozenset({"append", "add", "push", "setattr", "register", "set", "update", "setdefault"})


def find(sites: Sites) -> Iterator[Draft]:
    """Every function that a decorator declares."""
    for ref in sites.project.functions():
        function = sites.project.function(ref)
        for decorator in function.decorators:
            call = decorator if isinstance(decorator, ir.Call) else None
            callee = call.callee if call is not None else decorator
            kind = declares(last_name(callee)) or _handed_on(sites, ref, callee)
            if kind is None or not (function.name or call is not None) or not _registers(sites, ref, callee):
                continue
            wrapped = list(_wrapped(sites, ref, decorator))
            for turn, inner in wrapped:
                sites.wrappers.setdefault(inner, ref)
                yield from _draft(sites, inner, kind, callee, call, turn)
            if not wrapped:
                yield from _draft(sites, ref, kind, callee, call)


def _handed_on(sites: Sites, ref: FunctionRef, callee: ir.Expr) -> ItemKind | None:
    """What a decorator of the project's own declares that hands on what it is given: ``return mcp.tool(*args)``."""
    if not isinstance(callee, ir.Name):
        return None
    made = sites.constants.follow(Spot(ref.path, max(sites.project.function(ref).outer, 0), callee))
    function = (
        sites.project.modules[made.path].functions[made.expr.function] if isinstance(made.expr, ir.Closure) else None
    )
    for each in all_given_back(function.body) if function is not None else ():
        if isinstance(each, ir.Call) and any(arg.spread for arg in each.args):
            return declares(last_name(each.callee))
    return None


def _wrapped(sites: Sites, ref: FunctionRef, decorator: ir.Expr) -> Iterator[tuple[Spot, FunctionRef]]:
    """Functions that are declared by way of what a decorator of the project's own puts around them.

    ``def tool(fn): @mcp.tool @wraps(fn) def wrapper(*args): …``: the server sees their names and parameters.
    """
    function = sites.project.function(ref)
    calls = (each for each in function.decorators if isinstance(each, ir.Call))
    given = next((each.args[0].value for each in calls if last_name(each.callee) == "wraps" and each.args), None)
    if given is None or function.outer <= 0:
        return
    site = Site(ref.path, function.outer, decorator, ())
    for turn in sites.callers.around(site, lambda turn: sites.function(turn.at(given))):
        inner = sites.function(turn.at(given))
        if inner is not None:
            yield turn, inner


def _registers(sites: Sites, ref: FunctionRef, callee: ir.Expr) -> bool:
    """Whether a decorator may declare: one of this project only where it adds, marks or keeps what it decorates."""
    if not isinstance(callee, ir.Name):
        return True
    made = sites.constants.follow(Spot(ref.path, max(sites.project.function(ref).outer, 0), callee))
    if not isinstance(made.expr, ir.Closure):
        return True
    functions = sites.project.modules[made.path].functions
    for number, function in enumerate(functions):
        if made.expr.function in sites.constants.chain(made.path, number) and _keeps(function):
            return True
    return False


def _keeps(function: ir.Function) -> bool:
    for node in below(function.body):
        if isinstance(node, ir.Assign):
            if any(isinstance(target, (ir.Attr, ir.Index)) for target in node.targets):
                return True
        elif isinstance(node, ir.Call):
            name = last_name(node.callee.callee if isinstance(node.callee, ir.Call) else node.callee)
            if name in _KEEPING or declares(name) is not None:
                return True
    return False


def _draft(
    sites: Sites, ref: FunctionRef, kind: ItemKind, callee: ir.Expr, call: ir.Call | None, turn: Spot | None = None
) -> Iterator[Draft]:
    function = sites.project.function(ref)
    scope = max(function.outer, 0)
    expr = call if call is not None else callee
    spot = turn.at(expr) if turn is not None else Spot(ref.path, scope, expr)
    given = Given.of(sites, spot, call)
    named = given.text("name", "tool_name") or (given.first if kind is not ItemKind.RESOURCE else None)
    name = named if is_name(named) else function.name
    if kind is ItemKind.RESOURCE:
        name = given.text("uri", "uriTemplate", "uri_template") or given.first or ""
        kind = ItemKind.RESOURCE_TEMPLATE if "{" in name else kind
    if not name:
        return
    framework = framework_of(sites, spot, callee) if kind is ItemKind.TOOL else ""
    described = given.spot("description")
    description = sites.constants.wording(described) if described is not None else None
    yield Draft(
        kind=kind,
        name=str(name),
        spot=spot,
        line=function.line,
        how="decorator",
        description=description if described is not None else documented(sites, ref, framework),
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
