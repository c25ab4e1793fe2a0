"""Folders of tests with many packages hold samples: what those ask for, the project itself does not use."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from driftseal.collect.discovery.seen import Seen
from driftseal.model.item import ItemKind
from driftseal.observe import aside

_MANY: Final = 8
"""Packages side by side in a folder of tests, above which they are samples; fewer may be what the tests run."""
_GUESS: Final = 0.4


def settled(seen: list[Seen]) -> list[Seen]:
    """The same sightings, in which what samples are built with is a guess."""
    beside: dict[str, set[str]] = {}
    for one in seen:
        if one.kind is ItemKind.FRAMEWORK and _is_manifest(one) and aside.is_aside(one.place.uri):
            inside = one.place.uri.rpartition("/")[0]
            beside.setdefault(inside.rpartition("/")[0], set()).add(inside)
    samples = frozenset(inside for many in beside.values() if len(many) > _MANY for inside in many)
    return [_guessed(one) if one.kind is ItemKind.FRAMEWORK and _is_in(one.place.uri, samples) else one for one in seen]


def _is_manifest(one: Seen) -> bool:
    return ("imported", True) not in one.content


def _is_in(path: str, folders: frozenset[str]) -> bool:
    while folders and path:
        path = path.rpartition("/")[0]
        if path in folders:
            return bool(path)
    return False


def _guessed(one: Seen) -> Seen:
    return replace(one, place=replace(one.place, confidence=min(one.place.confidence, _GUESS)))
