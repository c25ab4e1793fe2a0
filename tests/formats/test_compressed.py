"""Compressed bytes come out in pieces, to their end or to a bound, and damage is told."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from driftseal.formats.blob import Bytes
from driftseal.formats.compressed import Unpacked, kind, kind_of, measure, raw_deflate
from driftseal.limits import DEFAULT_LIMITS, KIB, MIB

TEXT = b"weights and biases " * 5000
PACKED = {
    "gzip": gzip.compress(TEXT),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "lzma": lzma.compress(TEXT, lzma.FORMAT_ALONE),
    "zlib": zlib.compress(TEXT),
}


def unpacked(data: bytes) -> bytes:
    kind = kind_of(data[:4096], DEFAULT_LIMITS)
    assert kind is not None
    assert kind.make is not None
    streams = 9 if kind.again else 1
    found = measure(Bytes(data), kind.make, 8 * MIB, DEFAULT_LIMITS, kind.magic, streams)
    assert not found.problem
    return Unpacked(Bytes(data), kind.make, found.size, kind.magic, streams).read_at(0, found.size)


@pytest.mark.parametrize("name", PACKED)
def test_every_kind_is_told_by_its_bytes_and_unpacked(name: str) -> None:
    kind = kind_of(PACKED[name][:4096], DEFAULT_LIMITS)
    assert kind is not None
    assert kind.name == name
    assert unpacked(PACKED[name]) == TEXT


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_a_second_stream_belongs_to_the_same_file(name: str) -> None:
    assert unpacked(PACKED[name] * 2) == TEXT * 2


def test_text_that_begins_as_zlib_does_is_not_taken_for_it() -> None:
    assert kind_of(b"x\x9c is how it begins, and no more", DEFAULT_LIMITS) is None
    assert kind_of(b"xyz", DEFAULT_LIMITS) is None


def test_unpacking_ends_at_the_bound() -> None:
    bomb = zlib.compress(bytes(50 * MIB))
    kind = kind_of(bomb[:4096], DEFAULT_LIMITS)
    assert kind is not None
    assert kind.make is not None
    found = measure(Bytes(bomb), kind.make, 2 * MIB, DEFAULT_LIMITS)
    assert found.bounded
    assert found.size <= 4 * MIB


def test_a_stream_that_is_cut_off_gives_what_came_before() -> None:
    kind = kind_of(PACKED["gzip"], DEFAULT_LIMITS)
    assert kind is not None
    assert kind.make is not None
    found = measure(Bytes(PACKED["gzip"][:-9]), kind.make, MIB, DEFAULT_LIMITS)
    assert found.problem == "it ends before its own end"
    assert 0 < found.size <= len(TEXT)


def test_output_that_fills_the_last_call_is_not_taken_for_a_missing_end() -> None:
    for size in (MIB - 1, MIB, MIB + 1, 2 * MIB):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = packer.compress(bytes(size)) + packer.flush()
        found = measure(Bytes(data), raw_deflate, 40 * MIB, DEFAULT_LIMITS)
        assert (found.size, found.problem, found.packed) == (size, "", len(data))


def test_a_piece_is_read_without_unpacking_the_rest() -> None:
    packed = gzip.compress(bytes(MIB) + TEXT)
    kind = kind_of(packed, DEFAULT_LIMITS)
    assert kind is not None
    assert kind.make is not None
    blob = Unpacked(Bytes(packed), kind.make, MIB + len(TEXT))
    assert blob.read_at(MIB, 7) == b"weights"
    assert blob.read_at(5, 3) == bytes(3)
    assert blob.read_at(MIB + len(TEXT), 1) == b""


@given(some.binary(max_size=200), some.sampled_from(sorted(PACKED)), some.integers(0, 4 * KIB))
def test_no_bytes_break_the_reader(noise: bytes, name: str, at: int) -> None:
    base = PACKED[name]
    data = base[: at % len(base)] + noise + base[at % len(base) :]
    kind = kind_of(data[:4096], DEFAULT_LIMITS)
    if kind is not None and kind.make is not None:
        found = measure(Bytes(data), kind.make, MIB, DEFAULT_LIMITS, kind.magic, 3)
        assert 0 <= found.packed <= len(data)


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstd", "lzma", "zlib"])
def test_bytes_that_only_begin_as_a_kind_does_are_damaged(name: str) -> None:
    found = kind(name, DEFAULT_LIMITS)
    assert found.make is not None
    told = measure(Bytes(found.magic + b"\xff" * 100), found.make, MIB, DEFAULT_LIMITS, found.magic)
    assert told.problem
    assert not told.bounded
