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
    registries = _Registries(sites)
    for ref in sites.project.functions():
        function = sites.project.function(ref)
        for decorator in function.decorators:
            call = decorator if isinstance(decorator, ir.Call) else None
            callee = call.callee if call is not None else decorator
            kind = declares(last_name(callee)) or _handed_on(sites, ref, callee)
            kept = kind is None
            kind = registries.kind(ref, callee) if kept else kind
            if kind is None or not (function.name or call is not None) or not _registers(sites, ref, callee):
                continue
            wrapped = list(_wrapped(sites, ref, decorator))
            for turn, inner in wrapped:
                sites.wrappers.setdefault(inner, ref)
                yield from _draft(sites, inner, kind, callee, call, turn)
            if not wrapped:
                yield from _draft(sites, ref, kind, callee, call, named=not kept)


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


class _Registries:
    """Lists and tables that a loop goes over which declares what decorators have put there.

    ``for run in REGISTRY: mcp.tool()(run)``
    """

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._kinds: dict[tuple[str, int], ItemKind] = {}
        """By their file and what they are at first."""
        self._known: dict[tuple[str, int], ItemKind | None] = {}
        """What becomes of functions below each decorator."""
        for site in sites.calls:
            callee = site.node.callee if isinstance(site.node, ir.Call) else site.node
            kind = declares(last_name(callee.callee if isinstance(callee, ir.Call) else callee))
            for loop in site.loops if kind is not None else ():
                for source in (loop.source,) if isinstance(loop, ir.Loop) else loop.sources:
                    listed = _listed(sites, Spot(site.path, site.scope, source)) if source is not None else None
                    if listed is not None and kind is not None:
                        self._kinds[listed] = kind

    def kind(self, ref: FunctionRef, callee: ir.Expr) -> ItemKind | None:
        """What becomes of a function that a decorator of the project's own puts into such a list."""
        if not self._kinds:
            return None
        made = self._sites.constants.follow(Spot(ref.path, max(self._sites.project.function(ref).outer, 0), callee))
        if not isinstance(made.expr, ir.Closure):
            return None
        key = made.path, made.expr.function
        if key not in self._known:
            self._known[key] = next(self._kept(*key), None)
        return self._known[key]

    def _kept(self, path: str, decorator: int) -> Iterator[ItemKind]:
        for number, function in enumerate(self._sites.project.modules[path].functions):
            if decorator in self._sites.constants.chain(path, number):
                for name in _filled(function):
                    listed = _listed(self._sites, Spot(path, number, name))
                    if listed is not None and listed in self._kinds:
                        yield self._kinds[listed]


def _listed(sites: Sites, spot: Spot) -> tuple[str, int] | None:
    """What stands for a list or a table that is filled later, wherever it is imported."""
    expr = spot.expr
    while isinstance(expr, ir.Call):  # ``list(REGISTRY)``, ``REGISTRY.items()``
        inner = expr.callee.value if isinstance(expr.callee, ir.Attr) else expr.args[0].value if expr.args else None
        if inner is None:
            return None
        expr = inner
    made = sites.constants.follow(spot.at(expr))
    lists = isinstance(made.expr, ir.Group) and not made.expr.items
    tables = isinstance(made.expr, ir.Mapping) and not made.expr.entries
    return (made.path, id(made.expr)) if lists or tables else None


def _filled(function: ir.Function) -> Iterator[ir.Name]:
    """Variables into which a function puts something."""
    for node in below(function.body):
        if isinstance(node, ir.Assign):
            yield from (
                target.value
                for target in node.targets
                if isinstance(target, ir.Index) and isinstance(target.value, ir.Name)
            )
        elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _KEEPING:
            yield from (node.callee.value,) if isinstance(node.callee.value, ir.Name) else ()


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
    sites: Sites,
    ref: FunctionRef,
    kind: ItemKind,
    callee: ir.Expr,
    call: ir.Call | None,
    turn: Spot | None = None,
    *,
    named: bool = True,
) -> Iterator[Draft]:
    """``named``: whether a decorator is known to take a name first."""
    function = sites.project.function(ref)
    scope = max(function.outer, 0)
    expr = call if call is not None else callee
    spot = turn.at(expr) if turn is not None else Spot(ref.path, scope, expr)
    given = Given.of(sites, spot, call)
    told = given.text("name", "tool_name") or (given.first if named and kind is not ItemKind.RESOURCE else None)
    name = told if is_name(told) else function.name
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
