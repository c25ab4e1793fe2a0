"""Places that make tools at run time, so that nobody can say from the code what they will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.observe.tools._calls import Given
from driftseal.observe.tools._names import is_plain
from driftseal.observe.tools.declared import Dynamic
from driftseal.observe.tools.sites import Site, Sites

_MAKERS: Final = {
    "from_openapi": "tools are made from an OpenAPI document",
    "from_fastapi": "tools are made from the routes of a web application",
    "fromOpenApi": "tools are made from an OpenAPI document",
    "FastApiMCP": "tools are made from the routes of a web application",
    "as_proxy": "tools come from another server",
    "create_proxy": "tools come from another server",
    "createProxy": "tools come from another server",
    "proxyServer": "tools come from another server",
    "listTools": "tools are listed by another server",
    "list_tools": "tools are listed by another server",
}


def find(sites: Sites) -> Iterator[Dynamic]:
    """Every such place, once a line."""
    seen: set[tuple[str, int]] = set()
    for name, why in _MAKERS.items():
        for site in sites.constants.calls.get(name, ()):
            if (site.path, site.node.line) not in seen:
                seen.add((site.path, site.node.line))
                yield Dynamic(site.path, site.node.line, why)
    for site in sites.calls:
        if (site.path, site.node.line) not in seen and _unnamed(sites, site):
            seen.add((site.path, site.node.line))
            yield Dynamic(site.path, site.node.line, "the name of the tool is no constant")


def _unnamed(sites: Sites, site: Site) -> bool:
    """Whether a tool is declared under a name that nobody can read."""
    call = site.node
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Attr) or not is_plain(last_name(call.callee)):
        return False
    for turn in sites.turns(site):
        given = Given.of(sites, turn, call)
        if (given.text("name") or given.first) is None and call.args and not given.functions:
            first = turn.at(call.args[0].value)
            known = sites.constants.follow(Spot(first.path, first.scope, first.expr, first.given))
            if not isinstance(known.expr, (ir.Mapping, ir.Closure)):
                return sites.function(first) is None
    return False
