"""Subjects are looked for everywhere at once only where something asks every text for them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.observe import behaviour
from driftseal.observe.behaviour import lists

_SOURCE = Path(behaviour.__file__).parent
_ONE_BY_ONE = {"says", "shows"}
_OF_A_LIST = {"asks-through-sampling", "asks-what-was-said", "instructs", "ransom-held", "ransom-price"}
"""Asked for alone as well, by names out of a list."""


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _asked_in_passing(tree: ast.AST) -> set[str]:
    """Texts of a module apart from those that `says` and `shows` are asked for."""
    nodes = [*ast.walk(tree)]
    alone = {id(node.args[0]) for node in nodes if isinstance(node, ast.Call) and _called(node) in _ONE_BY_ONE}
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    }


def test_what_is_asked_of_every_text_is_looked_for_everywhere() -> None:
    given = rulebook.load_list("behaviour")
    assert isinstance(given, dict)
    named = given["everywhere"]
    assert isinstance(named, list)
    asked = {text for path in sorted(_SOURCE.rglob("*.py")) for text in _asked_in_passing(ast.parse(path.read_text()))}

    # Whoever takes a name from `subjects`, `shown` or `doing` that is missing here would never see it.
    assert sorted(asked & (given.keys() - {"everywhere"}) - _OF_A_LIST) == sorted(map(str, named))


def test_a_subject_is_told_the_same_alone_and_with_all_others() -> None:
    assert lists.says("removers", "fs.unlink")
    assert "removers" in lists.subjects("fs.unlink")
    assert lists.says("payees", "iban")
    assert "payees" not in lists.subjects("iban")
    assert not lists.says("payees", "")


def test_a_name_that_no_subject_has_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "load_list", lambda _name: {"everywhere": ["gone"], "payees": ["^to$"]})
    lists._given.cache_clear()
    try:
        with pytest.raises(RuleError, match="everywhere"):
            lists._given()
    finally:
        lists._given.cache_clear()
