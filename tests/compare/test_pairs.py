from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftseal.model.rule import Severity
from surfaces import judged

PAIRS: list[Mapping[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "data/compare/pairs.yaml").read_text())
BANDS = {
    "low": {Severity.INFO, Severity.LOW},
    "medium": {Severity.MEDIUM, Severity.HIGH},
    "critical": {Severity.CRITICAL},
}


def band(pair: Mapping[str, Any]) -> tuple[str, str]:
    """The band of the worst change, and its reason."""
    changes = judged(pair["old"], pair["new"])
    if not changes:
        return "low", "nothing changed"
    return next(name for name, levels in BANDS.items() if changes[0].severity in levels), changes[0].reason


def test_nearly_all_hand_written_pairs_are_judged_as_a_person_judges_them() -> None:
    wrong = {pair["id"]: found for pair in PAIRS if (found := band(pair))[0] != pair["expect"]}
    assert len(PAIRS) >= 220
    assert len(wrong) <= len(PAIRS) * 0.05, wrong


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["id"])
def test_every_change_says_why_and_by_which_rule(pair: Mapping[str, Any]) -> None:
    for change in judged(pair["old"], pair["new"]):
        assert change.reason
        assert change.rules[0] == change.rule_id
        assert change.reason.isprintable()
