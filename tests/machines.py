"""Homes and system folders laid out as programs leave them, for the tests of what a machine holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from configured import context, write
from driftseal.collect.base import Discovery
from driftseal.collect.machine import MachineCollector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot

CLAUDE = "fcoeoabgfenejglbffodgkkbkcdhcgfn"
CHROME_STORE = "https://clients2.google.com/service/update2/crx"
PATIENT = replace(DEFAULT_LIMITS, machine_seconds=600.0)
EDGE_STORE = "https://edge.microsoft.com/extensionwebstorebase/v1/crx"


def put(folder: Path, name: str, value: Json) -> Path:
    """One file of JSON."""
    return write(folder, name, json.dumps(value))


def look(
    tmp_path: Path,
    platform: str = "linux",
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits = PATIENT,
    least: float = 0.5,
) -> Snapshot:
    """What lies in ``home`` and ``system`` below a folder."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    given = context(tmp_path, home=home, platform=platform, environment=dict(environment or {}), limits=limits)
    collector = MachineCollector(replace(given, discover=Discovery(least)), system=tmp_path / "system")
    assert collector.claims("machine")
    (taken,) = collector.collect(list(collector.targets("machine")))
    return taken


def named(taken: Snapshot, kind: ItemKind) -> dict[str, Item]:
    """The items of one kind by their name."""
    return {item.name: item for item in taken.items if item.kind is kind}


def content(item: Item) -> dict[str, Json]:
    """What an item states."""
    assert isinstance(item.content, dict)
    return item.content


def places(item: Item) -> list[str]:
    """Where it was found."""
    return [at.uri for at in item.evidence]


def chromium(home: Path, profile: str, id_: str, manifest: Mapping[str, Json], version: str = "1.0_0") -> Path:
    """One extension of a profile."""
    return put(home, f"{profile}/Extensions/{id_}/{version}/manifest.json", dict(manifest))
