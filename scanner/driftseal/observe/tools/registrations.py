"""``server.tool("name", …)``, ``registerTool``, ``addTool({…})``, ``mcp.add_tool(fn)``, ``mcp.tool(name=…)(fn)``."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import RUN_KEYS, SCHEMA_KEYS, Given, framework_of, server_of
from driftseal.observe.tools._names import declares, is_name, is_plain
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.docstrings import shown
from driftseal.observe.tools.sites import Site, Sites


def find(sites: Sites) -> Iterator[Draft]:
    """Every call that declares something, once for each turn of a loop over known things."""
    for site in sites.calls:
        call = site.node
        if not isinstance(call, ir.Call):
            continue
        outer = isinstance(call.callee, ir.Call)
        callee = call.callee.callee if isinstance(call.callee, ir.Call) else call.callee
        kind = declares(last_name(callee))
        if kind is None and last_name(callee) in {"from_function", "fromFunction"}:
            kind = declares(last_name(callee.value)) if isinstance(callee, ir.Attr) else None
        if kind is None and any(arg.name == "description" for arg in call.args) and call.args[0].name == "name":
            continue
        if kind is not None:
            for turn in sites.turns(site):
                yield from _curried(sites, turn, kind) if outer else _plain(sites, site, turn, kind)


def _curried(sites: Sites, turn: Spot, kind: ItemKind) -> Iterator[Draft]:
    """``mcp.tool(name="x")(fn)``."""
    call = turn.expr
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Call) or not call.args:
        return
    given = Given.of(sites, turn, call.callee)
    ref = sites.function(turn.at(call.args[0].value))
    name = given.text("name") or given.first
    if name is None and ref is not None:
        name = sites.project.function(ref).name
    if is_name(name):
        yield _draft(sites, turn, kind, str(name), given, ref, call.callee.callee)


def _plain(sites: Sites, site: Site, turn: Spot, kind: ItemKind) -> Iterator[Draft]:
    call = turn.expr
    if not isinstance(call, ir.Call):
        return
    given = Given.of(sites, turn, call)
    name = given.text("name") or given.first
    python = sites.project.modules[site.path].language == "python"
    ref = sites.function(turn.at(call.args[0].value)) if python and call.args and not call.args[0].name else None
    if name is None and ref is not None:
        if given.spot("name") is not None:
            return
        name = sites.project.function(ref).name
        if last_name(call.callee)[:1].isupper():
            return
    told = given.spot("description", *SCHEMA_KEYS, *RUN_KEYS) is not None
    told = told or given.function is not None or ref is not None or len(given.texts) > 1
    if not is_name(name) or not (told or (is_plain(last_name(call.callee)) and given.shape is not None)):
        return
    if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
        yield from _resource(sites, turn, given, call)
    else:
        yield _draft(sites, turn, kind, str(name), given, ref, call.callee)


def _resource(sites: Sites, turn: Spot, given: Given, call: ir.Call) -> Iterator[Draft]:
    uri = given.text("uri", "uriTemplate", "uri_template") or next((text for text in given.texts if ":" in text), None)
    if uri is None:
        for arg in call.args:
            made = sites.constants.follow(turn.at(arg.value))
            if isinstance(made.expr, ir.Call) and "template" in last_name(made.expr.callee).lower() and made.expr.args:
                uri = sites.constants.text(made.at(made.expr.args[0].value))
    if uri is not None:
        kind = ItemKind.RESOURCE_TEMPLATE if "{" in uri else ItemKind.RESOURCE
        yield _draft(sites, turn, kind, uri, given, None, call.callee)


def _draft(
    sites: Sites, turn: Spot, kind: ItemKind, name: str, given: Given, ref: FunctionRef | None, callee: ir.Expr
) -> Draft:
    described = given.spot("description")
    texts = given.texts[1:] if given.first is not None else given.texts
    description = sites.constants.text(described) if described is not None else next(iter(texts), None)
    if ref is not None and described is None:
        description = shown(sites.project.function(ref).doc, framework_of(sites, turn, callee))
    handler = given.spot(*RUN_KEYS) or given.function
    if ref is not None:
        handler = Spot(ref.path, 0, ir.Closure(ref.number, 0))
    return Draft(
        kind=kind,
        name=name,
        spot=turn,
        line=turn.expr.line,
        how="call",
        description=description,
        schema=given.spot(*SCHEMA_KEYS) or given.shape,
        annotations=given.spot("annotations") or given.hints,
        title=given.text("title"),
        handler=handler,
        signature=ref,
        server=server_of(sites, turn, callee),
    )
