"""Sightings of one thing become one item, found in several places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from driftseal import canonical, snapshot
from driftseal.collect.discovery import mentions, samples
from driftseal.collect.discovery.declared import settled
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.observe import aside


@dataclass(slots=True)
class _Thing:
    places: set[Evidence] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)


def merge(seen: Iterable[Seen], least: float) -> Iterator[Item]:
    """An item for every kind and name whose surest place is at least as sure as ``least``."""
    things: dict[tuple[ItemKind, str], _Thing] = {}
    for one in samples.settled(mentions.settled(list(settled(seen)))):
        # What is left out alone is none of the places of what is listed, and states nothing of it.
        if one.place.confidence < least:
            continue
        thing = things.setdefault((one.kind, one.name), _Thing())
        thing.places.add(one.place)
        thing.seen.append(one)
    for (kind, name), thing in things.items():
        # A project's own files come before those of its tests.
        places = sorted(thing.places, key=lambda at: (aside.is_aside(at.uri), at.uri, at.line, at.symbol, at.pointer))
        yield snapshot.make_item(kind, name, _joined(thing.seen), evidence=places)


def _joined(seen: list[Seen]) -> Json:
    """All that is stated. Lists are joined; of several other values the surest counts, then the first by its place."""
    joined: dict[str, Json] = {}
    lists: dict[str, dict[str, Json]] = {}
    for one in sorted(seen, key=lambda one: (-one.place.confidence, one.place.uri, one.place.line)):
        for key, value in one.content:
            if isinstance(value, list):
                lists.setdefault(key, {}).update((canonical.compact(part), part) for part in value)
            elif value is not None:
                joined.setdefault(key, value)
    for key, parts in lists.items():
        joined[key] = [parts[told] for told in sorted(parts)]
    if len(lists.get("versions", ())) > 1:
        joined["pinned_at"] = _pinned(seen)
    return joined


def _pinned(seen: list[Seen]) -> dict[str, Json]:
    """Where each of several versions is pinned, as ``PATH:LINE``."""
    places: dict[str, set[str]] = {}
    for one in seen:
        version = dict(one.content).get("version")
        if isinstance(version, str):
            places.setdefault(version, set()).add(f"{one.place.uri}:{one.place.line}")
    return {version: list[Json](sorted(at)) for version, at in sorted(places.items())}
