"""Configurations laid out as on real machines, for the tests of what collects them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from driftseal.collect.base import Consent, Context
from driftseal.collect.client_config import ClientConfigCollector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot

LAYOUTS = Path(__file__).parent / "data" / "collect" / "client-layouts.yaml"
NOW = "2026-01-02T03:04:05Z"


@dataclass(frozen=True)
class Layout:
    """One configuration, where it lies, and what is in it."""

    client: str
    servers: tuple[str, ...]
    paths: dict[str, str]
    text: str


def layouts() -> list[Layout]:
    """Every configuration of the data file."""
    entries = yaml.safe_load(LAYOUTS.read_text("utf-8"))
    return [Layout(entry["client"], tuple(entry["servers"]), entry["paths"], entry["text"]) for entry in entries]


def lay_out(where: str, folder: Path) -> dict[str, str]:
    """Write every configuration of one platform or of the project; the client of each server name."""
    expected: dict[str, str] = {}
    for layout in layouts():
        if where in layout.paths:
            write(folder, layout.paths[where], layout.text)
            expected |= dict.fromkeys(layout.servers, layout.client)
    return expected


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """One file with its folders."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def context(
    root: Path,
    *,
    home: Path | None = None,
    platform: str = "linux",
    environment: dict[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    consent: Consent | None = None,
    stdin: bytes | None = None,
) -> Context:
    """A collector's context without anything of this machine."""
    return Context(
        consent=consent or Consent(),
        limits=limits,
        now=NOW,
        root=root,
        home=home or root / "no-home",
        environment=environment or {},
        stdin=stdin,
        platform=platform,
    )


def collect(reference: str, given: Context) -> list[Snapshot]:
    """What the collector of configurations makes of a reference."""
    collector = ClientConfigCollector(given)
    assert collector.claims(reference)
    return list(collector.collect(list(collector.targets(reference))))


def one(snapshots: list[Snapshot], name: str) -> Snapshot:
    """The snapshot of the one server of this name."""
    (found,) = [snapshot for snapshot in snapshots if snapshot.target.name == name]
    return found


def item(snapshot: Snapshot, kind: ItemKind, name: str = "") -> Item:
    """The one item of this kind and name."""
    (found,) = [entry for entry in snapshot.items if entry.kind is kind and entry.name == name]
    return found


def content(snapshot: Snapshot, kind: ItemKind, name: str = "") -> dict[str, Json]:
    """The content of that item."""
    value = item(snapshot, kind, name).content
    assert isinstance(value, dict)
    return value


def server(folder: Path, raw: str, given: Context | None = None) -> Snapshot:
    """The server ``s`` of a project's ``.mcp.json`` that has this entry."""
    write(folder, ".mcp.json", f'{{"mcpServers": {{"s": {raw}}}}}')
    return one(collect(".", given or context(folder)), "s")
