"""Servers inside servers: ``main.mount(sub, prefix="x")`` makes ``x_tool`` of ``tool``."""

from __future__ import annotations

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.observe.tools.sites import Sites

_CALLS = frozenset({"mount", "import_server", "importServer"})


def prefixes(sites: Sites) -> dict[str, str]:
    """The prefix under which the tools of each mounted server are listed, by where that server is made."""
    found: dict[str, str] = {}
    for site in sites.calls:
        call = site.node
        if not isinstance(call, ir.Call) or last_name(call.callee) not in _CALLS:
            continue
        for turn in sites.turns(site):
            mounted = _mounted(sites, turn, call)
            if mounted is not None:
                found.setdefault(*mounted)
    return found


def _mounted(sites: Sites, turn: Spot, call: ir.Call) -> tuple[str, str] | None:
    prefix: str | None = None
    server: str | None = None
    for arg in call.args:
        value = turn.at(arg.value)
        text = sites.constants.text(value)
        if text is not None and arg.name in {"", "prefix", "namespace"}:
            prefix = text
        elif text is None and arg.name in {"", "server"}:
            made = sites.constants.follow(value)
            # A URL's session has a method of this name too, and takes an adapter.
            if isinstance(made.expr, ir.Call) and "adapter" not in last_name(made.expr.callee).lower():
                server = f"{made.path}:{made.expr.line}"
    if prefix is None or server is None or "/" in prefix or not prefix:
        return None
    return server, prefix
