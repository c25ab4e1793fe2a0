from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from driftseal import narrow
from driftseal.errors import ConfigError, FormatError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.sign import statement
from driftseal.snapshot import SCHEMA, load

VALUES: tuple[Json, ...] = (None, True, 7, 0.5, "secret-value", ["secret-value"], {"secret-value": 1})


@pytest.mark.parametrize(
    ("read", "wanted", "kind"),
    [
        (narrow.to_object, dict, "an object"),
        (lambda value: narrow.to_list(value, 9), list, "a list"),
        (narrow.to_text, str, "text"),
    ],
)
def test_a_value_is_what_was_expected_or_the_message_names_both_types(
    read: Callable[[Json], Json], wanted: type, kind: str
) -> None:
    for value in VALUES:
        if isinstance(value, wanted):
            assert read(value) is value
        else:
            with pytest.raises(TypeError, match=f"^expected {kind}, not ") as told:
                read(value)
            assert "secret-value" not in str(told.value)


def test_a_list_is_read_up_to_its_bound() -> None:
    assert narrow.to_list([1, 2], 2) == [1, 2]
    with pytest.raises(ValueError, match=r"^a list of 3 is longer than 2$"):
        narrow.to_list([1, 2, 3], 2)


def test_what_is_of_another_type_is_as_good_as_nothing() -> None:
    assert [narrow.object_or_empty(value) for value in VALUES] == [{}] * 6 + [{"secret-value": 1}]
    assert [narrow.list_or_empty(value) for value in VALUES] == [[], [], [], [], [], ["secret-value"], []]
    assert [narrow.text_or_empty(value) for value in VALUES] == ["", "", "", "", "secret-value", "", ""]
    assert narrow.texts_among([1, "a", None, ["b"], "c"]) == ["a", "c"]
    assert narrow.texts_among("a") == []


def test_a_setting_of_another_type_is_named() -> None:
    assert narrow.to_table({"a": 1}, "rule") == {"a": 1}
    assert narrow.to_array([1], "rule.signers") == [1]
    with pytest.raises(TypeError, match=r"^rule is a table$"):
        narrow.to_table([], "rule")
    with pytest.raises(TypeError, match=r"^rule\.signers is a list$"):
        narrow.to_array({}, "rule.signers")


def test_an_unknown_key_is_refused_with_the_nearest_or_all_that_there_are() -> None:
    narrow.refuse_unknown({"match"}, frozenset({"match", "signers"}), "rule")
    with pytest.raises(ConfigError, match=r"^rule: unknown key 'signer'$") as near:
        narrow.refuse_unknown({"signer"}, frozenset({"match", "signers"}), "rule")
    assert near.value.hint == "did you mean 'signers'?"
    with pytest.raises(ConfigError) as far:
        narrow.refuse_unknown({"zzz"}, frozenset({"match", "signers"}), "rule")
    assert far.value.hint == "there are: match, signers"


def test_a_damaged_document_says_what_it_lacks() -> None:
    with pytest.raises(FormatError, match=re.escape("a.json: a damaged snapshot file: it has no 'target'")):
        load(f'{{"schema": "{SCHEMA}"}}'.encode(), "a.json", DEFAULT_LIMITS)
    with pytest.raises(FormatError, match="statement: damaged: expected an object, not a list"):
        statement.read(b"[]", DEFAULT_LIMITS)
