"""Patterns that wait to be compiled against those of the standard library, for which they stand."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from driftseal.regexes import regex

PACKAGE = Path(__file__).parents[1] / "scanner" / "driftseal"


def test_a_pattern_answers_as_a_compiled_one_does() -> None:
    waiting, compiled = (
        regex(r"(?P<word>[a-z]+)-(\d+)", re.IGNORECASE),
        re.compile(r"(?P<word>[a-z]+)-(\d+)", re.IGNORECASE),
    )
    for text in ("A-1 b-22", "", "a-"):
        assert waiting.findall(text) == compiled.findall(text)
        assert waiting.sub(r"\2", text) == compiled.sub(r"\2", text)
        assert bool(waiting.search(text)) == bool(compiled.search(text))
    assert waiting.pattern == compiled.pattern
    assert waiting.groupindex == compiled.groupindex


def test_a_pattern_is_compiled_only_when_something_is_asked_of_it() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("(")


def test_what_is_no_attribute_of_a_pattern_is_none_here() -> None:
    with pytest.raises(AttributeError):
        _ = regex("a").searches  # type: ignore[attr-defined]  # that is the test


def test_every_pattern_that_waits_can_be_compiled() -> None:
    found = 0
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if " regex(" in text else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "regex":
                given = node.args[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str | bytes):
                    re.compile(given.value)
                    found += 1
    assert found > 100
