"""Agents that configurations declare: LangGraph's ``langgraph.json``, CrewAI's agents, A2A agent cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents, _models
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.model.item import ItemKind, Json

_CREW: Final = frozenset({"role", "goal", "backstory"})
_CARDS: Final = re.compile(r"(?:.*/)?(?:\.well-known/agent(?:-card)?|agent[-_]card)\.json", re.IGNORECASE)
_NAME: Final = re.compile(r"[^\x00-\x1f]{1,120}")


class AgentFiles(FileFinder):
    """See the module."""

    name: ClassVar[str] = "agent_files"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return basename(path) in {"langgraph.json", "agents.yaml", "agents.yml"} or (
            path.endswith(".json") and _CARDS.fullmatch(path) is not None
        )

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        name = basename(source.path)
        if name == "langgraph.json":
            yield from _graphs(source.document)
        elif name.startswith("agents."):
            yield from _crew(_documents.first(source))
        else:
            yield from _card(source.document)


def _graphs(document: Document) -> Iterator[Sighting]:
    value = document.value if isinstance(document.value, dict) else {}
    graphs = value.get("graphs")
    for name in graphs if isinstance(graphs, dict) else []:
        if _NAME.fullmatch(name):
            line = document.line(f"/graphs/{escape_pointer(name)}")
            yield Sighting(ItemKind.AGENT, name, {"framework": "langgraph"}, line=line, symbol="graphs")


def _crew(document: Document) -> Iterator[Sighting]:
    for name, about in document.value.items() if isinstance(document.value, dict) else []:
        if not isinstance(about, dict) or not about.keys() >= _CREW or not _NAME.fullmatch(name):
            continue
        content: dict[str, Json] = {"framework": "crewai"}
        told = about.get("llm")
        model = _models.routed(told) if isinstance(told, str) else None
        if model is not None:
            content["model"] = f"{model.provider}:{model.id}"
        tools = about.get("tools")
        if isinstance(tools, list):
            content["tools"] = [tool for tool in tools if isinstance(tool, str)]
        yield Sighting(ItemKind.AGENT, name, content, line=document.line(f"/{escape_pointer(name)}"))


def _card(document: Document) -> Iterator[Sighting]:
    """The card that an agent publishes for other agents (A2A)."""
    value = document.value if isinstance(document.value, dict) else {}
    name, skills = value.get("name"), value.get("skills")
    if (
        not isinstance(name, str)
        or not _NAME.fullmatch(name)
        or not isinstance(skills, list)
        or "capabilities" not in value
    ):
        return
    content: dict[str, Json] = {"framework": "a2a"}
    tools: list[Json] = [str(skill["id"]) for skill in skills if isinstance(skill, dict) and "id" in skill]
    content["tools"] = tools
    endpoint = _models.endpoint(str(value.get("url", "")))
    if endpoint:
        content["endpoint"] = endpoint
    yield Sighting(ItemKind.AGENT, name, content, line=document.line("/name"))
