"""Rules are data: read safely, checked, and wrong ones named."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftseal import rulebook
from driftseal.errors import RuleError

GOOD = """\
id: own-rule
title: A rule of our own
severity: low
confidence: high
detector: text
match: {patterns: [x]}
description: d
remediation: r
taxonomies: {cwe: [CWE-94]}
---
positives:
  - {description: p, input: {tools: []}}
negatives:
  - {description: n, input: {tools: []}}
"""


def folder_with(tmp_path: Path, text: str, name: str = "own-rule.yaml") -> Path:
    (tmp_path / "sub").mkdir(exist_ok=True)
    (tmp_path / "sub" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_users_rules_stand_beside_ours(tmp_path: Path) -> None:
    ours = rulebook.load()
    both = rulebook.load([folder_with(tmp_path, GOOD)])
    assert {rule.id for rule in both.rules} - {rule.id for rule in ours.rules} == {"own-rule"}
    assert both.version != ours.version


def test_rules_come_folder_by_folder_without_the_data_beside_them(tmp_path: Path) -> None:
    for name in ("a-b.yaml", "a/b.yaml", "a/lists/c.yaml", "lists/d.yaml", "a/e.yml", "z.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = rulebook.rule_files(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a/b.yaml",
        "a/lists/c.yaml",
        "a-b.yaml",
        "z.yaml",
    ]
    assert found == sorted(found)


def test_examples_are_read_only_when_asked_for(tmp_path: Path) -> None:
    folders = [folder_with(tmp_path, GOOD)]
    rule = rulebook.load(folders).get("own-rule")
    assert rule.positives == ()
    assert [sample.description for sample in rulebook.samples(rule, folders).positives] == ["p"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: low", "severity: severe", "'severe' is none of"),
        ("severity: low", "severty: low", "unknown key 'severty'"),
        ("title: A rule of our own\n", "", "'title' is missing"),
        ("id: own-rule", "id: other", "the id is 'other', the file's name says 'own-rule'"),
        ("taxonomies: {cwe: [CWE-94]}", "taxonomies: []", "expected a mapping"),
        ("description: d", "description: ''", "description must be text"),
        ("match: {patterns: [x]}", "match: {patterns: [x}", "not valid YAML"),
        ("match: {patterns: [x]}", "match: !!python/object/apply:os.system [id]", "expected a mapping"),
        ("detector: text", "detector: text\napplies_to: [gadget]", "'gadget' is not a valid ItemKind"),
    ],
)
def test_a_malformed_rule_is_named_with_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        rulebook.load([folder_with(tmp_path, GOOD.replace(old, new))])
    assert "own-rule.yaml" in str(caught.value)
    assert message in str(caught.value)


def test_a_rule_without_examples_cannot_be_tested(tmp_path: Path) -> None:
    folders = [folder_with(tmp_path, GOOD.split("---", maxsplit=1)[0])]
    rule = rulebook.load(folders).get("own-rule")
    with pytest.raises(RuleError, match="no examples"):
        rulebook.samples(rule, folders)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GOOD)
    (folder / "other").mkdir()
    (folder / "other" / "own-rule.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(RuleError, match=r"stands already in other/own-rule\.yaml|stands already in sub/own-rule\.yaml"):
        rulebook.load([folder])


def test_a_missing_list_is_named() -> None:
    with pytest.raises(RuleError, match=r"rules/lists/nothing\.yaml"):
        rulebook.load_list("nothing")
