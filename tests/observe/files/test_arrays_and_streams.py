"""NumPy arrays and compressed files: plain ones are quiet, pickles inside are handed on, lies are told."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from driftseal.formats.blob import Blob, Bytes
from driftseal.limits import DEFAULT_LIMITS, MIB
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.compressed import Compressed
from driftseal.observe.files.numpy import Numpy

PICKLE: Final = b"\x80\x02]q\x00."
LIMITS: Final = replace(DEFAULT_LIMITS, unpacked_bytes=32 * MIB)


def seen(analyser: Analyser, data: bytes, name: str = "x.npy") -> list[Seen]:
    budget = Budget(LIMITS, LIMITS.unpacked_bytes, 100, 1000)
    return list(analyser.read(Bytes(data), name, budget))


def facts(analyser: Analyser, data: bytes) -> list[str]:
    return [one.name for one in seen(analyser, data) if isinstance(one, Fact)]


def inside(analyser: Analyser, data: bytes, name: str = "x.npy") -> dict[str, bytes]:
    return {one.path: whole(one.blob) for one in seen(analyser, data, name) if isinstance(one, Embedded)}


def whole(blob: Blob) -> bytes:
    return b"".join(blob.pieces())


def array(descr: str, shape: str, body: bytes, version: int = 1, header: str | None = None) -> bytes:
    text = header or f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    data = text.encode().ljust(118 if version == 1 else 116) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(data).to_bytes(2 if version == 1 else 4, "little") + data + body


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_array_of_numbers_states_its_type_and_shape(version: int) -> None:
    data = array("'<f8'", "(3, 2)", bytes(48), version)
    assert Numpy().claims(data[:4096], Bytes(data))
    assert seen(Numpy(), data) == [Property("array", {"descr": "<f8", "shape": [3, 2]})]


@pytest.mark.parametrize(
    ("descr", "size"),
    [
        ("'|b1'", 1),
        ("'<U7'", 28),
        ("'|S5'", 5),
        ("'<M8[ns]'", 8),
        ("[('a', '<f4'), ('', '|V4'), ('b', '<i8', (2, 3))]", 56),
        ("[('a', [('x', '|u1')])]", 1),
        ('[("it\'s", "|u1")]', 1),
    ],
)
def test_every_plain_type_takes_the_bytes_that_it_takes(descr: str, size: int) -> None:
    assert facts(Numpy(), array(descr, "(2L,)", bytes(2 * size))) == []
    assert facts(Numpy(), array(descr, "(2,)", bytes(2 * size) + b"x")) == ["trailing-data"]
    assert facts(Numpy(), array(descr, "(2,)", bytes(2 * size - 1))) == ["numpy-truncated"]


@pytest.mark.parametrize(
    "descr", ["'|O'", "'O'", "'|O8'", "[('a', '<f4'), ('b', '|O')]", "[('a', [('b', 'O')])]", "'?!'"]
)
def test_an_array_of_objects_is_a_pickle(descr: str) -> None:
    data = array(descr, "(1,)", PICKLE)
    assert facts(Numpy(), data) == ["numpy-objects"]
    assert [(one.path, one.hint) for one in seen(Numpy(), data) if isinstance(one, Embedded)] == [("objects", "pickle")]
    assert inside(Numpy(), data) == {"objects": PICKLE}


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': __import__('os').system('id')}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}",
        "{'descr': '\\d', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': 0in (), 'fortran_order': False, 'shape': (1,)}",
        "(" * 100,
        "((((" * 20 + "))))" * 20,
        "{[]: 1}",
        "1",
    ],
)
def test_a_header_that_is_more_than_a_literal_is_told(header: str) -> None:
    assert facts(Numpy(), array("", "", PICKLE, header=header)) == ["numpy-header"]


def test_a_header_longer_than_the_file_is_told() -> None:
    assert facts(Numpy(), b"\x93NUMPY\x01\0\xff\xff{}") == ["numpy-header"]
    assert facts(Numpy(), b"\x93NUMPY\x07\0\xff\xff{}") == ["numpy-header"]


def test_an_array_whose_size_overflows_is_told() -> None:
    assert facts(Numpy(), array("'<f8'", "(9999999999, 9999999999, 9999999999)", b"")) == ["numpy-truncated"]


PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "joblib before 0.10": lambda data: b"ZF" + hex(len(data)).encode().ljust(19) + zlib.compress(data),
}


@pytest.mark.parametrize("name", PACKERS)
def test_what_is_compressed_is_handed_on(name: str) -> None:
    data = PACKERS[name](PICKLE)
    assert Compressed().claims(data[:4096], Bytes(data))
    assert seen(Compressed(), data)[1:] == []
    assert inside(Compressed(), data, "model.pkl.z") == {"model.pkl": PICKLE}
    assert inside(Compressed(), data, "model.joblib") == {"#unpacked.joblib": PICKLE}


@pytest.mark.parametrize("name", PACKERS)
def test_bytes_behind_a_stream_are_told_and_read(name: str) -> None:
    data = PACKERS[name](b"x" * 50) + PICKLE
    assert facts(Compressed(), data) == ["trailing-data"]
    assert inside(Compressed(), data)["#trailing"] == PICKLE


@pytest.mark.parametrize("name", PACKERS)
def test_a_stream_that_is_cut_off_is_told_and_read_as_far_as_it_goes(name: str) -> None:
    data = PACKERS[name](bytes(range(256)) * 999)[:-3]
    found = seen(Compressed(), data)
    assert [one.name for one in found if isinstance(one, Fact)] == ["compressed-broken"]
    assert any(isinstance(one, Blank) for one in found)


def test_a_bomb_ends_at_the_budget() -> None:
    found = seen(Compressed(), gzip.compress(bytes(40 * MIB)))
    assert [one.name for one in found if isinstance(one, Fact)] == ["extreme-ratio"]
    assert any(isinstance(one, Blank) and "unpacked_bytes" in one.why for one in found)


def test_a_kind_that_cannot_be_unpacked_is_a_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftseal.formats.compressed._maker", lambda *_: None)
    data = b"\x28\xb5\x2f\xfd" + bytes(20)
    assert Compressed().claims(data, Bytes(data))
    assert seen(Compressed(), data) == [Blank("compressed with zstd, which this Python cannot unpack")]


@given(some.binary(max_size=300), some.integers(0, 200), some.binary(max_size=6))
def test_no_bytes_break_the_readers(noise: bytes, at: int, value: bytes) -> None:
    for base in (array("'<f8'", "(3, 2)", bytes(48)), zlib.compress(noise), array("'O'", "(1,)", noise, 2), noise):
        data = base[:at] + value + base[at + len(value) :]
        seen(Numpy(), data)
        inside(Compressed(), data)


@given(some.text("{}()[]:,' 0123456789TrueFalsNon\n", max_size=80))
def test_no_header_breaks_the_reader(text: str) -> None:
    assert isinstance(seen(Numpy(), array("", "", b"", header="{'descr'" + text)), list)
