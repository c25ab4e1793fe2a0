"""Whole drift checks of one surface, held to what a careful person says of each change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftseal import rulebook
from driftseal.collect.base import Consent, Context
from driftseal.config import Config
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.rule import Severity
from driftseal.pipeline.judging import Pair, judge_pairs
from driftseal.pipeline.scan import Run
from surfaces import take

GIVEN = yaml.safe_load((Path(__file__).parents[1] / "data/pipeline/drift_changes.yaml").read_text(encoding="utf-8"))
BANDS: Mapping[str, set[Severity | None]] = {
    "none": {None},
    "low": {Severity.INFO, Severity.LOW},
    "medium": {Severity.MEDIUM, Severity.HIGH},
    "critical": {Severity.CRITICAL},
}


@pytest.mark.parametrize("change", GIVEN["changes"], ids=lambda change: change["id"])
def test_a_change_is_judged_as_a_careful_person_judges_it(change: Mapping[str, Any]) -> None:
    here = Path.cwd()
    run = Run("drift", Context(Consent(), DEFAULT_LIMITS, "2026-01-01T00:00:00Z", here, here, {}), Config())
    before, after = take(GIVEN["old"]), take(change["new"])
    (drift,) = judge_pairs([Pair(before, after, None)], [after], rulebook.load(), run)
    assert drift.severity in BANDS[change["expect"]], [one.reason for one in drift.changes]
