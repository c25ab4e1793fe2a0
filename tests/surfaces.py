"""Snapshots of surfaces written by hand: what drift rules' samples and hand-written pairs are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from driftseal import rulebook, snapshot
from driftseal.compare.diff import diff
from driftseal.compare.judge import judge
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.drift import Change
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.observation import Capability
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Origin, Session, Snapshot
from driftseal.model.target import Target
from driftseal.observe.observations import Observations

TARGET = Target("manifest", "mail.json", "mail", "manifest/mail.json")
_LISTS = {
    "tools": (ItemKind.TOOL, "name"),
    "prompts": (ItemKind.PROMPT, "name"),
    "resources": (ItemKind.RESOURCE, "uri"),
    "resource_templates": (ItemKind.RESOURCE_TEMPLATE, "uriTemplate"),
    "permissions": (ItemKind.PERMISSION, "name"),
    "credentials": (ItemKind.CREDENTIAL, "name"),
}


def items_of(surface: Mapping[str, Json]) -> Iterator[Item]:
    """An item for everything that a surface names."""
    for member, (kind, named_by) in _LISTS.items():
        listed = surface.get(member) or []
        assert isinstance(listed, list)
        for entry in listed:
            assert isinstance(entry, dict)
            yield snapshot.make_item(kind, str(entry.get(named_by)), entry)
    if surface.get("instructions"):
        yield snapshot.make_item(ItemKind.INSTRUCTIONS, "", {"text": surface["instructions"]})
    server = surface.get("server")
    if isinstance(server, dict):
        yield snapshot.make_item(ItemKind.SERVER, "", server)
    if surface.get("launch"):
        yield snapshot.make_item(ItemKind.LAUNCH, "", surface["launch"])
    single = (ItemKind.SKILL, ItemKind.AGENT, ItemKind.PROMPT_FILE, ItemKind.SOURCE_FILE)
    for kind in (*single, ItemKind.MODEL, ItemKind.MODEL_FILE):
        if surface.get(str(kind)):
            yield snapshot.make_item(kind, str(kind), surface[str(kind)])


def take(surface: Mapping[str, Json]) -> Snapshot:
    return snapshot.take(TARGET, items_of(surface), origin=Origin.STATIC, collected_at="2026-11-21T09:00:00Z")


@cache
def drift_rules() -> tuple[Rule, ...]:
    return rulebook.load().of("drift")


def judged(old: Mapping[str, Json], new: Mapping[str, Json]) -> tuple[Change, ...]:
    """What our drift rules alone say, without the help of detection rules."""
    before, after = take(old), take(new)
    parts = diff(before, after, DEFAULT_LIMITS)
    return judge(parts, (), capabilities(before), capabilities(after), drift_rules())


def capabilities(side: Snapshot) -> tuple[Capability, ...]:
    return Observations([Session("", (side,))], DEFAULT_LIMITS).capabilities
