"""From an item's difference to its facts, by what kind of item it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal import canonical
from driftseal.compare import launches, schemas
from driftseal.compare.diff import ItemDiff
from driftseal.compare.facts import ABSENT, Edit, Fact
from driftseal.model.drift import ChangeKind
from driftseal.model.item import Item, ItemKind, Json
from driftseal.narrow import object_or_empty

CONFIGURED: Final = frozenset({ItemKind.LAUNCH, ItemKind.PACKAGE, ItemKind.PERMISSION, ItemKind.CREDENTIAL})
"""Kinds that a configuration tells, not a server."""
_EACH: Final = {
    "annotations": Edit.HINT_CHANGED,
    "executes": Edit.MEMBER_CHANGED,
    "registry": Edit.MEMBER_CHANGED,
}
"""Members whose own members are told each by itself: hints, the code that runs when a model is loaded, and what a
registry says of a version."""
_REGISTRY: Final = "hub"
"""Member of a model that holds what its registry says of it."""
_PROSE: Final = frozenset({"description", "title", "text", "messages", "body", "content"})
_NAMES: Final = frozenset({"name", "uri", "uriTemplate"})


def of_diff(part: ItemDiff) -> tuple[Fact, ...]:
    """Every fact on one difference, in the order of the item's members; none for an item that came or went."""
    if part.old is None or part.new is None:
        return tuple(_of_new(part.new)) if part.new is not None else ()
    old, new = part.old.content, part.new.content
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return (Fact(Edit.TEXT_CHANGED, "", "", old, new),)
    if part.new.kind in CONFIGURED:
        return tuple(launches.of_launch(old, new))
    # What a server calls itself is a fact of its own, wherever its item is filed.
    renamed = part.kind is ChangeKind.RENAMED and part.new.kind is not ItemKind.SERVER
    return tuple(_members(old, new, renamed=renamed))


def _of_new(item: Item) -> Iterator[Fact]:
    """The parameters of an item that was not there before, so that what they ask for is judged."""
    content = item.content
    schema = content.get("inputSchema") if isinstance(content, dict) else None
    if isinstance(schema, dict):
        yield from schemas.of_schema(
            {}, {key: schema[key] for key in ("properties", "required") if key in schema}, "/inputSchema"
        )


def _members(old: Mapping[str, Json], new: Mapping[str, Json], *, renamed: bool) -> Iterator[Fact]:
    for member in {**old, **new}:
        before, after = old.get(member, ABSENT), new.get(member, ABSENT)
        if before == after or (renamed and member in _NAMES):
            continue
        yield from _member(member, before, after)


def _member(member: str, before: Json, after: Json) -> Iterator[Fact]:
    pointer = f"/{canonical.escape_pointer(member)}"
    if member == "inputSchema":
        yield from schemas.of_schema(object_or_empty(before), object_or_empty(after), pointer)
    elif member == "outputSchema":
        yield Fact(Edit.OUTPUT_CHANGED, pointer)
    elif member in _EACH:
        was, now = object_or_empty(before), object_or_empty(after)
        for name in sorted({**was, **now}):
            if was.get(name, ABSENT) != now.get(name, ABSENT):
                place = f"{pointer}/{canonical.escape_pointer(name)}"
                yield Fact(_EACH[member], place, name, was.get(name, ABSENT), now.get(name, ABSENT))
    elif member == "arguments":
        yield from schemas.of_arguments(before, after, pointer)
    elif member in _PROSE:
        yield Fact(Edit.TEXT_CHANGED, pointer, member, before, after)
    elif member in {"url", "websiteUrl"} and ABSENT not in (before, after):
        yield from launches.of_address(before, after, pointer, member)
    elif member == _REGISTRY:
        yield from _told(pointer, member, before, after)
    else:
        yield Fact(Edit.MEMBER_CHANGED, pointer, member, before, after)


def _told(pointer: str, member: str, before: Json, after: Json) -> Iterator[Fact]:
    """What a registry says of a model, each statement by itself; one that came or went belongs to what holds it."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield Fact(Edit.MEMBER_CHANGED, pointer, member, before, after)
        return
    if before.keys() != after.keys():
        yield Fact(Edit.MEMBER_CHANGED, pointer, member, before, after)
    for key in sorted(before.keys() & after.keys()):
        if before[key] != after[key]:
            yield from _told(f"{pointer}/{canonical.escape_pointer(key)}", key, before[key], after[key])
