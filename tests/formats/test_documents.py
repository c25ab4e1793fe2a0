from __future__ import annotations

import pytest

from driftseal.errors import FormatError, LimitExceeded
from driftseal.formats import document
from driftseal.formats.base import Document
from driftseal.limits import DEFAULT_LIMITS, Limits


def read(text: str, name: str) -> Document:
    return document.read(text.encode(), name, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"a": {"b": [1]}}'),
        ("a.jsonc", '{"a": {"b": [1,]}} // x'),
        ("A.JSON5", "{a: {b: [1]}}"),
        ("a.toml", "[a]\nb = [1]\n"),
        ("a.yaml", "a:\n  b: [1]\n"),
        ("a.yml", "a: {b: [1]}"),
        ("a.md", "---\na:\n  b: [1]\n---\n# Text\n"),
        ("settings", '{"a": {"b": [1]}}'),
    ],
)
def test_a_file_is_read_by_its_name(name: str, text: str) -> None:
    assert read(text, name).value == {"a": {"b": [1]}}


def test_lines_of_front_matter_count_in_the_whole_file() -> None:
    found = read("---\nname: x\nservers:\n  a:\n    command: y\n---\n# Text\n", "a.md")
    assert (found.line("/name"), found.line("/servers/a"), found.line("/servers/a/command")) == (2, 4, 5)


def test_text_without_front_matter_is_nothing() -> None:
    assert read("# Text\n---\na: 1\n---\n", "a.md").value is None
    assert read("", "a.md").value is None
    assert read("", "a.yaml").value is None


def test_front_matter_that_never_ends_is_an_error() -> None:
    with pytest.raises(FormatError, match=r"a\.md:1: the front matter never ends"):
        read("---\na: 1\n", "a.md")


def test_front_matter_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        document.read(b"---\n" + b"a" * 100, "a.md", Limits(file_bytes=50))
