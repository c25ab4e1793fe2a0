"""A target's items at one moment, and the session that several targets form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum

from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, Envelope, Gap, Item
from driftseal.model.signature import SignatureCheck
from driftseal.model.target import Target
from driftseal.records import dataclass


class Origin(StrEnum):
    """How the items were come by."""

    LIVE = "live"
    """A running server was asked."""
    STATIC = "static"
    """Files were read; nothing was started."""
    PUBLISHED = "published"
    """A registry or a publisher says so."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """Who asked, since a server may answer differently to others."""

    client: str = ""
    """``clientInfo.name`` that we gave; empty for static snapshots."""
    probe: str = ""
    """``quick``, ``standard`` or ``deep``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a target's source was read. What was not, or not whole, is told by its gaps as well."""

    files: int
    functions: int
    tools: int
    aside: int
    """Files of tests, documentation and dependencies, and folders of them, that were left aside."""
    unread: int
    """Files that were not read, or not whole."""

    def __str__(self) -> str:
        """For people."""
        counts = ((self.files, "file"), (self.functions, "function"), (self.tools, "tool"))
        told = [f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts]
        rest = [f"{self.aside} left aside (tests, documentation, dependencies)"] if self.aside else []
        rest += [f"{self.unread} not read or not whole"] if self.unread else []
        return "; ".join((f"{', '.join(told[:-1])} and {told[-1]}", *rest))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Sorted items of one target, with what could not be seen of it."""

    target: Target
    origin: Origin
    vantage: Vantage
    items: tuple[Item, ...]
    """Sorted by key; keys are unique."""
    digest: Digest
    """Over the items alone: time, display names, gaps and the protocol envelope do not change it."""
    collected_at: str
    """RFC 3339, UTC, whole seconds."""
    gaps: tuple[Gap, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    envelope: Envelope = field(default_factory=Envelope)
    source: Digest | None = None
    """Of the raw bytes that the items were read from: the same bytes need no second canonicalisation."""
    reading: Reading | None = None
    """Where source was read; no part of the digest, nor of a snapshot's file."""
    signatures: tuple[SignatureCheck, ...] = ()
    """Signatures of a model that others made, checked: what the trust policy of the moment says, so no part either."""


@dataclass(frozen=True, slots=True)
class Session:
    """Every enabled server that one client loads for one project; shadowing lives here."""

    name: str
    snapshots: tuple[Snapshot, ...]

    def items(self) -> Iterator[tuple[Snapshot, Item]]:
        """Every item with the snapshot that holds it."""
        for snapshot in self.snapshots:
            for item in snapshot.items:
                yield snapshot, item
