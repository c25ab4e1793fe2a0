from __future__ import annotations

import pytest

from driftseal import yamltext
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.item import Json
from growth import grows_linearly


def read(text: str) -> list[Json]:
    return list(yamltext.documents(text.encode(), "a.yaml", DEFAULT_LIMITS))


def test_scalars_become_the_json_values_that_people_mean() -> None:
    text = "[1, 0x1F, 017, 1_000, 1.5, 1e3, yes, ~, '1', \"no\", 2026-01-01, -3, 0, 08, x]"
    assert read(text) == [[1, 31, 15, 1000, 1.5, 1000.0, True, None, "1", "no", "2026-01-01", -3, 0, "08", "x"]]


def test_numbers_that_json_cannot_hold_stay_text() -> None:
    assert read("[.inf, -.inf, .nan, 1e999]") == [[".inf", "-.inf", ".nan", "1e999"]]


def test_an_alias_is_refused_with_its_line_whatever_loader_is_there() -> None:
    with pytest.raises(FormatError, match=r"a\.yaml:2: YAML aliases are not read") as caught:
        read("a: &x [1]\nb: *x\n")
    assert caught.value.line == 2


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(FormatError, match="aliases"):
        read("\n".join(lines))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "\n".join(" " * n + "a:" for n in range(900))]
)
def test_depth_is_bounded_before_any_stack_is(text: str) -> None:
    with pytest.raises((LimitExceeded, FormatError)):
        read(text)


def test_a_number_in_base_sixty_is_text_at_once() -> None:
    def look(count: int) -> None:
        assert read("a: 1" + ":1" * count) == [{"a": "1" + ":1" * count}]

    assert grows_linearly(look, 25_000)


def test_an_endless_number_is_text() -> None:
    assert read("9" * 100_000) == ["9" * 100_000]


def test_a_key_given_twice_is_kept_and_told() -> None:
    (document,) = yamltext.positioned(b"a: 1\na: 2\n", "a.yaml", DEFAULT_LIMITS)
    assert document.value == {"a": 1, "a#2": 2}
    assert document.duplicate_keys == ("a",)


def test_lines_are_those_of_the_keys() -> None:
    (document,) = yamltext.positioned(
        b"# c\nservers:\n  one:\n    command: x\n    args:\n      - y\n", "a", DEFAULT_LIMITS
    )
    assert document.lines["/servers/one"] == 3
    assert document.lines["/servers/one/command"] == 4
    assert document.lines["/servers/one/args/0"] == 6


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(FormatError, match=r"a\.yaml:2: not valid YAML"):
        read("a: [1,\nb: }\n")


def test_no_tag_makes_an_object() -> None:
    assert read("!!python/object/apply:os.system ['true']") == [["true"]]


def test_a_larger_file_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="larger than 10 bytes"):
        list(yamltext.documents(b"a: " + b"x" * 10, "a", Limits(slow_text_bytes=10)))


def test_a_later_document_costs_nothing_until_asked_for() -> None:
    stream = yamltext.documents(b"a: 1\n---\n{{{", "a", DEFAULT_LIMITS)
    assert next(stream) == {"a": 1}


def test_an_alias_may_be_read_as_null_but_never_as_a_key() -> None:
    text = b"a: &x [1, 2]\nb: *x\nc:\n  <<: *x\n  d: 3\n"
    (document,) = yamltext.positioned(text, "f", DEFAULT_LIMITS, past_aliases=True)
    assert document.value == {"a": [1, 2], "b": None, "c": {"<<": None, "d": 3}}
    assert document.lines["/b"] == 2
    with pytest.raises(FormatError, match="f:2: YAML aliases"):
        list(yamltext.positioned(b"a: &x 1\n*x : 2\n", "f", DEFAULT_LIMITS, past_aliases=True))


def test_many_values_below_long_names_are_refused() -> None:
    text = f"{'k' * 500}:\n  {'k' * 500}:\n" + "".join(f"    a{number}: x\n" for number in range(5))
    assert list(yamltext.documents(text.encode(), "a.yaml", Limits(pointer_chars=8000)))
    with pytest.raises(LimitExceeded, match=r"a\.yaml: too many values below too long names"):
        list(yamltext.documents(text.encode(), "a.yaml", Limits(pointer_chars=5000)))


def test_a_name_that_comes_very_often_takes_no_quadratic_time() -> None:
    assert grows_linearly(lambda count: list(yamltext.documents(b"a: 1\n" * count, "a.yaml", DEFAULT_LIMITS)), 2500)
