"""Places that make tools at run time, so that nobody can say from the code what they will be."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.observe.tools._calls import Given
from driftseal.observe.tools._names import is_plain
from driftseal.observe.tools.declared import Dynamic
from driftseal.observe.tools.elsewhere import elsewhere
from driftseal.observe.tools.sites import Site, Sites

_PROXIED: Final = "tools come from another server"
_MAKERS: Final = {
    "from_openapi": "tools are made from an OpenAPI document",
    "fromOpenApi": "tools are made from an OpenAPI document",
    "OpenAPIToMCPConverter": "tools are made from an OpenAPI document",
    "from_fastapi": "tools are made from the routes of a web application",
    "FastApiMCP": "tools are made from the routes of a web application",
    "as_proxy": _PROXIED,
    "create_proxy": _PROXIED,
    "proxyServer": _PROXIED,
}
_LISTS: Final = ("listTools", "list_tools")
_LISTING: Final = ("ListTools", "tools/list")


def find(sites: Sites, known: AbstractSet[tuple[str, int]]) -> Iterator[Dynamic]:
    """Every such place, once a line, but for those whose tools are known; for a server without tools, why it has none.

    ``known`` are the places that declare, by path and line.
    """
    seen = set(known)
    found = list(_found(sites, known))
    for path, line, why in found if found or known else elsewhere(sites):
        if (path, line) not in seen:
            seen.add((path, line))
            yield Dynamic(path, line, why)


def _found(sites: Sites, known: AbstractSet[tuple[str, int]]) -> Iterator[tuple[str, int, str]]:
    calls = sites.constants.calls
    for name, why in _MAKERS.items():
        for site in calls.get(name, ()):
            if why != _PROXIED or not _is_own(sites, site):
                yield site.path, site.node.line, why
    unnamed = [site for site in sites.calls if _unnamed(sites, site, bare=not known)]
    serving = {(site.path, site.scope) for site in unnamed} | set(_serving(sites))
    for site in (site for name in _LISTS for site in calls.get(name, ())):
        around = {(site.path, number) for number in sites.constants.chain(site.path, site.scope) if number}
        if around & serving and not _is_own(sites, site):
            yield site.path, site.node.line, _PROXIED
    for site in unnamed:
        yield site.path, site.node.line, "the name of the tool is no constant"


def _serving(sites: Sites) -> Iterator[tuple[str, int]]:
    """Functions that tell clients which tools there are."""
    for site in sites.constants.calls.get("setRequestHandler", ()):
        call = site.node
        if isinstance(call, ir.Call) and len(call.args) > 1:
            asked = site.spot.at(call.args[0].value)
            wanted = last_name(asked.expr).startswith(_LISTING[0]) or sites.constants.text(asked) == _LISTING[1]
            found = sites.function(site.spot.at(call.args[1].value)) if wanted else None
            if found is not None:
                yield found.path, found.number
    for ref in sites.project.functions():
        for decorator in sites.project.function(ref).decorators:
            if last_name(decorator.callee if isinstance(decorator, ir.Call) else decorator) in _LISTS:
                yield ref.path, ref.number


def _is_own(sites: Sites, site: Site) -> bool:
    """Whether it is the project's own server, or the class above, that is called, or a function of the project."""
    callee = site.node.callee if isinstance(site.node, ir.Call) else site.node
    if not isinstance(callee, ir.Attr):
        made = sites.constants.follow(site.spot.at(callee))
        return site.scope > 0 and (made.expr is not callee or last_name(callee) in _LISTS)
    whole = callee.value
    above = isinstance(whole, ir.Call) and last_name(whole.callee) == "super"
    return above or (isinstance(whole, ir.Name) and whole.id in {"self", "this", "super"})


def _unnamed(sites: Sites, site: Site, *, bare: bool) -> bool:
    """Whether a tool is declared under a name that nobody can read.

    One that is given a function may be any of a table's, which other idioms know: it counts where nothing is known.
    """
    call = site.node
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Attr) or not is_plain(last_name(call.callee)):
        return False
    if site.scope and not sites.is_open(site):
        return False
    for turn in sites.turns(site):
        given = Given.of(sites, turn, call)
        if (given.text("name") or given.first) is None and call.args and (bare or not given.functions):
            first = turn.at(call.args[0].value)
            known = sites.constants.follow(Spot(first.path, first.scope, first.expr, first.given))
            if not isinstance(known.expr, (ir.Mapping, ir.Closure)):
                return sites.function(first) is None
    return False
