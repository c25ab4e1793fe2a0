from __future__ import annotations

import pytest

from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import toml
from driftseal.formats.base import Document
from driftseal.limits import DEFAULT_LIMITS, Limits
from growth import grows_linearly


def parse(text: str) -> Document:
    return toml.parse(text.encode(), "a.toml", DEFAULT_LIMITS)


def test_values_become_json() -> None:
    document = parse("a = 2020-01-02\nb = nan\nc = [1, 2.5, true]\nd = 07:30:00\ne.f = 'x'\n")
    assert document.value == {"a": "2020-01-02", "b": "nan", "c": [1, 2.5, True], "d": "07:30:00", "e": {"f": "x"}}


def test_lines_are_those_of_headers_and_keys() -> None:
    document = parse('x = 1\n[servers.a]\ncommand = "x"\n[servers."b c".env]\nK = "v"\n[[q]]\nz = 1\n[[q]]\nz = 2\n')
    places = {"/x": 1, "/servers/a": 2, "/servers/a/command": 3, "/servers/b c/env/K": 5, "/q/0/z": 7, "/q/1/z": 9}
    assert {pointer: document.line(pointer) for pointer in places} == places
    assert document.line("/nothing") == 0


@pytest.mark.parametrize(("text", "line"), [("a = \n", 1), ("a = 1\nb = [\n1,\noops", 4), ("a = 1\na = 2\n", 2)])
def test_an_error_names_file_and_line(text: str, line: int) -> None:
    with pytest.raises(FormatError, match=rf"a\.toml:{line}: not valid TOML") as caught:
        parse(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "{b = " * 50_000, "a." * 100_000 + "a = 1", "[" + "a." * 5000 + "a]\n"]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(LimitExceeded, match="nested"):
        parse(text)


def test_size_and_numbers_are_bounded() -> None:
    with pytest.raises(LimitExceeded, match="larger than 4 bytes"):
        toml.parse(b"a = 1", "a.toml", Limits(slow_text_bytes=4))
    with pytest.raises(FormatError, match="not valid TOML"):
        parse("a = " + "9" * 5000)
    for digits in ("0x" + "f" * 5000, "0o" + "7" * 5000, "0b" + "1" * 20_000):
        with pytest.raises(FormatError, match=r"a\.toml: not valid TOML: an integer of more than 1024 bits"):
            parse(f"[[b]]\na = [{digits}]")
    assert parse("a = 0xffffffffffffffff").value == {"a": 2**64 - 1}
    with pytest.raises(FormatError, match="not UTF-8"):
        toml.parse(b"a = '\xff'", "a.toml", DEFAULT_LIMITS)


@pytest.mark.parametrize("unit", ["[", "a.", "'a'.", '"', "a=1\n", "' ", "[[a]]\n", "a .", "= "])
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def look(size: int) -> None:
        with pytest.raises((FormatError, LimitExceeded)):
            parse(unit * (size // len(unit)) + "\n=")

    assert grows_linearly(look, 25_000)


def test_many_values_below_a_long_name_are_refused() -> None:
    text = f"[{'k' * 1000}]\n" + "".join(f"a{number} = 1\n" for number in range(3))
    assert toml.parse(text.encode(), "a.toml", Limits(pointer_chars=5000)).line(f"/{'k' * 1000}/a2") == 4
    with pytest.raises(LimitExceeded, match=r"a\.toml: too many values below too long names"):
        toml.parse(text.encode(), "a.toml", Limits(pointer_chars=2000))


def test_a_text_that_looks_like_a_table_with_a_long_name_costs_no_memory() -> None:
    text = f'y = 1\nx = """\n[{"k" * 1000}]\n' + "a = 1\n" * 5 + '"""\nz = 1\n'
    document = toml.parse(text.encode(), "a.toml", Limits(pointer_chars=3000))
    assert (document.line("/y"), document.line("/z")) == (1, 0)
