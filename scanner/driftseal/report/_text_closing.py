"""What a person must know beyond findings and drift: what was missed, what was let pass, what was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from driftseal.errors import ExitCode
from driftseal.model.report import Report
from driftseal.report._index import Index, Row, by_severity, missed
from driftseal.report._page import FAINT, MATCHED, STRONG, Page
from driftseal.report._text_findings import where

_STATIC: Final = " (no running server answered)"
_SERVERLESS: Final = frozenset({"model", "hf", "mlflow", "oci", "ollama"})
"""Target kinds that are models, of which nobody expects an answer."""
_EXIT: Final = {
    ExitCode.CLEAN: "nothing at or above {severity}{but} in what was looked at",
    ExitCode.FINDINGS: "findings or drift at or above {severity}",
    ExitCode.USAGE: "the command line, the configuration or a rule is wrong",
    ExitCode.INCOMPLETE: "something that was asked for could not be looked at",
    ExitCode.TRUST: "a baseline is missing or cannot be believed",
    ExitCode.BUG: "a bug in driftseal",
}


def write_capabilities(page: Page, index: Index, report: Report) -> None:
    """What each tool can do; only told when all is asked for."""
    if not page.screen.verbose or not report.capabilities:
        return
    page.blank()
    page.add([("what tools can do", STRONG)])
    labels: dict[tuple[str, str], list[str]] = {}
    for capability in sorted(report.capabilities):
        origin = f"{page.name(capability.uri)}:{capability.line}" if capability.uri else capability.origin
        labels.setdefault((capability.target, capability.item), []).append(f"{capability.label} ({origin})")
    for (identity, key), told in labels.items():
        kind, name = index.kind_and_name(identity, key)
        target = index.target(identity)
        of = f" of {page.name(target.name)}" if target is not None else ""
        page.add([f"{kind} {page.name(name)}{of}: ", ", ".join(told)], indent=2, hang=2)


def write_misses(page: Page, report: Report) -> None:
    """Gaps and errors, each with its mend."""
    if report.gaps:
        page.blank()
        page.add([("not looked at", STRONG)])
        for gap in report.gaps:
            *places, why = missed(gap)
            told = ": ".join((*map(page.name, places), why))
            page.add([("GAP       ", MATCHED), told], indent=2, hang=10)
    if report.errors:
        page.blank()
        page.add([("errors", STRONG)])
        for failure in report.errors:
            page.add([("ERROR     ", MATCHED), failure.message], indent=2, hang=10)
            if failure.hint:
                page.add([("do: ", FAINT), failure.hint], indent=12, hang=4)


def write_accepted(page: Page, index: Index, report: Report) -> None:
    """Every suppression and every loosened limit in force, used or not."""
    if not report.suppressions and not report.loosened:
        return
    page.blank()
    page.add([("let pass", STRONG)])
    uses = Counter(finding.suppressed_by for finding in report.findings if finding.suppressed_by is not None)
    for entry in report.suppressions:
        scope = [f"target {entry.target}"] if entry.target != "*" else []
        scope += [f"item {entry.item}"] if entry.item != "*" else []
        scope += [f"fingerprint {entry.fingerprint}"] if entry.fingerprint else []
        of = f" ({', '.join(scope)})" if scope else ""
        said = f" (says {page.name(entry.source)})" if entry.source else ""
        page.add(
            [f"{entry.rule}{of} until {entry.until}: {entry.reason}{said}: {_number(uses[entry], 'finding')}"],
            indent=2,
            hang=2,
        )
        if page.screen.verbose:
            for finding in report.findings:
                if finding.suppressed_by == entry:
                    words = where(page, index, finding.match.location, finding.target.identity)
                    page.add([f"{finding.rule.id}: {words} ({page.name(finding.target.reference)})"], indent=4, hang=2)
    for sentence in report.loosened:
        page.add([sentence], indent=2, hang=2)


def write_clean(page: Page, rows: Sequence[Row]) -> None:
    """Targets in which no rule matched, in one paragraph."""
    if not rows:
        return
    page.blank()
    listed = len(rows) if page.screen.verbose else page.screen.limits.listed_places
    names = ", ".join(f"{page.name(row.target.name)} ({row.coverage}, {row.size})" for row in rows[:listed])
    more = f" and {len(rows) - listed} more" if len(rows) > listed else ""
    page.add([("no rule matched in: ", STRONG), f"{names}{more}"], hang=2)


def write_summary(page: Page, report: Report, rows: Sequence[Row]) -> None:
    """What was looked at and what came of it. Never that it is safe: nobody can know that."""
    page.blank()
    read = [row for row in rows if row.was_read]
    if not read:
        # Nothing failed either: most often the folder was the wrong one.
        there = "" if rows or report.gaps or report.errors else " No configuration, server or manifest is there."
        page.add([("Nothing was looked at.", STRONG), there])
    else:
        live = sum(row.coverage == "live" for row in read)
        of = f"{len(read)} of " if len(read) < len(rows) else ""
        mute = any(row.coverage != "live" and row.target.kind not in _SERVERLESS for row in read)
        items = _number(sum(row.size for row in read), "item")
        page.add(
            [
                (f"Looked at {of}{_number(len(rows), 'target')} with {items}", STRONG),
                f": {live} live, {len(read) - live} static{_STATIC if mute else ''}.",
            ]
        )
    for row in read:
        if row.snapshot is not None and row.snapshot.reading is not None:
            page.add([("Source of ", FAINT), f"{page.name(row.target.name)}: {row.snapshot.reading}."], hang=2)
        for signature in row.snapshot.signatures if row.snapshot is not None else ():
            told = f"{page.name(row.target.name)}: {page.name(signature.name)}: {signature}."
            page.add([("Signature of ", FAINT), told], hang=2)
    counted = [finding for finding in report.findings if finding.suppressed_by is None]
    doubtful = sum(map(report.doubts, counted))
    doubts = f" ({doubtful} doubtful)" if doubtful else ""
    parts = [f"findings: {_counts(by_severity(finding.severity for finding in counted))}{doubts}"]
    if len(counted) < len(report.findings):
        parts.append(f"suppressed: {len(report.findings) - len(counted)}")
    if report.drifts:
        changes = by_severity(change.severity for drift in report.drifts for change in drift.changes)
        parts.append(f"changes: {_counts(changes)}")
    parts += [f"gaps: {len(report.gaps)}", f"errors: {len(report.errors)}"]
    page.add(["; ".join(parts).capitalize() + "."])
    code = report.exit_code
    meaning = _EXIT[code].format(severity=report.threshold.severity, but=" but doubts" if doubtful else "")
    page.add([(f"Exit {int(code)}: {meaning}.", STRONG)])


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "none"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
