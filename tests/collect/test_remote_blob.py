"""A remote file reads as if it lay here, from few requests and little memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.collect.models.remote import Allowance, Remote
from driftseal.errors import ProtocolError
from driftseal.limits import DEFAULT_LIMITS

DATA = bytes(number % 251 for number in range(5000))
SMALL = replace(DEFAULT_LIMITS, remote_piece_bytes=64, remote_request_bytes=256, remote_cache_bytes=512)


class Far:
    """What is asked of a server, and answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def fetch(self, offset: int, count: int) -> bytes:
        self.asked.append((offset, count))
        return DATA[offset : offset + count]

    def blob(self) -> Remote:
        return Remote(self.fetch, len(DATA), Allowance(SMALL, whole=False), SMALL)


@given(st.lists(st.tuples(st.integers(-10, 5100), st.integers(-10, 1200)), max_size=20))
def test_every_stretch_is_the_one_that_lies_there(stretches: list[tuple[int, int]]) -> None:
    far = Far()
    blob = far.blob()
    for offset, count in stretches:
        assert blob.read_at(offset, count) == (DATA[offset : offset + count] if offset >= 0 < count else b"")
    assert all(count <= SMALL.remote_request_bytes for _, count in far.asked)
    assert all(offset + count <= len(DATA) for offset, count in far.asked)


def test_what_was_read_is_not_asked_for_again() -> None:
    far = Far()
    blob = far.blob()
    assert blob.read_at(100, 20) == blob.read_at(100, 20) == DATA[100:120]
    assert far.asked == [(64, 64)]


def test_a_file_that_is_read_in_order_takes_few_requests() -> None:
    far = Far()
    blob = far.blob()
    assert b"".join(blob.read_at(at, 10) for at in range(0, len(DATA), 10)) == DATA
    assert len(far.asked) < 25


def test_pieces_that_are_far_back_are_let_go() -> None:
    far = Far()
    blob = far.blob()
    blob.read_at(0, 1)
    blob.read_at(1000, 1000)
    before = len(far.asked)
    assert blob.read_at(0, 1) == DATA[:1]
    assert len(far.asked) == before + 1


def test_a_server_that_fails_is_an_error_of_reading_with_its_mend() -> None:
    def fails(offset: int, count: int) -> bytes:
        raise ProtocolError(f"nothing at {offset} for {count}", hint="try again")

    blob = Remote(fails, 100, Allowance(SMALL, whole=False), SMALL)
    with pytest.raises(OSError, match=r"^nothing at 0 for 100; try again$"):
        blob.read_at(0, 10)
