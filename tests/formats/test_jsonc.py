from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.canonical import escape_pointer
from driftseal.errors import FormatError, TargetError
from driftseal.formats import jsonc
from driftseal.formats.base import Document
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from growth import grows_linearly

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def parse(text: str) -> Document:
    return jsonc.parse(text.encode("utf-8", "surrogatepass"), "a.json", DEFAULT_LIMITS)


def test_comments_and_trailing_commas_are_read_over() -> None:
    text = '{ // one\n "a": [1, 2, /* three */], # '.replace("#", "")
    text += '\n "b": "http://x//y /* no */ ,]", // c }\n}'
    assert parse(text).value == {"a": [1, 2], "b": "http://x//y /* no */ ,]"}


def test_bare_keys_and_single_quotes_are_read() -> None:
    text = "{mcp: {'a b': 'it\\'s \"q\"', $x: true, null: null,},}"
    assert parse(text).value == {"mcp": {"a b": 'it\'s "q"', "$x": True, "null": None}}


def test_a_key_given_twice_is_told_with_comments_too() -> None:
    document = parse('{"a": 1, // x\n "a": 2}')
    assert (document.value, document.duplicate_keys) == ({"a": 1, "a#2": 2}, ("a",))
    assert document.line("/a#2") == 2


def test_lines_are_those_of_keys_and_elements() -> None:
    document = parse('// c\n{\n "a": {\n  "b/c": [\n   1,\n   {"d":\n 2}]}}')
    places = {"": 2, "/a": 3, "/a/b~1c": 4, "/a/b~1c/0": 5, "/a/b~1c/1": 6, "/a/b~1c/1/d": 6}
    assert {pointer: document.line(pointer) for pointer in places} == places
    assert document.line("/a/x") == document.line("/nothing/here") == document.line("/a/b~1c/9") == 0


@pytest.mark.parametrize(
    ("text", "line"), [('{\n"a": }', 2), ('{"a": 1}\n\nx', 3), ('{"a": "x\n', 1), ("// only\n", 2), ("[1,,2]", 1)]
)
def test_an_error_names_file_and_line(text: str, line: int) -> None:
    with pytest.raises(FormatError, match=r"a\.json:\d+:\d+: not valid JSON") as caught:
        parse(text)
    assert caught.value.line == line


@given(VALUES)
def test_every_json_value_is_read_as_it_is_and_has_lines_everywhere(value: Json) -> None:
    document = parse(json.dumps(value, indent=1))
    assert document.value == value
    below: list[tuple[str, Json]] = [("", value)]
    while below:
        pointer, node = below.pop()
        assert document.line(pointer) > 0
        if isinstance(node, dict):
            below += [(f"{pointer}/{escape_pointer(key)}", child) for key, child in node.items()]
        elif isinstance(node, list):
            below += [(f"{pointer}/{index}", child) for index, child in enumerate(node)]


@given(st.text(alphabet="{}[]\"'/*,:\\ \nab1", max_size=60))
def test_any_text_is_a_value_or_an_error_of_the_target(text: str) -> None:
    try:
        parse(text).line("/a")
    except TargetError as cause:
        assert str(cause).startswith("a.json")  # noqa: PT017  # either outcome is right


@pytest.mark.parametrize("unit", ['\\"', "/*", '"', "'", ", ", "a", "//", "{", "/", '{"a":', "a:", "\\", "*"])
@pytest.mark.parametrize("before", ["", '{"a": "', "'", "/*"])
def test_time_grows_no_faster_than_the_text(before: str, unit: str) -> None:
    def look(size: int) -> None:
        with pytest.raises(TargetError):
            parse(before + unit * (size // len(unit)))

    assert grows_linearly(look, 50_000)


def test_lines_of_a_name_that_comes_very_often_take_no_quadratic_time() -> None:
    def look(count: int) -> None:
        text = "{" + ",".join(['"a":1'] * count) + "}"
        assert jsonc.parse(text.encode(), "a.json", DEFAULT_LIMITS).line(f"/a#{count}") == 1

    assert grows_linearly(look, 2500)
