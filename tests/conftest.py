"""Fixtures that several parts share, and the rule that our CI skips nothing."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import tools as prepared

# How fast examples come says something about the machine and what else runs on it, nothing about us. A change is judged
# by the same examples as the one before it; other examples are tried every week, apart from any change.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="DRIFTSEAL_TEST_OTHER_EXAMPLES" not in os.environ,
)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder with real servers and verifiers; see ``tools.py``."""
    folder, why = prepared.find()
    if folder is None:
        pytest.skip(why)
    return folder


@pytest.fixture(scope="session")
def servers() -> Path:
    """The folder with the servers that we wrote for tests."""
    return Path(__file__).parent / "servers"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is installed, a skipped test is a step that is missing, so it fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("DRIFTSEAL_TEST_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although DRIFTSEAL_TEST_NO_SKIP is set: {report.longrepr}"
    return report
