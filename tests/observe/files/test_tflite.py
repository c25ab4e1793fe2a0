"""TensorFlow Lite: operators that the format does not bring are named."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Blank, Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.tflite import TFLite


def table(fields: dict[int, int | bytes], at: int) -> bytes:
    """A table that lies at ``at``: numbers in place, everything else behind it."""
    count = max(fields, default=-1) + 1
    slots = [4 + 4 * sorted(fields).index(field) if field in fields else 0 for field in range(count)]
    size = 4 + 4 * len(fields)
    listed = struct.pack(f"<HH{count}H", 4 + 2 * count, size, *slots)
    listed += bytes(-len(listed) % 4)
    behind = at + size + len(listed)
    body, tail = b"", b""
    for field in sorted(fields):
        value = fields[field]
        if isinstance(value, int):
            body += struct.pack("<I", value)
        else:
            body += struct.pack("<I", behind + len(tail) - (at + 4 + len(body)))
            tail += value + bytes(-len(value) % 4)
    return struct.pack("<i", -size) + body + listed + tail


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode() + b"\0"


def tables(entries: list[bytes]) -> bytes:
    offsets, at = [], 4 * len(entries)
    for number, entry in enumerate(entries):
        offsets.append(at - 4 * number)
        at += len(entry)
    return struct.pack(f"<{len(entries) + 1}I", len(entries), *offsets) + b"".join(entries)


def operator(name: str) -> bytes:
    return table({1: text(name), 3: 32} if name else {3: 9}, 0)


def model(*operators: str) -> bytes:
    root = table({0: 3, 1: tables([operator(name) for name in operators]), 3: text("MLIR Converted.")}, 0)
    return struct.pack("<I4s", 8, b"TFL3") + root


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, 10_000)
    return list(TFLite().read(Bytes(data), "model.tflite", budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


def test_an_honest_model_is_quiet() -> None:
    data = model("", "")
    assert TFLite().claims(data, Bytes(data))
    assert read(data) == [Property("description", "MLIR Converted.")]


def test_operators_from_elsewhere_are_named() -> None:
    assert facts(model("", "MyOp")) == [("tflite-custom-operator", "MyOp")]
    assert facts(model("FlexErf")) == [("tflite-flex-operator", "Erf")]
    assert facts(model("FlexReadFile")) == [
        ("tflite-flex-operator", "ReadFile"),
        ("tensorflow-file-operator", "ReadFile"),
    ]
    assert Property("operators", {"FlexErf": 1, "MyOp": 2}) in read(model("MyOp", "FlexErf", "MyOp"))


def test_an_appended_archive_is_handed_on() -> None:
    data = model("") + b"PK\x03\x04" + bytes(30) + b"PK\x05\x06" + bytes(18)
    assert [(one.hint, one.blob.size) for one in read(data) if isinstance(one, Embedded)] == [("zip", len(data))]


@pytest.mark.parametrize("length", [8, 12, 20, 40])
def test_a_file_that_was_cut_is_not_clean(length: int) -> None:
    seen = read(model("MyOp")[:length])
    assert [one.name for one in seen if isinstance(one, Fact)] == ["tflite-damaged"]
    assert any(isinstance(one, Blank) for one in seen)


@given(st.binary(min_size=1, max_size=8), st.integers(0, 120))
def test_no_change_breaks_the_reader(noise: bytes, at: int) -> None:
    data = bytearray(model("MyOp", "FlexErf", ""))
    data[at : at + len(noise)] = noise
    assert isinstance(read(bytes(data)), list)
