from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.collect.mcp.eventstream import EventParser
from driftseal.errors import LimitExceeded
from growth import grows_linearly


def events(*chunks: bytes, most: int = 10_000) -> list[tuple[bytes, bytes]]:
    parser = EventParser(most)
    return [(event.name, event.data) for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_of_the_three_line_ends_ends_a_line(end: bytes) -> None:
    stream = end.join([b"event: endpoint", b"data: /messages", b"", b"data: a", b"data:b", b"", b""])
    assert events(stream) == [(b"endpoint", b"/messages"), (b"message", b"a\nb")]


def test_comments_ids_retries_and_unknown_fields_are_no_data() -> None:
    assert events(b": ping\n\nid: 1\nretry: 5\nfoo: bar\ndata\ndata: x\nid\n\n") == [(b"message", b"\nx")]


def test_an_event_without_data_is_none_and_its_name_is_forgotten() -> None:
    assert events(b"event: endpoint\n\ndata: x\n\n") == [(b"message", b"x")]


def test_only_one_space_after_the_colon_is_cut_away() -> None:
    assert events(b"data:  two\n\n") == [(b"message", b" two")]


def test_a_byte_order_mark_counts_only_at_the_beginning() -> None:
    assert events(b"\xef\xbb\xbfdata: x\n\n\xef\xbb\xbfdata: y\n\n") == [(b"message", b"x")]


def test_an_event_that_was_not_ended_is_not_given() -> None:
    assert events(b"data: x\n") == []


@given(st.lists(st.sampled_from([b"data: x", b"event: y", b": c", b"", b"data", b"\xff"])), st.data())
def test_where_the_chunks_are_cut_makes_no_difference(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + data.draw(st.sampled_from([b"\n", b"\r", b"\r\n"])) for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    chunks = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events(*chunks) == events(stream)


@pytest.mark.parametrize(
    "chunk", [b"data: " + b"x" * 100, b"data:\n", b"x", b": comment\n", b"event: e\n"], ids=lambda chunk: chunk[:8]
)
def test_an_endless_event_is_stopped_whatever_it_is_made_of(chunk: bytes) -> None:
    parser = EventParser(1000)

    def endless() -> None:
        for _ in range(2000):
            list(parser.feed(chunk))

    with pytest.raises(LimitExceeded, match="an event of more than 1000 bytes"):
        endless()


def test_many_events_below_the_bound_pass() -> None:
    assert len(events(*[b"data: x\n\n"] * 1000, most=20)) == 1000


def test_a_large_event_in_single_bytes_takes_linear_time() -> None:
    def run(count: int) -> None:
        parser = EventParser(10_000_000)
        for _ in range(count):
            list(parser.feed(b"x"))
        assert list(parser.feed(b"\n\n")) == []

    assert grows_linearly(run, 25_000)
