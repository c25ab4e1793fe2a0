"""What differs between two snapshots of one target, item by item. Says nothing about how bad it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from driftseal import canonical
from driftseal.compare import inside, renames, schemas
from driftseal.limits import Limits
from driftseal.model.drift import ChangeKind, PathChange
from driftseal.model.item import Item
from driftseal.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ItemDiff:
    """One item that is not what it was."""

    key: str
    """The item's key; the new one for a rename."""
    kind: ChangeKind
    old: Item | None
    new: Item | None
    paths: tuple[PathChange, ...]


def diff(old: Snapshot, new: Snapshot, limits: Limits) -> tuple[ItemDiff, ...]:
    """Every item that was added, removed, modified or renamed, in the order of their keys.

    Digests decide: order, key order, evidence and the protocol's envelope are nothing, nor is the order of ``enum``,
    ``required`` and ``type``. A renamed item that was
    changed as well is one difference that holds both.
    """
    if old.digest == new.digest:
        return ()
    before = {item.key: item for item in old.items}
    after = {item.key: item for item in new.items}
    removed = [item for key, item in before.items() if key not in after]
    added = [item for key, item in after.items() if key not in before]
    found = list(_renamed(removed, added, limits))
    gone = {part.old.key for part in found if part.old}
    come = {part.key for part in found}
    found += [
        ItemDiff(item.key, ChangeKind.REMOVED, item, None, (PathChange("", canonical.compact(item.content), None),))
        for item in removed
        if item.key not in gone
    ]
    found += [
        ItemDiff(item.key, ChangeKind.ADDED, None, item, (PathChange("", None, canonical.compact(item.content)),))
        for item in added
        if item.key not in come
    ]
    for key, item in after.items():
        was = before.get(key)
        if was is not None and was.digest != item.digest and not _is_mere_order(was, item):
            found.append(ItemDiff(key, ChangeKind.MODIFIED, was, item, inside.paths(was, item, limits)))
    found.sort(key=lambda part: (part.key, part.kind))
    return tuple(found)


def _is_mere_order(was: Item, item: Item) -> bool:
    """Whether nothing but values of a schema stand in another order, to which JSON Schema gives no meaning."""
    old, new = (canonical.canonicalize(schemas.without_order(side.content)) for side in (was, item))
    return old == new


def _renamed(removed: list[Item], added: list[Item], limits: Limits) -> Iterator[ItemDiff]:
    if not removed or not added:
        return
    for was, item in renames.pair(removed, added, limits):
        paths = inside.paths(was, item, limits) if was.digest != item.digest else ()
        yield ItemDiff(item.key, ChangeKind.RENAMED, was, item, paths)
