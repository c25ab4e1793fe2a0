"""The page on rules is made from the rules."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.pipeline import rules_page

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_in_docs_is_what_the_rules_say() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == rules_page.render(rulebook.load()), "python -m driftseal.pipeline.rules_page > docs/rules.md"


def test_every_rule_has_a_row_and_a_section() -> None:
    book = rulebook.load()
    page = rules_page.render(book)
    for rule in book.rules:
        assert f"| [{rule.id}](#{rule.id}) |" in page
        assert f"\n### {rule.id}\n" in page


def test_marks_of_markdown_in_a_rule_stay_text() -> None:
    book = rulebook.load()
    rule = dataclasses.replace(book.rules[0], title="A <b>bold</b> | title")
    assert r"A \<b\>bold\</b\> \| title" in rules_page.render(dataclasses.replace(book, rules=(rule,)))


def test_an_id_that_no_taxonomy_has_is_an_error() -> None:
    book = rulebook.load()
    rule = dataclasses.replace(book.rules[0], taxonomies={"cwe": ("CWE-0",)})
    with pytest.raises(RuleError, match="has no 'CWE-0'"):
        rules_page.render(dataclasses.replace(book, rules=(rule,)))
