"""Whatever bytes a parser is given, it ends, with nothing worse than an error of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fuzz

BEGINNINGS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04\x14\0",
        b"\x80\x02}q\0",
        b"\x80\x04\x95",
        b"GGUF\x03\0\0\0",
        b"\x89HDF\r\n\x1a\n\0",
        b"(lp0\n",
        b"\x20\0\0\0\0\0\0\0{",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"\x93NUMPY\x01\0\x76\0{",
        b"\x1c\0\0\0TFL3",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"X\n\0\0\0\x02",
        b"<?xml ?><PMML>",
        b"---\na: &b [",
        b"T7\0",
        b"\x08\x07\x12",
        b'{"a":',
        b"import os\ndef f(",
        b"class A { fn x(",
        b"version https://git-lfs",
        b"\x7fELF\x02",
        b"{{ x",
        b"BZh9",
        b"\xfd7zXZ\0",
    ]
)
PIECES = st.binary(max_size=60) | BEGINNINGS | st.sampled_from([b"\0" * 40, b"\xff" * 40, b"(" * 90, b"[" * 90])


@pytest.mark.parametrize("name", fuzz.targets())
@settings(max_examples=40)
@given(beginning=BEGINNINGS, pieces=st.lists(PIECES, max_size=6))
def test_no_bytes_break_a_parser(name: str, beginning: bytes, pieces: list[bytes]) -> None:
    fuzz.targets()[name](beginning + b"".join(pieces))


def test_targets_are_listed_and_a_wrong_name_is_told() -> None:
    command = [sys.executable, str(Path(fuzz.__file__))]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert listed == list(fuzz.targets())
    assert {"model-pickle", "document-jsonc", "code-rust"} <= set(listed)
    wrong = subprocess.run([*command, "model-pickel"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "no target 'model-pickel'; python tests/fuzz.py lists them\n")
