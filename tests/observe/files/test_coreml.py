"""Core ML: classes of the loading program and paths are found in networks, pipelines and programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.files.base import Budget, Embedded, Fact, Property, Seen
from driftseal.observe.files.coreml import CoreML
from protobuf_bytes import block, number


def network(*layers: bytes) -> bytes:
    return b"".join(block(1, layer) for layer in layers)


def model(kind: int, inside: bytes, *user: bytes) -> bytes:
    about = block(1, "Finds cats") + block(3, "Somebody") + b"".join(block(100, one) for one in user)
    return number(1, 4) + block(2, block(100, about)) + block(kind, inside)


PLAIN = block(1, "conv") + block(100, b"")
CUSTOM = block(1, "odd") + block(500, block(10, "EvilLayer"))


def program(path: str) -> bytes:
    value = block(5, block(1, path) + number(2, 64))
    operation = block(1, "const") + block(5, block(1, "val") + block(2, value))
    function = block(3, block(1, "CoreML5") + block(2, block(3, operation)))
    return number(1, 1) + block(2, block(1, "main") + block(2, function))


def read(data: bytes) -> list[Seen]:
    limits = DEFAULT_LIMITS
    budget = Budget(limits, limits.unpacked_bytes, limits.archive_members, limits.file_steps)
    return list(CoreML().read(Bytes(data), "model.mlmodel", budget))


def facts(data: bytes) -> list[tuple[str, str]]:
    assert CoreML().claims(data[:4096], Bytes(data))
    return [(seen.name, seen.subject) for seen in read(data) if isinstance(seen, Fact)]


@pytest.mark.parametrize("data", [model(500, network(PLAIN)), model(502, program("@model_path/weights/weight.bin"))])
def test_an_honest_model_says_what_it_is(data: bytes) -> None:
    assert facts(data) == []
    assert read(data) == [
        Property("specification", 4),
        Property("metadata", {"description": "Finds cats", "author": "Somebody"}),
    ]


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (model(500, network(PLAIN, CUSTOM)), ("coreml-custom-layer", "EvilLayer")),
        (model(403, network(CUSTOM)), ("coreml-custom-layer", "EvilLayer")),
        (model(202, block(1, model(500, network(CUSTOM)))), ("coreml-custom-layer", "EvilLayer")),
        (model(200, block(1, block(1, model(555, block(10, "Evil"))))), ("coreml-custom-model", "Evil")),
        (
            model(500, network(block(605, block(1, network(CUSTOM))))),
            ("coreml-custom-layer", "EvilLayer"),
        ),
        (model(556, block(1, block(1, block(1, "../other")))), ("coreml-linked-model", "../other")),
        (model(502, program("../../secret")), ("coreml-file-escapes", "../../secret")),
        (model(502, program("@model_path/../secret")), ("coreml-file-escapes", "@model_path/../secret")),
        (model(500, b"", block(1, "x") + block(2, "__import__('os')")), ("metadata-holds-code", "x")),
        (model(500, b"", block(1, "x") + block(2, "python3 -c 'print(1)'")), ("metadata-holds-code", "x")),
    ],
)
def test_what_comes_from_elsewhere_is_told(data: bytes, fact: tuple[str, str]) -> None:
    assert facts(data) == [fact]


def test_what_follows_the_model_is_handed_on() -> None:
    data = model(500, network(PLAIN))
    assert facts(data + b"#!/bin/sh\nid\n")[-1][0] == "trailing-data"
    assert [one.blob.read_at(0, 9) for one in read(data + b"#!/bin/sh\nid") if isinstance(one, Embedded)] == [
        b"#!/bin/sh"
    ]


@pytest.mark.parametrize(
    "data", [b"", b"\x08\x01", b"\x08\x01\x12\x00", number(1, 8) + block(7, block(1, b"x")), b"\x80\x04."]
)
def test_other_files_are_not_claimed(data: bytes) -> None:
    assert not CoreML().claims(data, Bytes(data))


HONEST = model(502, program("a"))


@given(st.binary(max_size=200), st.integers(0, len(HONEST)))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    for data in (noise, HONEST[:at] + noise + HONEST[at:], HONEST[:at] + noise):
        CoreML().claims(data[:4096], Bytes(data))
        assert isinstance(read(data), list)
