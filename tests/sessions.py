"""Sessions of servers written by hand, and what one detector of ours sees in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from driftseal import plugins, rulebook, snapshot
from driftseal.detect.base import Detector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.finding import Match
from driftseal.model.item import Anomaly, Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Session, Snapshot
from driftseal.model.target import Target
from driftseal.observe.observations import Observations

_NAMED = {
    "tools": (ItemKind.TOOL, "name"),
    "prompts": (ItemKind.PROMPT, "name"),
    "resources": (ItemKind.RESOURCE, "uri"),
    "server": (ItemKind.SERVER, ""),
    "launch": (ItemKind.LAUNCH, ""),
    "permission": (ItemKind.PERMISSION, ""),
    "instructions": (ItemKind.INSTRUCTIONS, ""),
    "package": (ItemKind.PACKAGE, "purl"),
}


@cache
def rules() -> rulebook.Rulebook:
    """Our own rules, read once."""
    return rulebook.load()


def tool(name: str, description: str = "", /, **fields: Json) -> dict[str, Json]:
    return {"name": name, "description": description, "inputSchema": {"type": "object"}, **fields}


def server(name: str, *anomalies: Anomaly, **parts: Json) -> Snapshot:
    """A snapshot of a server of this name with these parts: ``tools=[…]``, ``instructions="…"``, ``launch={…}`` …"""
    target = Target("manifest", f"{name}.json", name, f"manifest/{name}")
    seen: list[Item | Gap | Anomaly] = [*_items(parts), *anomalies]
    return snapshot.take(target, seen, origin=Origin.STATIC, collected_at="2026-11-21T09:00:00Z")


def _items(parts: Mapping[str, Json]) -> Iterator[Item]:
    for part, given in parts.items():
        kind, named_by = _NAMED[part]
        for content in given if isinstance(given, list) else [given]:
            whole: Json = {"text": content} if kind is ItemKind.INSTRUCTIONS else content
            name = whole.get(named_by, "") if isinstance(whole, dict) else ""
            yield snapshot.make_item(kind, str(name), whole)


def session(*snapshots: Snapshot) -> Session:
    return Session("test", snapshots)


def matches(detector: str, *snapshots: Snapshot, limits: Limits = DEFAULT_LIMITS) -> Sequence[Match]:
    """Everything that one detector sees by our own rules in one session of these servers."""
    sessions = (session(*snapshots),)
    kind = plugins.load("detect", detector, Detector)  # type: ignore[type-abstract]  # its concrete subclass is made
    return tuple(kind().detect(sessions, Observations(sessions, limits), rules().of(detector)))


def told(found: Sequence[Match]) -> list[tuple[str, str, str, str]]:
    """Rule, item, pointer and evidence of each match, sorted."""
    return sorted((match.rule_id, match.location.item, match.location.pointer, match.evidence) for match in found)
