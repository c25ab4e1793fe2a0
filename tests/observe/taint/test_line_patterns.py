"""Patterns for ends of lines: which match one wherever it stands."""

from __future__ import annotations

import pytest

from driftseal.observe.taint.patterns import breaks


@pytest.mark.parametrize(
    "pattern", [r"/\r?\n/g", r"/[\r\n\0]/", "\n", r"/\s+/g", r"/\r\n|\n|\r/g", r"/[\x00-\x1f]/", "[\r\n]"]
)
def test_an_end_of_a_line_is_matched_alone(pattern: str) -> None:
    assert breaks(pattern)


@pytest.mark.parametrize("pattern", [r"/\r\n/g", "\r\n", r"/[^a-z]/", r"/\d+/"])
def test_a_pair_of_ends_and_other_letters_match_no_end_that_stands_alone(pattern: str) -> None:
    assert not breaks(pattern)
