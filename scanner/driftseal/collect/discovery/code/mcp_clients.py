"""MCP servers that code starts or connects to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _servers, _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.sites import Site, chain
from driftseal.model.item import ItemKind, Json

LIST: Final = "ai-agents"
_SURE: Final = 0.9
_TYPES: Final = frozenset({"mcp", "url"})
"""Of tools and servers that providers connect to themselves."""


class McpClientFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "mcp_clients"
    words: ClassVar[frozenset[bytes]] = frozenset({b"mcp"})

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        told: set[tuple[str, str, int]] = set()
        for name, content, line, scope in (*_calls(code, asking), *_named(code, path), *_labelled(code, path)):
            shown = name or _servers.called(content)
            key = str(content.get("command") or ""), str(content.get("endpoint") or ""), line
            if not shown or key in told:
                continue
            told.add(key)
            symbol = code.index.symbol(path, scope)
            sure = round(_SURE * asking.weight(path), 2)
            yield Sighting(ItemKind.SERVICE, shown, content, line=line, symbol=symbol, confidence=sure)


Found = tuple[str, dict[str, Json], int, int]


def _calls(code: Code, asking: Asking) -> Iterator[Found]:
    for site in code.index.of(asking.path).calls:
        if any(_is(asking, site, "many")):
            for arg in site.call.args:
                yield from _several(code, site.spot(arg.value))
        for entry in _is(asking, site, "clients"):
            content = _servers.described(_arguments(code, asking, site, entry))
            if content:
                given = next((_servers.text(code, spot) for spot in asking.arguments(site, ("name",))), "")
                yield given, content, site.call.line, site.scope


def _is(asking: Asking, site: Site, group: str) -> Iterator[Mapping[str, Any]]:
    """The entries of the list that a call meets."""
    parts = chain(site.call.callee)
    for one in _tables.calls(LIST, group).get(last_name(site.call.callee), ()):
        if any(parts[-len(call) :] == call for call in one.calls) and asking.sure(site, one.sources):
            yield one.entry


def _arguments(code: Code, asking: Asking, site: Site, entry: Mapping[str, Any]) -> dict[str, Json]:
    raw: dict[str, Json] = {}
    for spot in asking.arguments(site, tuple(entry.get("params", ()))):
        raw |= _servers.facts(code, spot)
    for spot in asking.arguments(site, tuple(entry.get("args", ()))):
        raw.setdefault("args", list(_servers.texts(code, spot)))
    for spot in asking.arguments(site, tuple(entry.get("env", ()))):
        raw.setdefault("env", _servers.environment(code, spot))
    for key, read in (("command", _servers.program), ("url", _servers.address)):
        for spot in asking.arguments(site, tuple(entry.get(key, ()))):
            told = read(code, spot)
            # Some take a command where others take an address.
            kind = "url" if "://" in told else "command"
            if told == _servers.UNKNOWN and not raw.get("args"):
                continue
            if told and (kind == "url" or key == "command"):
                raw.setdefault(kind, told)
    command = raw.get("command")
    if isinstance(command, str) and " " in command.strip() and not raw.get("args"):
        raw["command"], raw["args"] = command.split()[0], list[Json](command.split()[1:])
    return raw


def _several(code: Code, spot: Spot) -> Iterator[Found]:
    """Servers by name, in a mapping, or in one of its members."""
    whole = code.constants.follow(spot)
    if isinstance(whole.expr, ir.Group):
        for item in whole.expr.items:
            yield from _one("", code, whole.at(item))
        return
    if not isinstance(whole.expr, ir.Mapping):
        return
    if _servers.described(_servers.facts(code, whole)):
        yield from _one("", code, whole)
        return
    for entry in whole.expr.entries:
        name = code.constants.text(whole.at(entry.key)) if entry.key is not None else None
        if name in {"servers", *_tables.mapping(LIST)["members"]}:
            yield from _several(code, whole.at(entry.value))
        elif name is not None:
            yield from _one(name, code, whole.at(entry.value))


def _one(name: str, code: Code, spot: Spot) -> Iterator[Found]:
    content = _servers.described(_servers.facts(code, spot))
    if content:
        yield name or _servers.label(code, spot), content, getattr(spot.expr, "line", 0), spot.scope


def _named(code: Code, path: str) -> Iterator[Found]:
    """``mcpServers: {…}`` and ``mcp_servers=[…]``, whoever is given them."""
    members = _tables.mapping(LIST)["members"]
    for named in code.index.of(path).named:
        if named.name in members:
            yield from _several(code, named.spot)


def _labelled(code: Code, path: str) -> Iterator[Found]:
    """``{"type": "mcp", "server_label": …, "server_url": …}``, of tools that a provider calls itself."""
    for mapping, scope in code.index.of(path).mappings:
        spot = Spot(path, scope, mapping)
        kind = code.constants.entry(spot, "type")
        if kind is not None and code.constants.text(kind) in _TYPES:
            raw = _servers.facts(code, spot)
            is_url = code.constants.text(kind) == "url"
            if raw.get("url" if is_url else "server_url") or (not is_url and raw.get("serverUrl")):
                name = _servers.label(code, spot)
                if name or not is_url:
                    yield name, _servers.described({**raw, "type": "http"}), mapping.line, scope
