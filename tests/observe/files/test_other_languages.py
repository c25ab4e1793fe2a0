"""Formats of other languages, and Python beside weights: whatever would run is named, plain data is quiet."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from driftseal.formats.blob import Bytes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe import reading

R_HEADER = b"X\n" + bytes.fromhex("00000002 00040300 00030500")
R_NEWER = b"X\n" + bytes.fromhex("00000003 00040300 00030500 00000005") + b"UTF-8"
OBJECT = bytes.fromhex("04000000 01000000 03000000") + b"V 1" + bytes.fromhex("0d000000") + b"nn.Sequential"
ATTACK = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."


def facts(data: bytes, name: str) -> list[tuple[str, str]]:
    read = reading.read(Bytes(data), name, DEFAULT_LIMITS)
    return [(one.name, one.subject) for one in read.facts]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("header", [R_HEADER, R_NEWER])
def test_a_promise_in_place_of_r_s_data_is_told(header: bytes) -> None:
    assert facts(gzip.compress(header + bytes.fromhex("00000005 00000001")), "m.rds") == [("r-promise", "")]


def test_a_call_in_place_of_r_s_data_is_told_with_what_it_calls() -> None:
    call = bytes.fromhex("00000006 00000001 00040009 00000006") + b"system" + bytes.fromhex("000000fe")
    assert facts(R_HEADER + call, "m.rds") == [("r-code", ""), ("r-reaches-out", "system")]


def test_a_call_as_it_is_typed_in_r_s_data_is_told() -> None:
    assert facts(b"X\nexpression\nbase::system('id')", "m.rds") == [("r-reaches-out", "system")]


def test_r_s_numbers_are_quiet_wherever_their_bytes_spell_a_word() -> None:
    assert facts(R_HEADER + bytes.fromhex("0000000e 00000002") + b"a systematic eco", "m.rds") == []


@pytest.mark.parametrize("code", [b"\x1bLua", b"\x1bLJ", b"os.execute", b"loadstring"])
def test_code_of_lua_in_a_file_of_torch_7_is_told(code: bytes) -> None:
    data = OBJECT + b"\x04\0\0\0" + code + b"('id')"
    assert facts(data, "m.t7") == facts(data, "m.pt")[-1:] == [("torch7-code", code.decode())]
    assert facts(OBJECT, "m.t7") == []


def test_what_speaks_of_python_in_message_pack_is_told() -> None:
    assert facts(b"\x81\xaa__reduce__\x92\xa9os.system\xa2id", "m.msgpack") == [
        ("msgpack-code", "__reduce__"),
        ("msgpack-code", "os.system"),
    ]
    assert facts(b"\x81\xa6kernel\xc4\x04\x00\x00\x80\x3f", "m.msgpack") == []


def test_a_pickle_among_values_of_message_pack_is_read() -> None:
    data = b"\x81\xa6params\xc4" + bytes([len(ATTACK)]) + ATTACK
    assert ("pickle-dangerous-call", "os.system") in facts(data, "m.msgpack")


@pytest.mark.parametrize(
    ("source", "subject"),
    [
        (b"import os\nos.system('id')\n", "os.system("),
        (b"import subprocess\nsubprocess . run(['id'])\n", "subprocess . run("),
        (b"exec(base64.b64decode('eA=='))\n", "exec(base64"),
        (b"getattr(os, 'sys' + 'tem')('id')\n", "getattr(os,"),
    ],
)
def test_python_that_runs_programs_in_an_archive_is_told(source: bytes, subject: str) -> None:
    assert facts(zipped(**{"m/handler.py": source}), "m.zip") == [("python-runs-programs", subject)]
    assert facts(zipped(**{"m/handler.py": b"import torch\n"}), "m.zip") == []


def test_torchscript_that_reaches_files_is_told() -> None:
    source = b"class M(Module):\n  def f(self, x: Tensor) -> Tensor:\n    ops.aten.save(x, '/tmp/x')\n    return x\n"
    found = facts(zipped(**{"m/data.pkl": b"\x80\x02N.", "m/code/__torch__.py": source}), "m.pt")
    assert found[-1] == ("torchscript-file-operator", "ops.aten.save")


def test_a_sign_across_two_windows_is_found_once() -> None:
    for at in range((1 << 20) - 12, (1 << 20) + 3):
        data = OBJECT.ljust(at, b" ") + b"os.execute" + b" " * 300
        assert facts(data, "m.t7") == [("torch7-code", "os.execute")]
