"""What the finders say of a few files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from driftseal.collect.discovery.merge import merge
from driftseal.collect.discovery.search import Search
from driftseal.collect.discovery.seen import Seen
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Item, ItemKind


def found(root: Path, files: Mapping[str, str], kind: ItemKind, *, least: float = 0.5) -> dict[str, Item]:
    """The items of one kind by their name."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    search = Search(root, "", DEFAULT_LIMITS, lambda _: None)
    seen = [one for one in search.run() if isinstance(one, Seen)]
    return {item.name: item for item in merge(seen, least) if item.kind is kind}


def places(item: Item) -> list[tuple[str, int]]:
    """Where it stands."""
    return [(at.uri, at.line) for at in item.evidence]
