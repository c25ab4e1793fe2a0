"""Tools of Go: mcp-go's ``NewTool`` with options, ``mcp.Tool{…}`` of either SDK, pairs of a tool and its handler.

A tool is made in one place and added in another, with what runs it: ``s.AddTool(tool, handler)``,
``mcp.AddTool(server, &tool, handler)``, ``server.ServerTool{Tool: tool, Handler: handler}``, a function that returns
both, ``server.RegisterTool("name", "description", handler)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final, NamedTuple

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.walk import below
from driftseal.model.item import ItemKind
from driftseal.observe.tools._calls import members
from driftseal.observe.tools._go_making import Making
from driftseal.observe.tools._go_options import Thing
from driftseal.observe.tools._go_types import Types
from driftseal.observe.tools._names import is_name
from driftseal.observe.tools.declared import Draft, Dynamic
from driftseal.observe.tools.sites import Site, Sites

LANGUAGE: Final = "go"
_MOST: Final = 20_000
"""Things that one project makes."""
_ADDS: Final = ("add", "register", "mustregister", "set")
_NO_TOOLS: Final = ("result", "handler", "request", "capabilit", "content", "error", "annotation", "choice", "calls")
"""Words in the names of functions that deal with tools and declare none."""
_TOOLS: Final = ("Tool", "tool", "Prompt", "Resource", "Definition")
_RUNS: Final = ("Handler", "handler", "HandlerFunc")
_KINDS: Final = {
    "resourcetemplate": ItemKind.RESOURCE_TEMPLATE,
    "resource": ItemKind.RESOURCE,
    "prompt": ItemKind.PROMPT,
    "tool": ItemKind.TOOL,
}


class _Pair(NamedTuple):
    """A tool and what may run it."""

    tool: Spot
    handlers: tuple[Spot, ...]
    """The first that is a function."""


def find(sites: Sites) -> Iterator[Draft]:
    """Every tool, prompt and resource that Go code declares."""
    yield from _Finder(sites).drafts()


def dynamic(sites: Sites) -> Iterator[Dynamic]:
    """Places that add tools under names that nobody can read."""
    finder = _Finder(sites)
    known = {id(thing.made.expr) for thing in finder.things()}
    for site in finder.calls:
        call = site.node
        if isinstance(call, ir.Call) and last_name(call.callee) == "NewTool" and id(call) not in known:
            inside = (value for arg in call.args for value in below(arg.value))
            if not any(id(value) in known for value in inside):
                yield Dynamic(site.path, call.line, "the name of the tool is no constant")


def _of(thing: Thing, beside: Spot) -> Spot:
    """What stands beside a tool, for that call of the helper around both for which the tool was made."""
    given = thing.made.given
    same = given is not None and beside.given is None and thing.made.path == beside.path
    return beside._replace(given=given) if same else beside


def kind_of(name: str) -> ItemKind | None:
    """What a function or a type of this name makes or adds."""
    low = name.lower()
    if any(word in low for word in _NO_TOOLS):
        return None
    return next((kind for word, kind in _KINDS.items() if low.removesuffix("s").endswith(word)), None)


def _is_own(node: ir.Mapping) -> bool:
    """Whether a map is one of those in which a server without an SDK writes its tools."""
    keys = {entry.key.value for entry in node.entries if isinstance(entry.key, ir.Const)}
    return {"name", "description", "inputSchema"} <= keys


class _Finder:
    """What is made, what is added, and how they belong together."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._making = Making(sites)
        self._types = Types(sites)
        modules = sites.project.modules
        self.calls = [site for site in sites.calls if modules[site.path].language == LANGUAGE]
        self._mappings = [site for site in sites.mappings if modules[site.path].language == LANGUAGE]
        self._paths = [path for path, module in modules.items() if module.language == LANGUAGE]

    def drafts(self) -> Iterator[Draft]:
        """See `find`."""
        handlers: dict[tuple[int, str], Spot] = {}
        extra: list[Thing] = []
        for pair in self._pairs():
            for thing in self._making.things(pair.tool):
                extra.append(thing)
                found = (self._making.functions.handler(_of(thing, each)) for each in pair.handlers)
                handler = next((one for one in found if one is not None), None)
                if handler is not None:
                    handlers.setdefault((id(thing.made.expr), thing.name), handler)
        seen: set[tuple[int, str]] = set()
        for thing in islice(chain(self.things(), extra, self._told()), _MOST):
            key = id(thing.made.expr), thing.name
            if key not in seen:
                seen.add(key)
                yield self._draft(thing, handlers.get(key) or self._making.functions.handler(thing.handler))

    def things(self) -> Iterator[Thing]:
        """Everything that is made under a name that is known where it stands."""
        for site in self.calls:
            if isinstance(site.node, ir.Call) and last_name(site.node.callee).startswith("New"):
                for turn in self._sites.turns(site):
                    yield from self._making.things(turn)
        for site in self._mappings:
            if isinstance(site.node, ir.Mapping) and (kind_of(site.node.type.rpartition(".")[2]) or _is_own(site.node)):
                for turn in self._sites.turns(site):
                    yield from self._making.things(turn)

    def _pairs(self) -> Iterator[_Pair]:
        for site in self.calls:
            name = last_name(site.node.callee) if isinstance(site.node, ir.Call) else ""
            if isinstance(site.node, ir.Call) and (name.lower().startswith(_ADDS) or kind_of(name) is not None):
                yield from self._added(site, site.node)
        for site in self._mappings:
            given = dict(members(self._sites.constants, site.spot))
            tool = next((key for key in _TOOLS if key in given), None)
            runs = next((key for key in _RUNS if key in given), None)
            if tool is not None and runs is not None:
                for turn in self._sites.turns(site):
                    yield _Pair(turn.at(given[tool].expr), (turn.at(given[runs].expr),))
        yield from self._returned()

    def _returned(self) -> Iterator[_Pair]:
        """``return mcp.NewTool(…), func(…) {…}``."""
        for path in self._paths:
            for number, function in enumerate(self._sites.project.modules[path].functions):
                for each in function.body:
                    value = each.value if isinstance(each, ir.Return) else None
                    if isinstance(value, ir.Group) and len(value.items) > 1:
                        tool, handler, *_ = (Spot(path, number, item) for item in value.items)
                        yield _Pair(tool, (handler,))

    def _added(self, site: Site, call: ir.Call) -> Iterator[_Pair]:
        """``AddTool(…, tool, handler)``; ``AddTools`` of pairs without the names of their fields."""
        for turn in self._sites.turns(site):
            args = [turn.at(arg.value) for arg in call.args]
            for at, arg in enumerate(args):
                if isinstance(arg.expr, ir.Group) and len(arg.expr.items) > 1:
                    yield _Pair(arg.at(arg.expr.items[0]), (arg.at(arg.expr.items[1]),))
                else:
                    yield _Pair(arg, tuple(args[at + 1 :]))

    def _told(self) -> Iterator[Thing]:
        """``RegisterTool("name", "description", handler)`` and wrappers that are called like it."""
        for site in self.calls:
            call = site.node
            if not isinstance(call, ir.Call):
                continue
            kind = kind_of(last_name(call.callee))
            if kind is None or len(call.args) < len(("name", "handler")):
                continue
            for turn in self._sites.turns(site):
                thing = self._making.told(turn, call, kind)
                if thing is not None and is_name(thing.name if kind is ItemKind.TOOL else "x"):
                    yield thing

    def _draft(self, thing: Thing, handler: Spot | None) -> Draft:
        draft = Draft(
            kind=thing.kind,
            name=thing.name,
            spot=thing.made,
            line=thing.made.expr.line,
            how=thing.how,
            description=thing.description,
            title=thing.title,
            handler=handler,
            written=thing.schema,
            extra=thing.hints,
        )
        if thing.schema is None and handler is not None and thing.kind is ItemKind.TOOL:
            return replace(draft, written=self._types.of_handler(handler))
        return draft
