"""What tools can do, read from their names, descriptions, schemas and annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftseal.model.observation import Capability
from driftseal.model.snapshot import Session


def of_sessions(sessions: Sequence[Session]) -> Iterator[Capability]:
    """Every capability of every tool, with the words that say so."""
    del sessions
    yield from ()
