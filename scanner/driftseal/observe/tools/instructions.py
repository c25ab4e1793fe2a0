"""What a server tells every model before any tool is called: ``FastMCP("name", instructions="…")`` and the like.

The field ``instructions`` of the answer to ``initialize`` (MCP specification, «Lifecycle»).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.model.item import ItemKind
from driftseal.observe.tools.declared import Draft
from driftseal.observe.tools.sites import Site, Sites

_KEYS: Final = frozenset({"instructions", "Instructions", "ServerInstructions"})
_SERVERS: Final = ("server", "mcp")
"""Names of classes and functions that make servers end so."""
_SETTERS: Final = ("WithInstructions", "withInstructions", "setInstructions")
_OPTIONS: Final = frozenset(
    {"InitializationOptions", "InitializeResult", "ServerOptions", "McpServerOptions", "ServerInfo"}
)
_WRAPS: Final = frozenset({"Some", "from", "into", "to_string", "to_owned", "String"})
_DEEPEST: Final = 4


def find(sites: Sites) -> Iterator[Draft]:
    """The instructions of each server, each text once: the first under no name, as a live server's is."""
    told: dict[str, Spot] = {}
    for spot in _given(sites):
        text = sites.constants.wording(_bare(spot))
        if text is not None:
            told.setdefault(text, spot)
    for number, (text, spot) in enumerate(told.items(), 1):
        name = str(number) if number > 1 else ""
        yield Draft(ItemKind.INSTRUCTIONS, name, spot, spot.expr.line, "server", description=text)


def _given(sites: Sites) -> Iterator[Spot]:
    for name, calls in sites.constants.calls.items():
        if name in _OPTIONS or name.lower().endswith(_SERVERS):
            for site in calls:
                yield from _settings(sites, site)
        elif name in _SETTERS or name in _KEYS:
            for site in calls:
                call = site.node
                if isinstance(call, ir.Call) and isinstance(call.callee, ir.Attr) and len(call.args) == 1:
                    yield site.spot.at(call.args[0].value)
    for site in sites.mappings:
        if isinstance(site.node, ir.Mapping) and _last_type(site.node) in _OPTIONS:
            yield from (site.spot.at(value) for value in _entries(site.node))


def _settings(sites: Sites, site: Site) -> Iterator[Spot]:
    for arg in site.node.args if isinstance(site.node, ir.Call) else ():
        if arg.name in _KEYS:
            yield site.spot.at(arg.value)
        whole = sites.constants.follow(site.spot.at(arg.value))
        if isinstance(whole.expr, ir.Mapping):
            yield from (whole.at(value) for value in _entries(whole.expr))


def _entries(mapping: ir.Mapping) -> Iterator[ir.Expr]:
    for entry in mapping.entries:
        if isinstance(entry.key, ir.Const) and entry.key.value in _KEYS:
            yield entry.value


def _last_type(mapping: ir.Mapping) -> str:
    """The type of a struct literal without its package."""
    return mapping.type.replace("::", ".").rpartition(".")[2]


def _bare(spot: Spot) -> Spot:
    """``Some("…".into())``: the text within."""
    for _ in range(_DEEPEST):
        call = spot.expr
        if not isinstance(call, ir.Call) or last_name(call.callee) not in _WRAPS:
            break
        inner = call.args[0].value if call.args else call.callee.value if isinstance(call.callee, ir.Attr) else None
        if inner is None:
            break
        spot = spot.at(inner)
    return spot
