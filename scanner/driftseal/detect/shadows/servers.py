"""Servers of one session that go by each other's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.detect import _rules
from driftseal.detect._spot import Spot
from driftseal.detect.shadows.references import Meeting, Seen
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Snapshot
from driftseal.observe import lookalike
from driftseal.observe.lookalike import Likeness

_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})


def takes_configured_name(meeting: Meeting) -> Iterator[Seen]:
    """A server that calls itself what another one is configured as, or nearly so."""
    session = meeting.session
    for snapshot in session.snapshots:
        for item in snapshot.items:
            if item.kind is not ItemKind.SERVER or not item.name:
                continue
            for other in session.snapshots:
                if other is snapshot or other.target.name == snapshot.target.name or _calls_itself(other, item.name):
                    continue
                name = other.target.name
                kind = lookalike.likeness(item.name, name)
                if item.name == name or kind in _TELLING:
                    resembling = f"is {kind} to" if kind else "is the name of"
                    message = f"{snapshot.target.name!r} calls itself {item.name!r}, which {resembling} {name!r}"
                    yield Seen(snapshot, item, Spot("/name", item.name, message, related=(_rules.place(other),)))


def _calls_itself(snapshot: Snapshot, name: str) -> bool:
    """Two entries for one server both call themselves alike."""
    return any(item.kind is ItemKind.SERVER and item.name == name for item in snapshot.items)
