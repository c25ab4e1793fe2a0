"""Messages are walked by numbers and wire types, within their bounds, past what is long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Blob, Bytes
from driftseal.formats.protobuf import Field, Malformed, Messages
from protobuf_bytes import block, number, varint


def messages(data: bytes | Blob, most: int = 1000) -> Messages:
    left = iter(range(most))
    return Messages(data if isinstance(data, Blob) else Bytes(data), lambda: next(left, -1) >= 0)


class Counting(Bytes):
    """Bytes that count how many of them are read."""

    read = 0

    def read_at(self, offset: int, count: int) -> bytes:
        data = super().read_at(offset, count)
        self.read += len(data)
        return data


def test_fields_of_every_kind_are_told_with_their_places() -> None:
    data = number(1, 300) + block(2, "hey") + b"\x1d1234" + b"\x2112345678"
    reader = messages(data)
    found = list(reader.fields())
    assert found == [Field(1, 0, 1, 2, 300), Field(2, 2, 5, 3), Field(3, 5, 9, 4), Field(4, 1, 14, 8)]
    assert reader.text(found[1], 2) == "he"


def test_a_message_within_a_field_is_walked_in_its_bounds() -> None:
    reader = messages(block(1, number(5, 7)) + number(6, 8))
    outer = next(reader.fields())
    assert [(field.number, field.value) for field in reader.fields(outer)] == [(5, 7)]


def test_long_fields_are_not_read() -> None:
    blob = Counting(block(1, bytes(5_000_000)) + block(2, "end"))
    reader = messages(blob)
    assert [reader.text(field, 9) for field in reader.fields() if field.number == 2] == ["end"]
    assert blob.read < 100_000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\x0b", "a field of no known kind at byte 0"),
        (b"\x0a\x05abc", "a field that ends behind its message at byte 0"),
        (number(1, 1) + b"\x0d12", "a field that ends behind its message at byte 2"),
        (b"\x00\x01", "a field without a number at byte 0"),
        (b"\x08" + b"\xff" * 11, "a number without an end at byte 1"),
        (b"\x08", "a number without an end at byte 1"),
        (b"\x0a" + varint(2**64 - 1), "a field that ends behind its message at byte 0"),
    ],
)
def test_what_is_no_message_is_refused_at_its_place(data: bytes, problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        list(messages(data).fields())


def test_a_spent_budget_ends_the_walk() -> None:
    assert len(list(messages(number(1, 1) * 50, most=20).fields())) == 20


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_malformed(data: bytes) -> None:
    reader = messages(data)
    try:
        for field in reader.fields():
            assert field.at + field.size <= len(data)
            assert len(reader.data(field, 50)) == min(field.size, 50)
    except Malformed as cause:
        assert cause.at <= len(data)  # noqa: PT017 - either may come
