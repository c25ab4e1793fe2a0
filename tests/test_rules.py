"""Every rule that we ship is well formed, cites what exists, and does what its examples say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from driftseal import plugins, resources, rulebook, yamltext
from driftseal.errors import RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.rule import Rule
from driftseal.pipeline import rules_test

ROOT = resources.folder("rules")
RULES = rulebook.load().rules
SCHEMA = json.loads((ROOT / "schema" / "rule.schema.json").read_text(encoding="utf-8"))
POISONING = {"text", "unicode"}


def ids(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_is_named_after_its_file_and_fits_the_schema(rule: Rule) -> None:
    document = next(yamltext.documents((ROOT / rule.source).read_bytes(), rule.source, DEFAULT_LIMITS))
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)] == []
    assert rule.id == Path(rule.source).stem


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_cites_only_what_its_taxonomies_hold(rule: Rule) -> None:
    known = rulebook.load_list("taxonomies")
    assert isinstance(known, dict)
    wrong = [
        (taxonomy, cited)
        for taxonomy, entries in rule.taxonomies.items()
        for cited in entries
        if cited not in (known.get(taxonomy) or {})  # type: ignore[operator]  # a mapping of ids to names
    ]
    assert wrong == []


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_names_a_detector_that_there_is(rule: Rule) -> None:
    assert rule.detector in {*plugins.names("detect"), rules_test.DRIFT}


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_matches_its_positives_and_none_of_its_negatives(rule: Rule) -> None:
    detecting = [other for other in RULES if other.detector != rules_test.DRIFT]
    given = [rulebook.samples(rule), *(detecting if rule.detector == rules_test.DRIFT else [])]
    results = list(rules_test.run(given, DEFAULT_LIMITS))
    wrong = [(result.positive, result.sample.description) for result in results if not result.passed]
    assert wrong == []
    assert {result.positive for result in results} == {True, False}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.detector in POISONING], ids=ids)
def test_a_poisoning_rule_has_three_examples_of_each_kind_and_tells_its_false_alarms(rule: Rule) -> None:
    full = rulebook.samples(rule)
    assert len(full.positives) >= 3
    assert len(full.negatives) >= 3
    assert rule.false_positives


def test_a_rule_for_an_unknown_detector_is_an_error() -> None:
    import dataclasses

    broken = dataclasses.replace(rulebook.samples(RULES[0]), detector="texts")
    with pytest.raises(RuleError, match="no detector 'texts'"):
        list(rules_test.run([broken], DEFAULT_LIMITS))
