"""Names of credentials that nobody is seen to use: a mention, and of the keys of many providers a catalogue.

A file that sets a variable, or asks for it by a form of its own (``${NAME}``, an environment, ``secrets.NAME``), uses
it, however many it names. A bare name in a list or a table may be anything: one that is used, or a line of a price
list, of a scanner's patterns, of what is masked in logs. Few are taken for what they look like; nobody uses the keys of
so many providers that a table of them is more than a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from driftseal.collect.discovery.base import Sighting
from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import ItemKind

USED: Final = 1.0
"""Set or asked for by a form that means that."""
READ: Final = 0.9
"""Code gets it from the environment."""
ASKED: Final = 0.85
"""A bare name under a key for names of variables."""
SET: Final = 0.8
"""A key with a value, in a place that may be an environment as well as a table."""
MENTIONED: Final = 0.6
"""A bare name, anywhere else."""
LISTED: Final = 0.4
"""A line of a catalogue: a guess."""
_MANY: Final = 8
"""Providers whose keys one file mentions, above which it is a catalogue."""
_MANY_FILES: Final = 16
"""Providers whose keys are only mentioned in the whole project, above which its files are a catalogue together."""


def weighed(found: Iterable[Sighting]) -> Iterator[Sighting]:
    """The sightings of one file; its mentions are guesses where it is a catalogue."""
    every = list(found)
    yield from lowered(every) if is_catalogue(every) else every


def is_catalogue(found: Iterable[Sighting]) -> bool:
    """Whether the sightings of one file mention the keys of more providers than anybody uses."""
    return len({one.content.get("provider") for one in found if _is_mention(one.kind, one.confidence)}) > _MANY


def lowered(found: Iterable[Sighting]) -> Iterator[Sighting]:
    """The same sightings; mentions are guesses."""
    for one in found:
        lower = _is_mention(one.kind, one.confidence)
        yield replace(one, confidence=min(one.confidence, LISTED)) if lower else one


def settled(seen: list[Seen]) -> list[Seen]:
    """The sightings of a project, of which a catalogue may have a file for each provider."""
    best: dict[str, float] = {}
    for one in seen:
        if one.kind is ItemKind.CREDENTIAL:
            best[one.name] = max(best.get(one.name, 0.0), one.place.confidence)
    only = {name for name, sure in best.items() if LISTED < sure < READ}
    providers = {
        dict(one.content).get("provider") for one in seen if one.kind is ItemKind.CREDENTIAL and one.name in only
    }
    if len(providers) <= _MANY_FILES:
        return seen
    return [_lower(one) if one.kind is ItemKind.CREDENTIAL and one.name in only else one for one in seen]


def _lower(one: Seen) -> Seen:
    return replace(one, place=replace(one.place, confidence=min(one.place.confidence, LISTED)))


def _is_mention(kind: ItemKind, confidence: float) -> bool:
    return kind is ItemKind.CREDENTIAL and confidence < READ
