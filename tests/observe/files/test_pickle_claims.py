"""Which bytes are pickles, and which only look like the first of one."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from driftseal.formats.blob import Bytes
from driftseal.observe.files.pickle import Pickle
from pickles import STACK_GLOBAL, STOP, call, name, proto, stack_name, text

PLAIN = [None, 1, 2.5, "text", b"bytes", [1, [2, (3,)]], {"a": {"b": {1, 2}}}, (), list(range(5000)), "long " * 2000]


def claimed(data: bytes) -> bool:
    return Pickle().claims(data[:4096], Bytes(data))


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_plain_data_are_claimed(protocol: int) -> None:
    assert [value for value in PLAIN[3:] if not claimed(pickle.dumps(value, protocol))] == []


@pytest.mark.parametrize(
    "data",
    [
        b"cos\nsystem\n(S'id'\ntR.",
        b"(S'id'\nios\nsystem\n.",
        name("os", "system") + text("id") + b"\x85R garbage that follows",
        stack_name("os", "system") + text("id") + b"\x85R.",
        proto(4) + stack_name("os", "system") + text("id") + b"\x85R\xff\xff\xff",
        b"I1_0\n0cos\nsystem\n(S'id'\ntR.",
        b"]" + b"N0" * 3000 + call("os", "system", "id") + STOP,
        b"Vdecoy text\n0cos\nsystem\n(Vid\ntR.",
    ],
)
def test_streams_without_magic_or_end_are_claimed(data: bytes) -> None:
    assert claimed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"plain text, with a full stop.\n",
        b"cat\ndog\nthe\nand\nor\n",
        b"import os\nprint('x')\n",
        b"Very well\nI am here\n",
        b"I\n",
        b"No.\n",
        b"(see below)\n",
        b"}\n",
        b"[metadata]\nname = x\n",
        b"#!/bin/sh\n",
        b"\x80\x04\x00\x00\x00\x00\x00\x00" + b'{"__metadata__":{}}',
        b"GGUF\x03\x00\x00\x00",
        b"PK\x03\x04" + b"\0" * 40,
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'",
        b"\x1f\x8b\x08\x00" + b"\0" * 40,
        b"\x89HDF\r\n\x1a\n" + b"\0" * 40,
        b"\x08\x07\x12\x07pytorch" + b"\0" * 40,
        b"\0" * 4096,
        b"\x80\x02\xff\xff",
        json.dumps({"a": [1, 2, {"b": "c"}]}).encode(),
        json.dumps(["N.", 1]).encode(),
        b"---\ntitle: x\n---\n# Title\n",
        "Größe.\n".encode(),
    ],
)
def test_other_files_are_not(data: bytes) -> None:
    assert not claimed(data)


def test_our_own_source_is_not() -> None:
    root = Path(__file__).parents[3]
    files = [
        *root.glob("scanner/**/*.py"),
        *root.glob("rules/**/*.yaml"),
        *root.glob("docs/**/*.md"),
        *root.glob("*.*"),
    ]
    assert [path.name for path in files if path.is_file() and claimed(path.read_bytes())] == []


def test_a_name_alone_calls_nothing() -> None:
    assert not claimed(b"cat\ndog\n" + STACK_GLOBAL)


@pytest.mark.parametrize("length", [100, 5000, 2_000_000])
def test_a_long_string_in_front_hides_no_call(length: int) -> None:
    decoy = b"x" * length
    assert claimed(b"X" + length.to_bytes(4, "little") + decoy + b"0" + call("os", "system", "id") + STOP)
    assert claimed(b"V" + decoy + b"\n0" + call("os", "system", "id") + STOP)
