"""What is said about components: findings, drift, what is incomplete, and whose word it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Annotation, Citation, Composition, Unseen, Vulnerability
from driftseal.model.drift import Change, Drift
from driftseal.model.finding import Finding
from driftseal.model.report import Report
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.pipeline._bom_items import PROVIDED
from driftseal.pipeline._bom_names import ROOT, nameless, pathless, portable
from driftseal.pipeline._bom_parts import Parts
from driftseal.pipeline._bom_whole import Whole


class Remarks:
    """Everything about the components of one document."""

    def __init__(self, report: Report, parts: Parts, whole: Whole) -> None:
        self._report = report
        self._parts = parts
        self._whole = whole

    def _nearest(self, identity: str, keys: Iterable[str] = ()) -> str:
        """The item's component, else its service or model, else the whole."""
        names, whole = self._parts.names, self._whole
        drafts = [*(names.item(identity, key) for key in keys if key), names.service(identity)]
        drafts.append(self._parts.models.get(identity, ROOT))
        return next((ref for ref in map(whole.ref, drafts) if ref), ROOT)

    # --- findings ----------------------------------------------------------------------------

    def vulnerabilities(self) -> Iterator[Vulnerability]:
        """Findings, the worst first."""
        numbers: dict[str, count[int]] = {}
        found = self._report.findings
        for finding in sorted(found, key=lambda one: (-one.severity, one.rule.id, one.fingerprint)):
            # Two matches of one text in one place have one fingerprint, and references are unique.
            number = next(numbers.setdefault(finding.fingerprint, count(1)))
            yield self._vulnerability(finding, number)

    def _vulnerability(self, finding: Finding, number: int) -> Vulnerability:
        rule, match, place = finding.rule, finding.match, finding.match.location
        accepted = finding.suppressed_by
        # What a tool says of paths is its own text; what a launch says of them is about this machine.
        told = nameless if place.item.partition(":")[0] in PROVIDED else pathless
        return Vulnerability(
            ref=f"finding/{finding.fingerprint}" + (f"/{number}" if number > 1 else ""),
            id=rule.id,
            source="driftseal",
            severity=str(finding.severity),
            description=told(finding.message),
            detail=told(match.evidence[: DEFAULT_LIMITS.evidence_chars]),
            recommendation=rule.remediation,
            cwes=tuple(_cwes(rule.taxonomies.get("cwe", ()))),
            affects=(self._nearest(place.target or finding.target.identity, (place.item,)),),
            references=tuple((name, id_) for name, ids in sorted(rule.taxonomies.items()) for id_ in ids),
            accepted=f"accepted until {accepted.until}: {accepted.reason}" if accepted is not None else "",
            properties={
                "driftseal:finding:fingerprint": finding.fingerprint,
                "driftseal:finding:confidence": str(finding.confidence),
                "driftseal:finding:pointer": place.pointer,
                "driftseal:finding:view": match.view,
            },
        )

    # --- drift -------------------------------------------------------------------------------

    def annotations(self) -> Iterator[Annotation]:
        """What changed since the baselines, and whether those may be believed."""
        report = self._report
        for drift in sorted(report.drifts, key=lambda drift: drift.target.identity):
            whole = self._nearest(drift.target.identity)
            if drift.verification is not None:
                signers = ", ".join(drift.verification.signers) or "nobody"
                text = (
                    f"baseline {drift.verification.status}: {nameless(drift.verification.reason)}; "
                    f"version {drift.verification.version}, signed by {signers}"
                )
                yield Annotation(f"baseline/{whole}", (whole,), text, report.started_at)
            for number, change in enumerate(sorted(drift.changes, key=_by_item), 1):
                subject = self._nearest(drift.target.identity, (change.key,))
                yield Annotation(f"drift/{whole}/{number}", (subject,), _told(drift, change), report.started_at)

    # --- what is missing ---------------------------------------------------------------------

    def compositions(self) -> Iterator[Composition]:
        """Whether all there is of a service, a model or the whole is listed."""
        report, whole = self._report, self._whole
        lacking = {gap.target for gap in report.gaps} | {failure.target for failure in report.errors}
        words: dict[str, str] = {}
        for snapshot in report.snapshots:
            ref = self._nearest(snapshot.target.identity)
            if ref != ROOT:
                # Of a thing that several targets tell of, the worst word counts.
                words[ref] = max(words.get(ref, ""), self._aggregate(snapshot, lacking, ref), key=_WORSE.index)
        words |= dict.fromkeys((ref for ref, part in whole.components.items() if part.external), "incomplete")
        if lacking:
            words[ROOT] = "incomplete"
        for aggregate in sorted({*words.values()}):
            yield Composition(aggregate, tuple(sorted(ref for ref, word in words.items() if word == aggregate)))

    def _aggregate(self, snapshot: Snapshot, lacking: set[str], ref: str) -> str:
        if snapshot.gaps or snapshot.target.reference in lacking:
            return "incomplete"
        if snapshot.origin is Origin.LIVE or snapshot.target.identity in self._parts.models:
            return "complete"
        # A manifest lists what it lists; a configuration that was only read says nothing of tools.
        return "unknown" if not self._whole.given_by(ref) else "incomplete"

    def unseen(self) -> Iterator[Unseen]:
        """Every gap, on what is incomplete for it."""
        known = {snapshot.target.reference: snapshot.target.identity for snapshot in self._report.snapshots}
        told = {
            Unseen(self._nearest(known.get(gap.target, "")), portable(nameless(gap.what)), pathless(gap.why))
            for gap in self._report.gaps
        }
        told |= {
            Unseen(ROOT, portable(nameless(failure.target)), pathless(failure.message))
            for failure in self._report.errors
        }
        yield from sorted(told, key=lambda one: (one.subject, one.what, one.why))

    # --- whose word --------------------------------------------------------------------------

    def citations(self) -> Iterator[Citation]:
        """Who says what the document tells of tools and of models."""
        for snapshot in sorted(self._report.snapshots, key=lambda snapshot: snapshot.target.identity):
            ref = self._whole.ref(self._parts.names.service(snapshot.target.identity))
            given = self._whole.given_by(ref)
            if given:
                live = snapshot.origin is Origin.LIVE
                note = "as the running server described itself" if live else "as a file describes the server"
                yield Citation(tuple(sorted(given)), ref if live else "", note)
        for told in self._parts.citations:
            subjects = tuple(filter(None, map(self._whole.ref, told.subjects)))
            if subjects:
                yield Citation(subjects, told.attributed_to, told.note, told.fields)


_WORSE: Sequence[str] = ("", "complete", "unknown", "incomplete")


def _cwes(ids: Sequence[str]) -> Iterable[int]:
    for id_ in ids:
        number = id_.removeprefix("CWE-")
        if number.isascii() and number.isdecimal():
            yield int(number)


def _by_item(change: Change) -> tuple[str, str, str]:
    return change.key, change.kind, change.rule_id


def _told(drift: Drift, change: Change) -> str:
    pointers = ", ".join(path.pointer for path in change.paths if path.pointer)
    since = f" since {drift.old}" if drift.old is not None else ""
    renamed = f" from {portable(change.old_key)}" if change.old_key else ""
    at = f" at {pointers}" if pointers else ""
    return (
        f"drift{since}: {portable(change.key)} {change.kind}{renamed}{at} "
        f"({change.severity}, {change.rule_id}): {nameless(change.reason)}"
    )
