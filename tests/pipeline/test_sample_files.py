"""Examples of rules write files as bytes that a person can read."""

from __future__ import annotations

import pytest

from driftseal.errors import RuleError
from driftseal.pipeline._sample_files import assemble


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ('80 02 "cposix\\nsystem\\n"   # GLOBAL', b"\x80\x02cposix\nsystem\n"),
        ('00*4 ff "a\\"b\\\\" 0A0b', b'\0\0\0\0\xffa"b\\\n\x0b'),
        ('"# no comment" # a comment\n01', b"# no comment\x01"),
        ("", b""),
    ],
)
def test_hexadecimal_texts_repetitions_and_comments_become_bytes(written: str, data: bytes) -> None:
    assert assemble(written, "x.yaml") == data


@pytest.mark.parametrize("written", ["8", "zz", '"open', "80 0"])
def test_anything_else_is_an_error_that_shows_it(written: str) -> None:
    with pytest.raises(RuleError, match=r"x\.yaml: neither hexadecimal nor a quoted text"):
        assemble(written, "x.yaml")
