"""Safetensors: honest files are quiet; whatever leaves room for something else is told."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.safetensors import Safetensors

TWO = {
    "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
    "b": {"dtype": "I8", "shape": [3], "data_offsets": [16, 19]},
}


def built(header: Any, body: bytes = bytes(19), *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return (len(text) if length is None else length).to_bytes(8, "little") + text + body


def seen(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    return list(Safetensors().read(Bytes(data), "x.safetensors", Budget(limits, 1000, 1000, 1000)))


def facts(data: bytes) -> list[str]:
    return [one.name for one in seen(data) if isinstance(one, Fact)]


def test_an_honest_file_states_its_tensors_and_metadata() -> None:
    data = built({"__metadata__": {"format": "pt"}, **TWO})
    assert Safetensors().claims(data[:4096], Bytes(data))
    assert seen(data) == [
        Property("metadata", {"format": "pt"}),
        Property("tensors", {"a": {"dtype": "F32", "shape": [2, 2]}, "b": {"dtype": "I8", "shape": [3]}}),
    ]


def test_a_tensor_without_elements_and_one_without_dimensions_are_honest() -> None:
    header = {
        "none": {"dtype": "F16", "shape": [0, 5], "data_offsets": [0, 0]},
        "one": {"dtype": "F64", "shape": [], "data_offsets": [0, 8]},
    }
    assert facts(built(header, bytes(8))) == []


def changed(**fields: Any) -> bytes:
    return built({**TWO, "b": {**TWO["b"], **fields}})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (built(TWO, length=1 << 63), "safetensors-header-length"),
        (built(TWO, length=10_000), "safetensors-header-length"),
        (built(b" " + json.dumps(TWO).encode()), "safetensors-header-syntax"),
        (built(json.dumps(TWO).encode() + b"\n"), "safetensors-header-syntax"),
        (built(b'{"a": '), "safetensors-header-syntax"),
        (built(b"{" + b'"a":{' * 5000), "safetensors-header-syntax"),
        (built(b"{" + json.dumps(TWO).encode()[1:-1] + b',"b":{}}'), "safetensors-duplicate-key"),
        (built({**TWO, "__metadata__": {"a": 1}}), "safetensors-metadata-type"),
        (built({**TWO, "__metadata__": "x"}), "safetensors-metadata-type"),
        (changed(dtype="F33"), "safetensors-tensor-invalid"),
        (changed(more=1), "safetensors-tensor-invalid"),
        (changed(shape="3"), "safetensors-tensor-invalid"),
        (changed(data_offsets=[19, 16]), "safetensors-tensor-invalid"),
        (changed(data_offsets=[-1, 2]), "safetensors-tensor-invalid"),
        (changed(shape=[4]), "safetensors-size-differs"),
        (changed(shape=[1 << 62, 1 << 62, 4]), "safetensors-size-differs"),
        (changed(shape=[3], data_offsets=[15, 18]), "safetensors-overlap"),
        (built({**TWO, "b": {**TWO["b"], "data_offsets": [17, 20]}}, bytes(20)), "safetensors-hole"),
        (built(TWO, bytes(18)), "safetensors-beyond-end"),
        (built(TWO, bytes(19) + b"more"), "trailing-data"),
    ],
)
def test_what_does_not_fit_is_told(data: bytes, expected: str) -> None:
    assert Safetensors().claims(data[:4096], Bytes(data))
    assert expected in facts(data)


def test_an_archive_behind_the_tensors_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../escape", "x")
    found = reading.read(Bytes(built(TWO, bytes(19) + file.getvalue())), "x.safetensors", DEFAULT_LIMITS)
    assert found.format == "safetensors"
    assert found.formats["#trailing"] == "zip"
    assert [fact.path for fact in found.facts if fact.name == "path-escapes"] == ["#trailing"]


def test_a_program_in_place_of_numbers_is_looked_at() -> None:
    data = built(TWO, b"\x7fELF" + bytes(15))
    assert [one.path for one in seen(data) if isinstance(one, Embedded)] == ["a"]


def test_more_tensors_than_are_read_are_a_blank() -> None:
    header: Any = {str(number): {} for number in range(DEFAULT_LIMITS.stated_entries + 1)}
    assert seen(built(header)) == [Blank("more tensors than limits.stated_entries")]


def test_a_header_that_is_long_beyond_reason_is_a_blank() -> None:
    long = DEFAULT_LIMITS.tensor_header_bytes + 8
    assert seen(built(b"{}" + b" " * (long - 2))) == [
        Blank(f"a header of {long} bytes, more than limits.tensor_header_bytes")
    ]


def test_text_with_a_brace_in_its_ninth_place_is_not_taken_for_it() -> None:
    text = b'12345678{"a": 1}'
    assert not Safetensors().claims(text, Bytes(text))


@given(some.integers(0, 250), some.binary(min_size=1, max_size=9), some.integers(0, 250))
def test_no_change_of_bytes_breaks_the_reader(at: int, value: bytes, cut: int) -> None:
    base = built({"__metadata__": {"format": "pt"}, **TWO})
    seen(base[:at] + value + base[at + len(value) :])
    seen(base[:cut])


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(max_size=5),
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    )
)
def test_no_header_breaks_the_reader(header: Any) -> None:
    seen(built(header))
    seen(built({"x": header, "y": {"dtype": header, "shape": header, "data_offsets": header}}))


@pytest.mark.parametrize("value", ["import os; os.system('id')", "<script>x</script>", "8004" + "95" * 20])
def test_metadata_that_is_a_program_or_a_pickle_is_told(value: str) -> None:
    assert facts(built({"__metadata__": {"note": value}, **TWO})) == ["metadata-holds-code"]


def test_metadata_that_speaks_of_hair_is_no_program() -> None:
    told = {"ss_tag_frequency": '{"1_a": {"hair curl ": 3, "evaluation": 1}}', "format": "pt"}
    assert facts(built({"__metadata__": told, **TWO})) == []
