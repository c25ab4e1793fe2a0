from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.collect.mcp.lines import Lines
from driftseal.errors import LimitExceeded


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_lines_do_not_depend_on_how_the_stream_is_cut(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    lines = Lines(1000)
    found = [line for start, end in itertools.pairwise(places) for line in lines.feed(data[start:end])]
    assert [*found, lines.rest()] == data.split(b"\n")


def test_a_line_longer_than_allowed_is_refused_before_it_is_kept() -> None:
    lines = Lines(10)
    assert list(lines.feed(b"0123456789\n01234")) == [b"0123456789"]
    with pytest.raises(LimitExceeded, match="more than 10 bytes"):
        list(lines.feed(b"567890"))
