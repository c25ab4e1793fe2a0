from __future__ import annotations

import pytest

from driftseal import rulebook
from driftseal.model.rule import Rule
from surfaces import judged

RULES = [rulebook.samples(rule) for rule in rulebook.load().of("drift")]
# What other detectors find is not known here; that rule's own samples run with `driftseal rules test`.
ALONE = [rule for rule in RULES if "introduced" not in rule.match]


@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: rule.id)
def test_a_rule_holds_on_its_own_examples(rule: Rule) -> None:
    for sample in rule.positives:
        changes = judged(sample.input["old"], sample.input["new"])  # type: ignore[arg-type]  # surfaces
        assert any(rule.id in change.rules for change in changes), sample.description
    for sample in rule.negatives:
        changes = judged(sample.input["old"], sample.input["new"])  # type: ignore[arg-type]  # surfaces
        assert not any(rule.id in change.rules for change in changes), sample.description
