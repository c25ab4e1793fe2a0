"""Models that are broken or not all there: each says what is wrong and what to do, and none passes for clean."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commands import driftseal
from configured import write

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
INDEX = json.dumps({"metadata": {"total_size": 8}, "weight_map": {"a": FIRST, "b": SECOND}})


def tensors(*names: str) -> bytes:
    told = {name: {"dtype": "F32", "shape": [1], "data_offsets": [4 * at, 4 * at + 4]} for at, name in enumerate(names)}
    header = json.dumps(told).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4 * len(names))


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}.")
        file.writestr("archive/data/0", bytes(64))
    return made.getvalue()


def gguf() -> bytes:
    name = b"general.name"
    key = len(name).to_bytes(8, "little") + name + (8).to_bytes(4, "little")
    return b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little") + key + bytes(8)


def model(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    write(folder, "m/config.json", '{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    for name, data in files.items():
        write(folder, f"m/{name}", data)
    return folder


def scan(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = driftseal("scan", "--format", "json", *(arguments or ("m",)), cwd=folder)
    return done.returncode, json.loads(done.stdout)


def gaps(report: dict[str, Any]) -> dict[str, str]:
    return {gap["what"]: gap["why"] for gap in report["gaps"]}


WHOLE: Mapping[str, str | bytes] = {FIRST: tensors("a"), SECOND: tensors("b"), "model.safetensors.index.json": INDEX}


def test_a_whole_model_is_clean(tmp_path: Path) -> None:
    code, report = scan(model(tmp_path, WHOLE))
    assert (code, report["gaps"]) == (0, [])


@pytest.mark.parametrize(
    ("files", "what", "why"),
    [
        ({FIRST: POINTER}, FIRST, "a Git LFS pointer lies in its place"),
        ({SECOND: None}, SECOND, "a part of the weights is not there; download the model again"),
        ({SECOND: tensors("c")}, SECOND, "1 tensors are not in it that model.safetensors.index.json promises: b"),
        ({SECOND: tensors("b")[:-1]}, SECOND, "the file ends within its tensors"),
        ({SECOND: tensors("b")[:20]}, SECOND, ""),
        ({SECOND: b""}, SECOND, "it is empty; download it again"),
        ({SECOND: b"<html>404</html>"}, SECOND, ""),
        ({"model.safetensors.index.json": INDEX[:40]}, "model.safetensors.index.json", ""),
        ({"pytorch_model.bin": archive()[:-30]}, "pytorch_model.bin", ""),
        ({"pytorch_model.bin": archive()[:90]}, "pytorch_model.bin", ""),
        ({"model.gguf": gguf()[:-6]}, "model.gguf", ""),
        ({"model.pkl": b"\x80\x04\x95\xff\x00"}, "model.pkl", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_or_cut_off_is_a_gap_that_names_it(
    files: dict[str, Any], what: str, why: str, tmp_path: Path
) -> None:
    changed = {name: data for name, data in {**WHOLE, **files}.items() if data is not None}
    code, report = scan(model(tmp_path, changed))
    assert code == 3
    assert what in gaps(report), report["gaps"]
    assert gaps(report)[what].startswith(why)
    assert report["targets"][0]["status"] == "incomplete"


def test_the_rest_of_a_model_is_read_where_a_part_is_missing(tmp_path: Path) -> None:
    evil = {**WHOLE, "evil.pkl": b"cos\nsystem\n(S'id'\ntR."}
    code, report = scan(model(tmp_path, {name: data for name, data in evil.items() if name != SECOND}))
    assert code == 3
    assert "pickle-dangerous-call" in {found["rule_id"] for found in report["findings"]}
    assert SECOND in gaps(report)


def test_bytes_of_another_digest_than_a_list_tells_are_a_finding(tmp_path: Path) -> None:
    listed = f"{hashlib.sha256(tensors('a')).hexdigest()}  {FIRST}\n{'0' * 64}  {SECOND}\n"
    code, report = scan(model(tmp_path, {**WHOLE, "SHA256SUMS": listed}))
    assert code == 1
    (found,) = [found for found in report["findings"] if found["rule_id"] == "digest-differs"]
    assert found["item"]["name"] == SECOND
    assert "SHA256SUMS tells 0000" in found["evidence"]


def test_bytes_that_changed_in_the_cache_of_the_hub_are_a_finding(tmp_path: Path) -> None:
    cache = tmp_path / "models--org--name"
    good, bad = tensors("a"), tensors("b")
    snapshot = cache / "snapshots" / ("c" * 40)
    snapshot.mkdir(parents=True)
    (cache / "blobs").mkdir()
    for name, digest in (("good.safetensors", hashlib.sha256(good).hexdigest()), ("bad.safetensors", "0" * 64)):
        (cache / "blobs" / digest).write_bytes(good if name.startswith("good") else bad)
        (snapshot / name).symlink_to(f"../../blobs/{digest}")
    code, report = scan(tmp_path, str(snapshot))
    assert code == 1
    assert [found["item"]["name"] for found in report["findings"] if found["rule_id"] == "digest-differs"] == [
        "bad.safetensors"
    ]


def test_an_empty_folder_is_no_model_that_was_looked_at(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    code, report = scan(tmp_path)
    assert code == 3
    assert [error["message"] for error in report["errors"]] == ["m: the folder is empty, so nothing was looked at"]


def test_a_model_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = driftseal("scan", "m/model.safetensors", cwd=tmp_path)
    assert done.returncode == 2
    assert "m/model.safetensors: no such file or folder" in done.stderr


def test_a_single_pointer_is_no_model(tmp_path: Path) -> None:
    write(tmp_path, "model.safetensors", POINTER)
    code, report = scan(tmp_path, "model.safetensors")
    assert code == 3
    assert "git lfs pull" in gaps(report)["model.safetensors"]
