"""Who provides, needs and mentions whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftseal.model.observation import Relation
from driftseal.model.snapshot import Session


def of_sessions(sessions: Sequence[Session]) -> Iterator[Relation]:
    """Every relation between targets and items."""
    del sessions
    yield from ()
