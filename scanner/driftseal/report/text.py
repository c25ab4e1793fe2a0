"""The report for people, on a terminal or in a log."""

from __future__ import annotations

from driftseal.model.finding import Finding
from driftseal.model.report import Report
from driftseal.report._index import Index, Row, drifts_worst_first, worst_first
from driftseal.report._page import FAINT, Page
from driftseal.report._text_closing import (
    write_accepted,
    write_capabilities,
    write_clean,
    write_misses,
    write_summary,
)
from driftseal.report._text_drift import write_drifts
from driftseal.report._text_findings import write_findings
from driftseal.report.base import ReportFormat


class TextFormat(ReportFormat):
    """Grouped by target, the worst first; what does not fail the run is folded unless asked for."""

    name = "text"

    def render(self, report: Report) -> str:
        """See `ReportFormat.render`."""
        page, index = Page(self.screen), Index(report)
        rows = index.rows()
        page.add([(f"driftseal {report.tool_version} {report.command}, rules {report.rules_version}", FAINT)])
        found = _by_target(report)
        write_drifts(page, index, drifts_worst_first(report.drifts))
        # Rows come sorted by reference, and Python's sort is stable: equally bad targets keep that order.
        for row in sorted(rows, key=lambda row: _badness(found.get(row.target.identity, []))):
            if row.target.identity in found:
                write_findings(page, index, row, found[row.target.identity])
        if not report.drifts:
            write_clean(page, [row for row in rows if _is_clean(row, found)])
        write_capabilities(page, index, report)
        write_misses(page, report)
        write_accepted(page, index, report)
        write_summary(page, report, rows)
        return str(page)


def _by_target(report: Report) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in worst_first(report.findings):
        if finding.suppressed_by is None:
            found.setdefault(finding.target.identity, []).append(finding)
    return found


def _badness(findings: list[Finding]) -> tuple[int, int]:
    worst = max((finding.severity for finding in findings), default=-1)
    return (-worst, -len(findings))


def _is_clean(row: Row, found: dict[str, list[Finding]]) -> bool:
    return row.snapshot is not None and not row.snapshot.gaps and row.target.identity not in found
