"""Tables are read by field numbers, and no offset leads out of the file."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.formats.flatbuffer import FlatBuffer, Malformed

# A root table at 20 whose fields 0 and 2 are the number 7 and the text «hey»; it has no field 1.
SMALL = (
    struct.pack("<I4s", 20, b"TEST")
    + struct.pack("<HHHHHH", 10, 12, 4, 0, 8, 0)
    + struct.pack("<iiI", 20 - 8, 7, 4)
    + struct.pack("<I4s", 3, b"hey\0")
)


def buffer(data: bytes, steps: int = 100) -> FlatBuffer:
    left = [steps]

    def spend(count: int) -> bool:
        left[0] -= count
        return left[0] >= 0

    return FlatBuffer(Bytes(data), spend)


def test_fields_are_read_by_number_and_missing_ones_are_empty() -> None:
    file = buffer(SMALL)
    root = file.root()
    assert file.identifier() == b"TEST"
    assert (file.integer(root, 0, 4), file.integer(root, 1, 4), file.integer(root, 9, 4)) == (7, 0, 0)
    assert (file.text(root, 2, 99), file.text(root, 2, 2), file.text(root, 1, 9)) == ("hey", "he", "")
    assert file.table(root, 1) is None
    assert file.tables(root, 1) == []


@pytest.mark.parametrize(
    ("at", "value"), [(0, 2**31), (20, 2**30), (28, 2**31), (32, 2**31)], ids=["root", "fields", "text", "length"]
)
def test_an_offset_out_of_the_file_is_refused(at: int, value: int) -> None:
    data = SMALL[:at] + struct.pack("<I", value) + SMALL[at + 4 :]
    file = buffer(data)
    with pytest.raises(Malformed):
        file.text(file.root(), 2, 99)


def test_a_list_longer_than_the_budget_is_not_followed() -> None:
    file = buffer(SMALL + bytes(16), steps=2)
    assert file.tables(file.root(), 2) == []


@given(st.binary(max_size=80), st.integers(0, 40))
def test_any_bytes_are_tables_or_malformed(noise: bytes, at: int) -> None:
    for data in (noise, SMALL[:at] + noise + SMALL[at:]):
        file = buffer(data)
        try:
            root = file.root()
            file.tables(root, 2)
            file.table(root, 0)
            assert len(file.text(root, 2, 50)) <= 50
            assert file.data(root, 2).size <= len(data)
        except Malformed:
            continue
