"""Servers of one session that go by each other's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.detect import _names, _rules
from driftseal.detect._spot import Spot
from driftseal.detect.shadows.references import Meeting, Seen
from driftseal.model.snapshot import Snapshot
from driftseal.observe import lookalike
from driftseal.observe.lookalike import Likeness

_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})


def takes_configured_name(meeting: Meeting) -> Iterator[Seen]:
    """A server that calls itself what another one is configured as, or nearly so."""
    session = meeting.session
    for snapshot in session.snapshots:
        for item, own in _names.own_names(snapshot):
            for other in session.snapshots:
                name = other.target.name
                # Two entries for one server both call themselves alike.
                if other is snapshot or name == snapshot.target.name or own in _own(other):
                    continue
                kind = lookalike.likeness(own, name)
                if own == name or kind in _TELLING:
                    resembling = f"is {kind} to" if kind else "is the name of"
                    message = f"{snapshot.target.name!r} calls itself {own!r}, which {resembling} {name!r}"
                    yield Seen(snapshot, item, Spot("/name", own, message, related=(_rules.place(other),)))


def _own(snapshot: Snapshot) -> set[str]:
    return {name for _, name in _names.own_names(snapshot)}
