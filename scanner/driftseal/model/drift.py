"""What differs from the baseline."""

from __future__ import annotations

from enum import StrEnum

from driftseal.model.digest import Digest
from driftseal.model.rule import Severity
from driftseal.model.target import Target
from driftseal.model.trust import Verification
from driftseal.records import dataclass


class ChangeKind(StrEnum):
    """What happened to an item."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class PathChange:
    """One place inside an item. ``None`` means that nothing stands there."""

    pointer: str
    old: str | None
    """Text as it stands; other values as compact JSON."""
    new: str | None


class Edit(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an old or a new text, for reports that highlight what changed."""

    edit: Edit
    text: str
    """As it stands, raw; reports escape it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One item that differs, judged."""

    key: str
    """The item's key; the new one for a rename."""
    kind: ChangeKind
    paths: tuple[PathChange, ...]
    severity: Severity
    reason: str
    """Why it matters, in a sentence."""
    rule_id: str
    """The drift rule, or the detection rule that newly matches."""
    old_key: str = ""
    """For a rename, what it was called."""
    notes: tuple[str, ...] = ()
    """Further reasons, the lesser ones."""
    rules: tuple[str, ...] = ()
    """Ids of all rules that apply, the worst first; ``rule_id`` is the first of them."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One target against its baseline. No changes and verified: on baseline."""

    target: Target
    old: Digest | None
    new: Digest | None
    """Snapshot digests; ``None`` where there is no such side."""
    changes: tuple[Change, ...]
    """The worst first."""
    verification: Verification | None
    """``None`` when two snapshots were compared without a baseline."""
    compared: int = 0
    """Items that were held against the baseline."""

    @property
    def severity(self) -> Severity | None:
        """Of the worst change."""
        return max((change.severity for change in self.changes), default=None)
