"""``server.tool("name", …)``, ``registerTool``, ``addTool({…})``, ``mcp.add_tool(fn)``, ``mcp.tool(name=…)(fn)``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.model.item import ItemKind
from driftseal.observe.tools import folders
from driftseal.observe.tools._calls import RUN_KEYS, SCHEMA_KEYS, Given, documented, framework_of, server_of
from driftseal.observe.tools._names import declares, is_name, is_plain
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Site, Sites

_SELVES: Final = frozenset({"self", "this", "cls"})
_NAMES: Final = (ir.Attr, ir.Closure, ir.Name)
_FROM: Final = frozenset({"from_function", "fromFunction", "from_tool"})


def find(sites: Sites) -> Iterator[Draft]:
    """Every call that declares something, once for each turn of a loop and each call of a helper around it."""
    for site in sites.calls:
        kind = _kind(site.node)
        if kind is None:
            continue
        read = partial(_drafts, sites, kind)
        drafts = [draft for turn in sites.turns(site) for draft in read(turn)]
        if _is_helper(sites, site):
            drafts = [replace(draft, how="wrapper") for draft in drafts]
        if not drafts and sites.is_open(site):
            for turn in sites.callers.around(site, read):
                drafts += [replace(draft, how="helper") for draft in read(turn)]
            if not drafts:
                with sites.constants.assuming():
                    turns = list(sites.callers.around(site, read)) or sites.turns(site)
                    drafts = [draft for turn in turns for draft in read(turn)]
        if not drafts:
            drafts = [draft for turn in folders.turns(sites, site) for draft in read(turn)]
        yield from drafts


def _drafts(sites: Sites, kind: ItemKind, turn: Spot) -> list[Draft]:
    call = turn.expr
    curried = isinstance(call, ir.Call) and isinstance(call.callee, ir.Call)
    return list(_curried(sites, kind, turn) if curried else _plain(sites, kind, turn))


def _kind(call: ir.Expr) -> ItemKind | None:
    """What a call declares, from the name of what is called."""
    if not isinstance(call, ir.Call):
        return None
    callee = call.callee.callee if isinstance(call.callee, ir.Call) else call.callee
    kind = declares(last_name(callee))
    if kind is None and last_name(callee) in _FROM:
        return declares(last_name(callee.value)) if isinstance(callee, ir.Attr) else None
    return kind


def _is_helper(sites: Sites, site: Site) -> bool:
    """Whether what is called is a function of the project, which may give other texts to the server."""
    callee = site.node.callee if isinstance(site.node, ir.Call) else site.node
    if not isinstance(callee, ir.Name):
        return False
    return isinstance(sites.constants.follow(site.spot.at(callee)).expr, ir.Closure)


def _curried(sites: Sites, kind: ItemKind, turn: Spot) -> Iterator[Draft]:
    """``mcp.tool(name="x")(fn)``."""
    call = turn.expr
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Call) or not call.args:
        return
    given = Given.of(sites, turn, call.callee)
    ref = sites.function(turn.at(call.args[0].value))
    ref = _named_after(sites, turn, ref) if ref is not None else None
    if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
        yield from _resource(sites, turn, given, call.callee, ref)
        return
    name = given.text("name") or given.first
    if name is None and ref is not None and given.spot("name") is None:
        name = _called(sites, turn.at(call.args[0].value), ref)
    if is_name(name):
        yield _draft(sites, turn, kind, str(name), given, ref, call.callee.callee)


def _named_after(sites: Sites, turn: Spot, ref: FunctionRef) -> FunctionRef | None:
    """A function itself; of one that ``functools.wraps`` another that one, where the code says which it is."""
    for each in sites.project.function(ref).decorators:
        if isinstance(each, ir.Call) and last_name(each.callee) == "wraps" and each.args:
            return sites.function(turn.at(each.args[0].value))
    return ref


def _called(sites: Sites, function: Spot, ref: FunctionRef) -> str | None:
    """The name of a function, which what stands above may have changed."""
    if isinstance(function.expr, ir.Name):
        renamed = sites.constants.set.get((function.path, function.expr.id, "__name__"))
        if renamed is not None:
            return sites.constants.text(renamed._replace(given=function.given))
    return sites.project.function(ref).name


def _plain(sites: Sites, kind: ItemKind, turn: Spot) -> Iterator[Draft]:
    call = turn.expr
    if not isinstance(call, ir.Call) or (call.args and _declares(call.args[0].value)):
        return
    given = Given.of(sites, turn, call)
    name = given.text("name") or given.first
    python = sites.project.modules[turn.path].language == "python"
    ref = sites.function(turn.at(call.args[0].value)) if python and call.args and not call.args[0].name else None
    ref = _named_after(sites, turn, ref) if ref is not None else None
    if name is None and ref is not None:
        if given.spot("name") is not None or not (is_plain(last_name(call.callee)) or last_name(call.callee) in _FROM):
            return
        name = _called(sites, turn.at(call.args[0].value), ref)
        if last_name(call.callee)[:1].isupper():
            return
    told = given.spot("description", *SCHEMA_KEYS, *RUN_KEYS) is not None or last_name(call.callee) in _FROM
    told = told or given.function is not None or ref is not None or len(given.texts) > 1
    # People read the name of a resource; what it goes by is its address.
    titled = kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE} and name and given.function is not None
    if not (is_name(name) or titled) or not (told or (is_plain(last_name(call.callee)) and given.shape is not None)):
        return
    if kind in {ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE}:
        yield from _resource(sites, turn, given, call)
    else:
        yield _draft(sites, turn, kind, str(name), given, ref, call.callee)


def _declares(value: ir.Expr) -> bool:
    """Whether what is added is itself a call that declares: ``add_tool(Tool.from_function(…))``."""
    return isinstance(value, ir.Call) and last_name(value.callee) in _FROM


def _resource(sites: Sites, turn: Spot, given: Given, call: ir.Call, ref: FunctionRef | None = None) -> Iterator[Draft]:
    uri = given.text("uri", "uriTemplate", "uri_template") or next((text for text in given.texts if ":" in text), None)
    if uri is None:
        for arg in call.args:
            made = sites.constants.follow(turn.at(arg.value))
            if isinstance(made.expr, ir.Call) and "template" in last_name(made.expr.callee).lower() and made.expr.args:
                uri = sites.constants.text(made.at(made.expr.args[0].value))
    if uri is not None:
        kind = ItemKind.RESOURCE_TEMPLATE if "{" in uri else ItemKind.RESOURCE
        yield _draft(sites, turn, kind, uri, given, ref, call.callee)


def _handed(sites: Sites, turn: Spot) -> Spot | None:
    """The only function that the helper around a declaration was given: it keeps the two side by side."""
    given = (spot for name, spot in (turn.given or {}).items() if name not in _SELVES)
    functions = [spot for spot in given if isinstance(spot.expr, _NAMES) and sites.function(spot) is not None]
    return functions[0] if len(functions) == 1 else None


def _draft(
    sites: Sites, turn: Spot, kind: ItemKind, name: str, given: Given, ref: FunctionRef | None, callee: ir.Expr
) -> Draft:
    described = given.spot("description")
    texts = given.texts[1:] if given.first is not None else given.texts
    description = sites.constants.wording(described) if described is not None else next(iter(texts), None)
    if ref is not None and described is None:
        framework = framework_of(sites, turn, callee) if kind is ItemKind.TOOL else ""
        description = documented(sites, ref, framework)
    handler = given.spot(*RUN_KEYS) or given.function
    if ref is not None:
        handler = Spot(ref.path, 0, ir.Closure(ref.number, 0))
    if handler is None:
        handler = _handed(sites, turn)
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
