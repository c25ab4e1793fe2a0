"""One form for every JSON value."""

from __future__ import annotations

import json
import string

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from growth import grows_linearly

SAFE_INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.one_of(
    TEXT, st.text(string.ascii_letters, max_size=5), st.sampled_from(["$int", "$object", "\ufb01", "\U0001f600"])
)


def values(numbers: st.SearchStrategy[int | float], keys: st.SearchStrategy[str] = KEYS) -> st.SearchStrategy[Json]:
    leaf = st.one_of(st.none(), st.booleans(), numbers, TEXT)
    return st.recursive(
        leaf,
        lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(keys, below, max_size=4)),
        max_leaves=12,
    )


PLAIN_KEYS = KEYS.filter(lambda key: key not in {"$int", "$object"})
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(values(st.one_of(SAFE_INTEGERS, FINITE), PLAIN_KEYS))
def test_values_that_rfc_8785_can_carry_have_exactly_its_bytes(value: Json) -> None:
    assert canonical.canonicalize(value) == rfc8785.dumps(value)


@given(values(SAFE_INTEGERS, st.text(string.ascii_letters + '"\\/\x00\x1f\x7f ', max_size=6)))
def test_the_fast_path_is_equal_to_rfc_8785(value: Json) -> None:
    assert canonical.is_plain(value)
    assert canonical.canonicalize(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.one_of(KEYS, st.just("\ud800")), values(st.one_of(st.integers(), FINITE)), max_size=6))
def test_the_digest_of_an_item_is_that_of_its_content_written_down_at_once(content: dict[str, Json]) -> None:
    whole = canonical.canonicalize(content)
    fields = {key: Digest.of(b"driftseal-field-v1\0" + canonical.canonicalize(value)) for key, value in content.items()}
    told = canonical.digest_item("tool", content)
    assert told == (Digest.of(b"driftseal-item-v1\0tool\0" + whole), len(whole), fields)


@given(values(st.integers()), values(st.integers()))
def test_different_values_have_different_bytes(one: Json, other: Json) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical.canonicalize(one) == canonical.canonicalize(other)) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (2**63 - 1, 2**63 - 2),
        (2**53, {"$int": str(2**53)}),
        ({"$int": "1"}, {"$object": {"$int": "1"}}),
        ("\ud800", "\udfff"),
        ("\ud800", "?"),
        ({"\ud800": 1}, {"\udbff": 1}),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_values_that_careless_canonicalisation_confuses_stay_apart(one: Json, other: Json) -> None:
    assert canonical.canonicalize(one) != canonical.canonicalize(other)


def test_key_order_and_float_spelling_do_not_count() -> None:
    first = canonical.parse_json('{"b": 1.0, "a": [10e0]}', "x", DEFAULT_LIMITS).value
    second = canonical.parse_json('{"a": [10], "b": 1}', "x", DEFAULT_LIMITS).value
    assert canonical.canonicalize(first) == canonical.canonicalize(second)


def test_a_name_that_comes_very_often_takes_no_quadratic_time() -> None:
    def parse(count: int) -> None:
        data = "{" + ",".join('"a":1' for _ in range(count)) + "}"
        assert len(canonical.parse_json(data, "x", DEFAULT_LIMITS).duplicate_keys) == count - 1

    assert grows_linearly(parse, 25_000)


def test_a_name_that_comes_twice_is_kept_and_reported() -> None:
    parsed = canonical.parse_json('{"d": "good", "d": "evil", "d": "worse"}', "x", DEFAULT_LIMITS)
    assert parsed.value == {"d": "good", "d#2": "evil", "d#3": "worse"}
    assert parsed.duplicate_keys == ("d", "d")


def test_a_made_up_second_name_does_not_hide_a_true_one() -> None:
    parsed = canonical.parse_json('{"d#2": "x", "d": "y", "d": "z"}', "x", DEFAULT_LIMITS)
    assert parsed.value == {"d#2": "x", "d": "y", "d#3": "z"}


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "{", "", "[1,]", '"\x01"', "9" * 5000])
def test_what_is_no_json_is_one_clear_error(text: str) -> None:
    with pytest.raises(FormatError, match=r"tools\.json.*not valid JSON"):
        canonical.parse_json(text, "tools.json", DEFAULT_LIMITS)


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(FormatError, match=r"mcp\.json:3:1: not valid JSON") as caught:
        canonical.parse_json('{\n"a": 1,\nb}', "mcp.json", DEFAULT_LIMITS)
    assert caught.value.line == 3


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(FormatError, match="not UTF-8 at byte 2"):
        canonical.parse_json(b'{"\xff": 1}', "x", DEFAULT_LIMITS)


@pytest.mark.parametrize("depth", [65, 2_000, 200_000])
def test_deep_nesting_is_refused_however_deep(depth: int) -> None:
    with pytest.raises(LimitExceeded, match="nested deeper than 64"):
        canonical.parse_json("[" * depth + "]" * depth, "x", DEFAULT_LIMITS)


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = DEFAULT_LIMITS.json_depth
    assert canonical.parse_json("[" * depth + "]" * depth, "x", DEFAULT_LIMITS).value


def test_a_large_document_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(LimitExceeded, match="larger than 10 bytes"):
        canonical.parse_json('"0123456789"', "x", Limits(file_bytes=10))


def test_every_string_and_key_is_found_with_its_pointer() -> None:
    value: Json = {"a/b": {"~": ["x", 1, {"k": "y"}]}, "z": None}
    assert list(canonical.leaves(value)) == [
        ("/a~1b", "a/b", True),
        ("/a~1b/~0", "~", True),
        ("/a~1b/~0/0", "x", False),
        ("/a~1b/~0/2/k", "k", True),
        ("/a~1b/~0/2/k", "y", False),
        ("/z", "z", True),
    ]


@given(st.text())
def test_shown_text_never_holds_a_character_that_hides_or_controls(text: str) -> None:
    shown = canonical.show(text)
    assert shown.isprintable() or "\u3000" in shown
    assert not set(shown) & set("\u200b\u202e\u2066\ufe01\U000e0041\x1b\x07\n\r\x9b\xad\u3164")


def test_hidden_characters_are_shown_as_their_numbers() -> None:
    assert canonical.show("a\x1b[31mb\u202ec\U000e0041\nd") == r"a\u{1b}[31mb\u{202e}c\u{e0041}\nd"
    assert canonical.show("a\nb\tc", multiline=True) == "a\nb\\tc"


def test_ordinary_writing_is_shown_as_it_is() -> None:
    for text in ("plain", "日本語", "Grüße", "سلام", "😀"):
        assert canonical.show(text) == text


@pytest.mark.parametrize("below", [{"a": "x", "b": "x", "c": "x"}, ["x", "x", "x"]])
def test_many_values_below_a_long_name_are_refused(below: Json) -> None:
    text = json.dumps({"tools": [{"k" * 1000: below}]})
    assert canonical.parse_json(text, "a.json", Limits(pointer_chars=4000)).value == json.loads(text)
    with pytest.raises(LimitExceeded, match=r"a\.json: too many values below too long names"):
        canonical.parse_json(text, "a.json", Limits(pointer_chars=3000))
