"""Everything that one run found out: the only argument of an output format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from driftseal.errors import ExitCode
from driftseal.model.drift import Drift
from driftseal.model.finding import Finding, Suppression
from driftseal.model.item import Gap
from driftseal.model.observation import Capability, Relation
from driftseal.model.rule import Confidence, Rule, Severity
from driftseal.model.snapshot import Session, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass


class TargetStatus(StrEnum):
    """One word for a target; the worst that applies."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that did not end the run but belongs in its report."""

    message: str
    hint: str
    exit_code: ExitCode
    target: str = ""
    """Reference of the target concerned, where there is one."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """From where on findings and drift fail a run."""

    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.MEDIUM


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one command."""

    command: str
    """``scan``, ``drift``, ``audit`` …"""
    tool_version: str
    rules_version: str
    """Digest of the rules in force, so that two reports can be compared."""
    started_at: str
    threshold: Threshold
    sessions: tuple[Session, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    findings: tuple[Finding, ...] = ()
    drifts: tuple[Drift, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    relations: tuple[Relation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    errors: tuple[Failure, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    """Every one in force, used or not."""
    loosened: tuple[str, ...] = ()
    """Each limit or check that the user or a configuration has lowered, in words."""
    allow_gaps: bool = False
    rules: tuple[Rule, ...] = ()
    """The rules in force, for formats that explain a rule once; those of findings are known without."""

    def fails(self, finding: Finding) -> bool:
        """Whether this finding alone would fail the run."""
        return self._counts(finding) and finding.confidence >= self.threshold.confidence

    def doubts(self, finding: Finding) -> bool:
        """Whether this finding is bad enough to fail the run, and only not sure enough."""
        return self._counts(finding) and finding.confidence < self.threshold.confidence

    def _counts(self, finding: Finding) -> bool:
        return finding.suppressed_by is None and finding.severity >= self.threshold.severity

    @property
    def exit_code(self) -> ExitCode:
        """The highest that applies."""
        codes = {ExitCode.CLEAN, *(failure.exit_code for failure in self.errors)}
        if any(self.fails(finding) for finding in self.findings):
            codes.add(ExitCode.FINDINGS)
        for drift in self.drifts:
            if any(change.severity >= self.threshold.severity for change in drift.changes):
                codes.add(ExitCode.FINDINGS)
            if drift.verification is not None and not drift.verification.trusted:
                codes.add(ExitCode.TRUST)
        if self.gaps and not self.allow_gaps:
            codes.add(ExitCode.INCOMPLETE)
        return max(codes)

    def status(self, target: Target) -> TargetStatus:
        """One word on this target."""
        return self.statuses((target,))[target.identity]

    def statuses(self, targets: Iterable[Target]) -> Mapping[str, TargetStatus]:
        """One word on each target, by identity. A baseline that cannot be believed counts as found."""
        failed = {failure.target for failure in self.errors}
        incomplete = {gap.target for gap in self.gaps}
        found = {finding.target.identity for finding in self.findings if finding.suppressed_by is None}
        for drift in self.drifts:
            if drift.changes or (drift.verification is not None and not drift.verification.trusted):
                found.add(drift.target.identity)
        words = {}
        for target in targets:
            if target.reference in failed:
                words[target.identity] = TargetStatus.ERROR
            elif target.reference in incomplete:
                words[target.identity] = TargetStatus.INCOMPLETE
            elif target.identity in found:
                words[target.identity] = TargetStatus.FINDINGS
            else:
                words[target.identity] = TargetStatus.CLEAN
        return words
