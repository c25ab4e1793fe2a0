"""Agents that code makes: name, framework, model, tools, prompts and MCP servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from driftseal.code import ir
from driftseal.code.constants import Spot, last_name
from driftseal.code.project import FunctionRef
from driftseal.collect.discovery.base import Code, CodeFinder, Sighting
from driftseal.collect.discovery.code import _ecosystems, _servers, _tables
from driftseal.collect.discovery.code._asking import Asking
from driftseal.collect.discovery.code.models import named_by
from driftseal.collect.discovery.sites import Site
from driftseal.model.item import ItemKind, Json

LIST: Final = "ai-agents"
_MOST: Final = 200
"""Tools of one agent that are told."""
_DEPTH: Final = 4
_DERIVED: Final = 0.9
_ANSWERS: Final = frozenset(
    {"result", "results", "response", "res", "ret", "output", "stream", "answer", "reply", "completion"}
)
"""Variables that are called after what an agent gives, not after the agent."""
_TOOL: Final = re.compile(r"[\w.-]{1,128}")


class AgentFinder(CodeFinder):
    """See the module."""

    name: ClassVar[str] = "agents"
    words: ClassVar[frozenset[bytes]] = frozenset(
        {
            b"langgraph",
            b"create_agent",
            b"createagent",
            b"react_agent",
            b"reactagent",
            b"crewai",
            b"pydantic_ai",
            b"google.adk",
        }
        | {
            b"autogen",
            b"smolagents",
            b"agno",
            b"mastra",
            b"strands",
            b"llama_index",
            b"llamaindex",
            b"semantic_kernel",
            b"dspy",
        }
        | {
            b"claude_agent_sdk",
            b"claude-agent-sdk",
            b"claude_code_sdk",
            b"deepagents",
            b"from agents ",
            b"openai/agents",
        }
        | {
            b"generatetext",
            b"streamtext",
            b"toolloopagent",
            b"initialize_agent",
            b"tool_calling_agent",
            b"haystack.components.agents",
        }
        | {
            b"browser_use",
            b"agent_framework",
            b"beeai",
            b"semantickernel",
            b"atomic_agents",
            b"letta",
            b"praisonai",
            b"swarm",
            b"rig::",
            b"livekit",
        }
    )

    def look(self, code: Code, path: str) -> Iterator[Sighting]:
        """See `CodeFinder.look`."""
        asking = Asking(code, path)
        held = {id(named.value): named.name for named in code.index.of(path).named}
        used: set[tuple[str, int]] = set()
        yield from _classes(code, asking)
        for site in code.index.of(path).calls:
            sure, named = _makes(asking, site)
            if not sure:
                continue
            name = _name(code, asking, site, held, named)
            if (name, site.call.line) in used:
                continue
            used.add((name, site.call.line))
            yield Sighting(
                ItemKind.AGENT,
                name,
                _content(code, asking, site),
                line=site.call.line,
                symbol=held.get(id(site.call), "") or code.index.symbol(path, site.scope),
                confidence=round(sure * asking.weight(path), 2),
            )


def _classes(code: Code, asking: Asking) -> Iterator[Sighting]:
    """Agents that are classes of the project."""
    path = asking.path
    for cls in code.module(path).classes:
        for base in cls.bases:
            origin = code.origins.of(Spot(path, 0, base))
            for one in _tables.calls(LIST, "classes").get(origin.rpartition(".")[2], ()):
                if _tables.is_from(origin, one.sources):
                    content: dict[str, Json] = {}
                    known = _ecosystems.of_module(code, path, origin)
                    if known is not None and known.name:
                        content["framework"] = f"{known.ecosystem}:{known.name}"
                    sure = round(_DERIVED * asking.weight(path), 2)
                    yield Sighting(ItemKind.AGENT, cls.name, content, line=cls.line, symbol=cls.name, confidence=sure)


def _makes(asking: Asking, site: Site) -> tuple[float, Sequence[int | str]]:
    """How sure it is that a call makes an agent, and which arguments name it."""
    for one in _tables.calls(LIST, "agents").get(asking.called(site)[-1], ()):
        if any(_is_call(asking, site, call) for call in one.calls):
            needs = tuple(one.entry.get("needs", ()))
            sure = asking.sure(site, one.sources)
            if sure and (not needs or any(asking.arguments(site, needs))):
                return sure, one.entry.get("name", ())
    return 0.0, ()


def _is_call(asking: Asking, site: Site, wanted: tuple[str, ...]) -> bool:
    if asking.called(site)[-len(wanted) :] == wanted:
        return True
    # A variable may hold what the first part makes.
    same = wanted[-1] == last_name(site.call.callee) and len(wanted) > 1
    return same and f".{wanted[0]}()." in asking.code.origins.of(site.spot(site.call.callee))


def _name(code: Code, asking: Asking, site: Site, held: dict[int, str], named: Sequence[int | str]) -> str:
    """What the agent is called: by itself, by the variable that holds it, by the function that makes it."""
    for key in named or _tables.mapping(LIST)["arguments"]["name"]:
        for spot in asking.arguments(site, (key,)):
            told = code.constants.text(spot)
            if told:
                return " ".join(told.split())
    variable = held.get(id(site.call), "")
    variable = "" if variable.lower() in _ANSWERS else variable
    symbol = code.index.symbol(asking.path, site.scope).rpartition(".")[2]
    return variable if len(variable) > 1 else symbol or last_name(site.call.callee)


def _content(code: Code, asking: Asking, site: Site) -> dict[str, Json]:
    table = _tables.mapping(LIST)["arguments"]
    content: dict[str, Json] = {}
    package = _ecosystems.package(code, site)
    if package is not None and package.name:
        content["framework"] = f"{package.ecosystem}:{package.name}"
    for spot in asking.arguments(site, tuple(table["model"])):
        model = named_by(code, asking, spot)
        if model:
            content["model"] = model
    tools = [tool for key in table["tools"] for spot in asking.arguments(site, (key,)) for tool in _tools(code, spot)]
    prompts = [
        one for key in table["prompts"] for spot in asking.arguments(site, (key,)) for one in _prompt(code, spot)
    ]
    servers = [
        one for key in table["servers"] for spot in asking.arguments(site, (key,)) for one in _server(code, spot)
    ]
    for key, listed in (("tools", tools), ("prompts", prompts), ("servers", servers)):
        if listed:
            content[key] = list[Json](dict.fromkeys(listed[:_MOST]))
    return content


def _tools(code: Code, spot: Spot, depth: int = _DEPTH) -> Iterator[str]:
    """The names of what an agent is given to call."""
    whole = code.constants.follow(spot)
    expr = whole.expr
    if depth <= 0:
        return
    if isinstance(expr, ir.Group):
        for item in expr.items:
            inner = item.value if isinstance(item, ir.Unary) and item.op == "*" else item
            yield from _tools(code, whole.at(inner), depth - 1)
    elif isinstance(expr, ir.Binary):
        yield from _tools(code, whole.at(expr.left), depth - 1)
        yield from _tools(code, whole.at(expr.right), depth - 1)
    elif isinstance(expr, ir.Mapping):
        for entry in expr.entries:
            name = code.constants.text(whole.at(entry.key)) if entry.key is not None else None
            if name:
                yield name
    else:
        yield from _tool(code, spot, whole)


def _tool(code: Code, spot: Spot, whole: Spot) -> Iterator[str]:
    expr = whole.expr
    if isinstance(expr, ir.Closure):
        function = code.project.function(FunctionRef(whole.path, expr.function))
        name = _decorated(code, whole, function) or function.name
        if name:
            yield name
    elif isinstance(expr, ir.Const):
        if isinstance(expr.value, str):
            yield expr.value
    elif isinstance(expr, ir.Call):
        told = next((arg.value for arg in expr.args if arg.name in {"name", "role"}), None)
        own = code.constants.text(whole.at(told)) if told is not None else None
        # A class makes one tool; what a function gives may be anything.
        if own or last_name(expr.callee)[:1].isupper():
            yield own or last_name(expr.callee)
    elif isinstance(spot.expr, (ir.Name, ir.Attr)) and _is_one(spot.expr):
        yield last_name(spot.expr)


def _decorated(code: Code, whole: Spot, function: ir.Function) -> str:
    """The name that a decorator gives to a tool: ``@tool("track_parcel")``."""
    for decorator in function.decorators:
        if isinstance(decorator, ir.Call) and "tool" in last_name(decorator.callee):
            told = [arg.value for arg in decorator.args if arg.name in {"name", "name_override"}]
            told += [arg.value for arg in decorator.args[:1] if not arg.name]
            name = code.constants.text(Spot(whole.path, 0, told[0])) if told else None
            if name and _TOOL.fullmatch(name):
                return name
    return ""


def _is_one(expr: ir.Name | ir.Attr) -> bool:
    """Whether a name stands for one tool: a list that nobody knows does not."""
    return not last_name(expr).lower().endswith("tools")


def _prompt(code: Code, spot: Spot) -> Iterator[str]:
    """The prompt by the name under which it is listed."""
    if isinstance(spot.expr, ir.Name):
        led = code.constants.follow(spot)
        if isinstance(led.expr, (ir.Const, ir.Text, ir.Binary)):
            yield f"{led.path}:{spot.expr.id}"


def _server(code: Code, spot: Spot) -> Iterator[str]:
    """The MCP servers by the names under which they are listed."""
    whole = code.constants.follow(spot)
    if isinstance(whole.expr, ir.Group):
        for item in whole.expr.items:
            yield from _server(code, whole.at(item))
    elif isinstance(whole.expr, ir.Mapping):
        for entry in whole.expr.entries:
            name = code.constants.text(whole.at(entry.key)) if entry.key is not None else None
            if name and isinstance(code.constants.follow(whole.at(entry.value)).expr, ir.Mapping):
                yield name
    elif isinstance(whole.expr, ir.Call):
        told = next((arg.value for arg in whole.expr.args if arg.name == "name"), None)
        name = _servers.text(code, whole.at(told)) if told is not None else ""
        if name:
            yield name
