"""Digests know their algorithm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.model.digest import Digest
from driftseal.model.rule import Confidence, Severity


@given(st.binary())
def test_printing_and_parsing_are_inverse(data: bytes) -> None:
    digest = Digest.of(data)
    assert Digest.parse(str(digest)) == digest


@pytest.mark.parametrize(
    "text", ["", "sha256:", "sha256:" + "0" * 63, "sha512:" + "0" * 64, "md5:" + "0" * 32, "sha256:" + "G" * 64]
)
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        Digest.parse(text)


@pytest.mark.parametrize("level", [*Severity, *Confidence])
def test_levels_print_and_parse_in_lower_case(level: Severity | Confidence) -> None:
    assert type(level).parse(str(level)) is level


def test_an_unknown_level_names_those_that_exist() -> None:
    with pytest.raises(ValueError, match="'severe' is none of info, low, medium, high, critical"):
        Severity.parse("severe")
