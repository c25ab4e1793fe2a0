"""Each way in which a model cannot be had ends with its own words and exit code 3, and what was had is kept."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import driftseal
from configured import write
from servers.hub import Hub, serving
from servers.oci_registry import Registry, running

SIZE = 2_000_000
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
CONFIG = json.dumps({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}).encode()
NAME = "model.safetensors"
DIGEST = hashlib.sha256(TENSORS).hexdigest()


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("__import__('os').system('id')",)


EVIL = pickle.dumps(_Runs(), protocol=2)
FILES = {"config.json": CONFIG, "extra.pkl": EVIL, NAME: TENSORS}


@dataclass(frozen=True)
class Told:
    """What one run said."""

    code: int
    report: dict[str, Any]
    stderr: str

    @property
    def gaps(self) -> dict[str, str]:
        return {gap["what"]: gap["why"] for gap in self.report["gaps"]}

    @property
    def rules(self) -> set[str]:
        return {one["rule_id"] for one in self.report["findings"]}

    @property
    def status(self) -> list[str]:
        return [one["status"] for one in self.report["targets"]]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as served:
        served.put("org/name", FILES)
        yield served


def told(done: subprocess.CompletedProcess[str]) -> Told:
    return Told(done.returncode, json.loads(done.stdout), done.stderr)


def scan(hub: Hub, folder: Path, *more: str, reference: str = "hf:org/name", **environment: str) -> Told:
    env = {"HF_ENDPOINT": hub.url, **environment}
    return told(driftseal("scan", reference, "--format", "json", *more, cwd=folder, env=env))


def test_a_download_that_is_cut_off(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", {"extra.pkl": EVIL, NAME: TENSORS})
    # The first answer is the small file's.
    hub.breaks = [len(EVIL), 500_000, *[0] * 9]
    run = scan(hub, tmp_path, "--download")
    assert (run.code, run.status, list(run.gaps)) == (3, ["incomplete"], [NAME])
    assert "cannot be reached: the connection broke off" in run.gaps[NAME]
    # What was found in the file that came stays found.
    assert "pickle-dangerous-call" in run.rules


def test_a_file_that_was_never_uploaded_whole(hub: Hub, tmp_path: Path) -> None:
    hub.claims = {NAME: {"lfs": {"sha256": DIGEST, "size": SIZE * 2}}}
    run = scan(hub, tmp_path, "--download")
    assert (run.code, run.status) == (3, ["incomplete"])
    told_size = f"ends after {len(TENSORS)} of the {SIZE * 2} bytes that it is told to have"
    assert run.gaps == {NAME: f"{told_size}; try again; if it stays so, it was never uploaded whole"}
    assert "pickle-dangerous-call" in run.rules


def test_bytes_of_another_digest(hub: Hub, tmp_path: Path) -> None:
    hub.claims = {NAME: {"lfs": {"sha256": "e" * 64, "size": len(TENSORS)}}}
    run = scan(hub, tmp_path, "--download")
    assert (run.code, run.status) == (3, ["incomplete"])
    assert run.gaps == {NAME: f"its SHA-256 is not the one that the Hub tells ({'e' * 64})"}
    assert "pickle-dangerous-call" in run.rules


GATED = "is gated: only those whom its owner lets in may read it (403); ask for access at {url}/org/name, "
HIDDEN = "does not exist, or is private (404); see how it is written; a private one needs "


@pytest.mark.parametrize(
    ("status", "code", "token", "why"),
    [
        (403, "GatedRepo", "", GATED + "and set HF_TOKEN to a token of that account"),
        (403, "GatedRepo", "hf_Mine", GATED + "as the account of the token in HF_TOKEN"),
        (404, "RepoNotFound", "", HIDDEN + "HF_TOKEN"),
        (404, "RepoNotFound", "hf_Mine", HIDDEN + "a token of an account with access, which that in HF_TOKEN is not"),
        (401, "", "hf_Mine", "the token in HF_TOKEN is not accepted (401); make a new one that may read, or unset it"),
    ],
)
def test_a_model_that_is_not_for_everybody(
    hub: Hub, tmp_path: Path, status: int, code: str, token: str, why: str
) -> None:
    hub.refusals = [(status, {"X-Error-Code": code} if code else {})]
    run = scan(hub, tmp_path, **({"HF_TOKEN": token} if token else {}))
    assert (run.code, run.status) == (3, ["incomplete"])
    assert run.gaps == {"hf:org/name": why.format(url=hub.url)}
    assert "hf_Mine" not in json.dumps(run.report) + run.stderr


def test_a_hub_that_has_had_enough(hub: Hub, tmp_path: Path) -> None:
    hub.refusals = [*[(0, {})] * 5, (429, {"RateLimit": '"resolvers";r=0;t=290'})]
    run = scan(hub, tmp_path)
    assert (run.code, run.status, list(run.gaps)) == (3, ["incomplete"], [NAME])
    assert run.gaps[NAME].endswith(
        "is asked too often from here (429); try again in five minutes; "
        "with HF_TOKEN set it answers more often; 1 of 3 files were not looked at"
    )
    assert "pickle-dangerous-call" in run.rules


@pytest.mark.skipif(os.name == "nt", reason="no limit on what a process writes")
def test_a_disk_without_room(hub: Hub, tmp_path: Path) -> None:
    # As where a disk is full in the middle of a file: the process may write no more than a megabyte.
    command = [sys.executable, "-m", "driftseal", "scan", "hf:org/name", "--format", "json", "--download"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1000 && exec "$@"', "sh", *command],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HF_ENDPOINT": hub.url, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    run = told(done)
    assert (run.code, run.status) == (3, ["incomplete"])
    assert run.gaps == {
        NAME: "there is no room for it among temporary files, and nothing of it was kept; "
        "set TMPDIR to a folder that has room, or scan without --download"
    }
    assert "pickle-dangerous-call" in run.rules
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_does_not_lie_here_where_nothing_may_be_asked(hub: Hub, tmp_path: Path) -> None:
    run = scan(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert (run.code, run.status, hub.asked) == (3, ["incomplete"], [])
    assert run.gaps["hf:org/name"].startswith("does not lie in the cache of the Hub; unset HF_HUB_OFFLINE")


def test_a_model_without_a_file(hub: Hub, tmp_path: Path) -> None:
    hub.put("org/name", {})
    run = scan(hub, tmp_path)
    assert (run.code, run.status) == (3, ["incomplete"])
    assert run.gaps == {"hf:org/name": "no file of it could be read"}


def test_a_pointer_in_place_of_weights_and_a_missing_shard(tmp_path: Path) -> None:
    write(tmp_path, "m/config.json", CONFIG)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    write(tmp_path, "m/model-00001-of-00002.safetensors", pointer)
    run = told(driftseal("scan", "m", "--format", "json", cwd=tmp_path))
    assert (run.code, run.status) == (3, ["incomplete"])
    assert run.gaps == {
        "model-00001-of-00002.safetensors": f"a Git LFS pointer lies in its place (sha256:{'a' * 64}, 12345 bytes); "
        "fetch the file with: git lfs pull",
        "model-00002-of-00002.safetensors": "a part of the weights is not there; download the model again",
    }


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running() as started:
        yield started


def test_a_layer_of_another_digest(registry: Registry, tmp_path: Path) -> None:
    layer = registry.file(NAME, TENSORS)
    registry.push("v1", registry.file("extra.pkl", EVIL), layer)
    registry.blobs[layer["digest"]] = TENSORS[:-1] + b"\x01"
    run = told(driftseal("scan", f"oci:{registry.host}/m:v1", "--format", "json", "--download", cwd=tmp_path))
    assert (run.code, run.status, list(run.gaps)) == (3, ["incomplete"], [NAME])
    assert run.gaps[NAME].startswith("its bytes are not those that the manifest names")
    assert "pickle-dangerous-call" in run.rules


def test_drift_tells_both_commits_and_what_changed_in_which_file(hub: Hub, tmp_path: Path) -> None:
    hub.repositories.clear()
    old = hub.put("org/name", FILES, ref="v1")
    env = {"HF_ENDPOINT": hub.url}
    assert driftseal("snapshot", "hf:org/name@v1", "--output", "old.json", cwd=tmp_path, env=env).returncode == 0
    changed = TENSORS.replace(b'"w"', b'"u"')
    new = hub.put("org/name", {**FILES, NAME: changed}, ref="v1")
    assert driftseal("snapshot", "hf:org/name@v1", "--output", "new.json", cwd=tmp_path, env=env).returncode == 0
    done = driftseal("drift", "old.json", "new.json", "--format", "json", cwd=tmp_path)
    (drift,) = json.loads(done.stdout)["drifts"]
    changes = {change["item"]["kind"] + ":" + change["item"]["name"]: change for change in drift["changes"]}
    assert list(changes) == [f"model-file:{NAME}", "model:"]
    told_of_model = {path["pointer"]: (path["old"], path["new"]) for path in changes["model:"]["paths"]}
    assert told_of_model == {"/commit": (old, new)}
    assert "the branch or tag leads to another commit" in changes["model:"]["reason"]
    pointers = {path["pointer"] for path in changes[f"model-file:{NAME}"]["paths"]}
    assert {"/properties/tensors/w", "/properties/tensors/u"} <= pointers
    assert done.returncode == 1


def test_a_registry_that_only_a_baseline_names_is_asked_where_allowed(registry: Registry, tmp_path: Path) -> None:
    registry.push("v1", registry.file(NAME, TENSORS))
    project = tmp_path / "project"
    project.mkdir()
    trust = ("--trust", "../trust.toml", "--state", "../state.json")
    reference = f"oci:{registry.host}/m:v1"
    for command in (
        ("keygen", "../key.pem"),
        ("trust", "add", "alice", "../key.pem.pub", "--trust", "../trust.toml"),
        ("baseline", "approve", "--yes", "--key", "../key.pem", *trust, reference),
    ):
        done = driftseal(*command, cwd=project)
        assert done.returncode == 0, done.stderr
    registry.asked.clear()
    run = told(driftseal("drift", "--format", "json", *trust, cwd=project))
    why = "its baseline was taken from its registry: name it, or add --connect"
    assert (run.code, run.gaps, registry.asked) == (3, {"registry": why}, [])
    run = told(driftseal("drift", "--format", "json", "--connect", *trust, cwd=project))
    assert (run.code, run.gaps) == (0, {})
    assert registry.asked
