"""What servers call themselves."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.model.item import Item, ItemKind
from driftseal.model.snapshot import Snapshot


def own_name(item: Item) -> str:
    """What a server's information calls it; empty where it says nothing, and for items of other kinds."""
    if item.kind is ItemKind.SERVER and isinstance(item.content, dict):
        name = item.content.get("name")
        return name if isinstance(name, str) else ""
    return ""


def own_names(snapshot: Snapshot) -> Iterator[tuple[Item, str]]:
    """What a server calls itself, with the item that says so."""
    for item in snapshot.items:
        name = own_name(item)
        if name:
            yield item, name
