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


PICKLE = b"cos\nsystem\n(S'id'\ntR."


def weights(*contents: bytes) -> bytes:
    held = [table({0: struct.pack("<I", len(one)) + one} if one else {0: b"\0\0\0\0"}, 0) for one in contents]
    root = table({0: 3, 1: tables([operator("")]), 4: tables(held)}, 0)
    return struct.pack("<I4s", 8, b"TFL3") + root


def behind(data: bytes) -> list[tuple[str, bytes]]:
    return [(one.path, one.blob.read_at(0, 1000)) for one in read(data) if isinstance(one, Embedded)]


@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x04\x95\x1b\0\0\0\0\0\0\0\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R.",
        PICKLE,
        b"\x80\x02" + PICKLE,
    ],
)
@pytest.mark.parametrize("gap", [b"", bytes(3), bytes(16), b"some text "])
def test_a_pickle_behind_the_model_is_handed_on(pickled: bytes, gap: bytes) -> None:
    data = weights(b"\x01\x02\x03\x04" * 9)
    assert behind(data) == []
    assert facts(data) == []
    assert facts(data + gap + pickled) == [("trailing-data", "")]
    assert behind(data + gap + pickled) == [("#trailing", pickled)]


def test_structure_that_stands_behind_all_lists_is_no_file() -> None:
    assert behind(weights(b"\x01\x02\x03\x04") + struct.pack("<20I", *range(20)) + b"subgraph\0") == []


def test_weights_that_begin_as_a_file_are_handed_on() -> None:
    assert behind(weights(b"\x01\x02\x03\x04", b"\x80\x04" + PICKLE)) == [("#buffer-1", b"\x80\x04" + PICKLE)]


def test_a_list_that_ends_behind_the_file_hides_nothing() -> None:
    data = weights(b"\x01\x02\x03\x04" * 9)
    told = struct.pack("<I", 36)
    seen = read(data.replace(told, struct.pack("<I", 5000)) + PICKLE)
    assert [one.name for one in seen if isinstance(one, Fact)] == ["tflite-damaged"]


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
