"""A report looked up by target and item, in the order in which formats tell of it."""

from __future__ import annotations

from collections.abc import Iterable

from driftseal.model.drift import Change, Drift
from driftseal.model.finding import Finding
from driftseal.model.item import Evidence, Gap, Item, ItemKind
from driftseal.model.report import Report, TargetStatus
from driftseal.model.rule import Severity
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

WHOLE_TARGET = "target"
"""Stands for an item's kind where a finding is about the target as a whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """One target and how looking at it went."""

    target: Target
    status: TargetStatus
    snapshot: Snapshot | None
    """``None`` where nothing of it was read, or where its bytes are those that were approved."""
    compared: int = 0
    """Items held against a baseline."""

    @property
    def coverage(self) -> str:
        """``live`` if the running server was asked, else ``static``."""
        return "live" if self.snapshot is not None and self.snapshot.origin is Origin.LIVE else "static"

    @property
    def was_read(self) -> bool:
        """Whether anything was seen of it; a snapshot that holds nothing but gaps shows nothing."""
        if self.snapshot is None:
            return self.compared > 0
        return bool(self.snapshot.items or not self.snapshot.gaps or self.snapshot.reading)

    @property
    def size(self) -> int:
        """How many items were read."""
        return len(self.snapshot.items) if self.snapshot is not None else self.compared


def missed(gap: Gap) -> tuple[str, ...]:
    """Target, part and reason of a gap, none of them said twice."""
    words = [gap.target, gap.what] if gap.what != gap.target else [gap.target]
    return (*(word for word in words if word and not gap.why.startswith(word)), gap.why)


class Index:
    """Built once for each document."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._snapshots: dict[str, Snapshot] = {}
        for snapshot in report.snapshots:
            self._snapshots.setdefault(snapshot.target.identity, snapshot)
        self._compared = {drift.target.identity: drift.compared for drift in report.drifts}
        self._targets = {target.identity: target for target in _targets(report)}
        self._references = {target.reference: target for target in reversed(self._targets.values())}
        self._homes: dict[str, Evidence | None] = {}
        self._items = {
            (identity, item.key): item for identity, snapshot in self._snapshots.items() for item in snapshot.items
        }

    def rows(self) -> tuple[Row, ...]:
        """Every target of the report, by reference; also those that only a gap, an error or a drift names."""
        statuses = self.report.statuses(self._targets.values())
        rows = (
            Row(target, statuses[identity], self._snapshots.get(identity), self._compared.get(identity, 0))
            for identity, target in self._targets.items()
        )
        return tuple(sorted(rows, key=lambda row: (row.target.reference, row.target.identity)))

    def target(self, identity: str) -> Target | None:
        """The target of this identity."""
        return self._targets.get(identity)

    def named(self, reference: str) -> Target | None:
        """The first target of this reference."""
        return self._references.get(reference)

    def home(self, identity: str) -> Evidence | None:
        """Where a target is written down: its launch in a configuration, or whatever was found in a file."""
        if identity not in self._homes:
            snapshot = self._snapshots.get(identity)
            self._homes[identity] = _home(snapshot.items) if snapshot is not None else None
        return self._homes[identity]

    def item(self, identity: str, key: str) -> Item | None:
        """The item as it was read in this run."""
        return self._items.get((identity, key))

    def kind_and_name(self, identity: str, key: str) -> tuple[str, str]:
        """What an item is and what it is called, also where it stands in no snapshot of this run."""
        item = self.item(identity, key)
        if item is not None:
            return str(item.kind), item.name
        if not key:
            target = self.target(identity)
            return WHOLE_TARGET, target.name if target is not None else identity
        kind, _, name = key.partition(":")
        return kind, name


def _home(items: Iterable[Item]) -> Evidence | None:
    found = [item for item in items if item.evidence and item.evidence[0].uri]
    first = next((item for item in found if item.kind is ItemKind.LAUNCH), found[0] if found else None)
    return first.evidence[0] if first is not None else None


def _targets(report: Report) -> tuple[Target, ...]:
    known: dict[str, Target] = {}
    for snapshot in report.snapshots:
        known.setdefault(snapshot.target.identity, snapshot.target)
    for drift in report.drifts:
        known.setdefault(drift.target.identity, drift.target)
    for finding in report.findings:
        known.setdefault(finding.target.identity, finding.target)
    references = {target.reference for target in known.values()}
    strays = (*(gap.target for gap in report.gaps), *(failure.target for failure in report.errors))
    for reference in strays:
        if reference and reference not in references:
            # Asked for and never read: it must not be missing from the list of what was looked at.
            known.setdefault(reference, Target(kind="", reference=reference, name=reference, identity=reference))
    return tuple(known.values())


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then confidence, then place; the same findings in any order give the same order."""
    return tuple(sorted(findings, key=_badness))


def _badness(finding: Finding) -> tuple[object, ...]:
    match, place = finding.match, finding.match.location
    return (
        -finding.severity,
        -finding.confidence,
        finding.target.reference,
        finding.rule.id,
        place.item,
        place.pointer,
        match.span,
        place.uri,
        place.region,
        match.evidence,
        match.message,
    )


def drifts_worst_first(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Baselines that cannot be believed, then by the worst change, then by reference."""
    return tuple(sorted(drifts, key=_drift_badness))


def _drift_badness(drift: Drift) -> tuple[object, ...]:
    distrusted = drift.verification is not None and not drift.verification.trusted
    worst = -1 if drift.severity is None else drift.severity
    return (not distrusted, -worst, drift.target.reference, drift.target.identity)


def changes_worst_first(drift: Drift) -> tuple[Change, ...]:
    """By severity, then by item."""
    return tuple(sorted(drift.changes, key=lambda change: (-change.severity, change.key, change.kind, change.rule_id)))


def by_severity(severities: Iterable[Severity]) -> dict[str, int]:
    """How many of each, the worst first, zeros too."""
    counts = {str(level): 0 for level in reversed(Severity)}
    for severity in severities:
        counts[str(severity)] += 1
    return counts
