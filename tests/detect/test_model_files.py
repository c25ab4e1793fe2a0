"""What files of models would do becomes findings with the file, the way into it and the byte; blanks never do."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import driftseal as driftseal_package
from commands import driftseal
from driftseal import rulebook

COMMAND = b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00idq\x00\x85R."
NUMBERS = b"\x80\x02}X\x01\x00\x00\x00aK\x07s."


def torch(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", "3\n")
    return held.getvalue()


def scanned(folder: Path, *arguments: str, code: int) -> dict[str, Any]:
    done = driftseal("scan", *arguments, "--format", "json", cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_command_in_a_pickle_is_told_with_its_byte(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(COMMAND)
    (found,) = scanned(tmp_path, "model.pkl", code=1)["findings"]
    assert (found["rule_id"], found["severity"], found["confidence"]) == ("pickle-dangerous-call", "critical", "high")
    assert found["item"] == {"kind": "model-file", "name": "model.pkl"}
    assert found["location"]["path"] == "model.pkl"
    assert found["evidence"] == "posix.system('id')"
    assert found["message"] == f"{found['title']}: posix.system, at byte {COMMAND.index(b'R.')}"


def test_the_way_into_an_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.pt").write_bytes(torch(COMMAND))
    (tmp_path / "models" / "fine.pt").write_bytes(torch(NUMBERS))
    (found,) = scanned(tmp_path, "models", code=1)["findings"]
    assert found["evidence"] == "posix.system('id') in archive/data.pkl"
    assert found["location"]["path"] == "models/model.pt"


@pytest.mark.parametrize("name", ["model.pkl", "model.bin", "model.txt", "model.json", "model"])
def test_a_pickle_is_one_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(COMMAND)
    done = driftseal("scan", name, "--format", "json", cwd=tmp_path)
    assert "pickle-dangerous-call" in {one["rule_id"] for one in json.loads(done.stdout)["findings"]}


def test_honest_files_are_clean(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(torch(NUMBERS))
    (tmp_path / "b.pkl").write_bytes(NUMBERS)
    report = scanned(tmp_path, ".", code=0)
    assert (report["findings"], report["gaps"]) == ([], [])
    assert [target["kind"] for target in report["targets"]] == ["model"]


def test_what_was_not_read_is_a_gap_and_no_finding(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    report = scanned(tmp_path, "weights.safetensors", code=3)
    assert report["findings"] == []
    assert "git lfs pull" in report["gaps"][0]["why"]


def test_one_thing_in_two_places_of_a_file_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(COMMAND + COMMAND)
    assert len(scanned(tmp_path, "model.pkl", code=1)["findings"]) == 1


def test_drift_between_two_files_names_what_changed_and_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "old" / "m.pkl").write_bytes(NUMBERS)
    (tmp_path / "new" / "m.pkl").write_bytes(COMMAND)
    done = driftseal("drift", "old/m.pkl", "new/m.pkl", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    changes = {one["item"]["kind"]: one for one in json.loads(done.stdout)["drifts"][0]["changes"]}
    changed = changes["model-file"]
    assert (changed["severity"], changed["rule_id"]) == ("critical", "pickle-dangerous-call")
    paths = {path["pointer"]: path["new"] for path in changed["paths"]}
    assert paths["/sha256"] == hashlib.sha256(COMMAND).hexdigest()
    assert any("posix.system" in str(new) for new in paths.values())


def test_drift_of_other_files_does_not_repeat_what_an_unchanged_file_shows(tmp_path: Path) -> None:
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "known.pkl").write_bytes(COMMAND)
        (tmp_path / side / "notes.txt").write_text(side)
    done = driftseal("drift", "old", "new", "--format", "json", cwd=tmp_path)
    (change,) = json.loads(done.stdout)["drifts"][0]["changes"]
    assert (change["item"]["name"], change["rule_id"]) == ("notes.txt", "drift-model-file-changed")


PACKAGE = Path(driftseal_package.__file__).parent
UNJUDGED = {"content-not-present"}
"""Told by gaps instead."""


def named_facts() -> set[str]:
    """Names of facts that analysers give as they stand in their source."""
    names = set()
    for path in (*PACKAGE.glob("observe/files/*.py"), *PACKAGE.glob("formats/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if isinstance(node, ast.Call) and called in {"Fact", "Oddity"} and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names.add(first.value)
    return names


def test_every_fact_is_weighed_by_a_rule() -> None:
    weighed = {
        fact
        for rule in rulebook.load().of("model_files")
        for fact in rule.match["facts"]  # type: ignore[union-attr]
    }
    names = named_facts()
    assert {"trailing-data", "template-unparsable", "zip-sum-differs"} <= names
    assert names - weighed - UNJUDGED == set()


def test_a_report_on_models_waits_for_no_server(tmp_path: Path) -> None:
    (tmp_path / "b.pkl").write_bytes(NUMBERS)
    done = driftseal("scan", "b.pkl", cwd=tmp_path)
    assert "Looked at 1 target with 2 items: 0 live, 1 static." in done.stdout
