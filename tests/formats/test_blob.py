"""Bytes that are read where they lie: no read leaves its stretch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from driftseal.formats.blob import Blob, Bytes, File

DATA = bytes(range(256))


@pytest.fixture(params=["bytes", "file", "part"])
def blob(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blob]:
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    with path.open("rb") as opened:
        made: dict[str, Blob] = {
            "bytes": Bytes(DATA),
            "file": File(opened, len(DATA)),
            "part": Bytes(b"before" + DATA + b"after").part(6, len(DATA)),
        }
        yield made[request.param]


@pytest.mark.parametrize(
    ("offset", "count", "expected"),
    [(0, 4, DATA[:4]), (250, 100, DATA[250:]), (256, 1, b""), (-1, 5, b""), (5, 0, b""), (5, -1, b"")],
)
def test_reading_stays_within_its_bytes(blob: Blob, offset: int, count: int, expected: bytes) -> None:
    assert blob.read_at(offset, count) == expected


def test_pieces_are_all_bytes_in_order(blob: Blob) -> None:
    assert b"".join(blob.pieces(7)) == DATA


def test_a_part_is_cut_off_at_the_end(blob: Blob) -> None:
    part = blob.part(200, 1000)
    assert (part.size, part.read_at(0, 1000)) == (56, DATA[200:])
    assert blob.part(1000, 5).size == 0
