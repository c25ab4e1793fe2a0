"""Every output format of one rich report, whole."""

from __future__ import annotations

import pytest

from driftseal import plugins
from driftseal.report.base import ReportFormat, Screen
from report.golden import FOLDER, check
from report.sample import sample_report

SCREENS = {
    "report.txt": ("text", Screen()),
    "report-verbose.txt": ("text", Screen(verbose=True)),
    "report-color.txt": ("text", Screen(color=True)),
    "report-narrow-ascii.txt": ("text", Screen(width=60, unicode=False)),
    "report.json": ("json", Screen()),
    "report.sarif.json": ("sarif", Screen()),
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_report_reads_as_its_golden_file(name: str) -> None:
    form, screen = SCREENS[name]
    kind = plugins.load("report", form, ReportFormat)  # type: ignore[type-abstract]  # its concrete subclass is made
    check(FOLDER / name, kind(screen).render(sample_report()))
