"""Where tools keep the models that they fetched is read as what it is: models, each by itself, and nothing twice."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from pathlib import Path

import pytest

from configured import context, write
from driftseal.collect.model import ModelCollector
from driftseal.model.snapshot import Snapshot

SIZE = 200
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [SIZE // 4], "data_offsets": [0, SIZE]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(SIZE)
GGUF = b"GGUF" + (3).to_bytes(4, "little") + bytes(16) + bytes(32)
HUB = ".cache/huggingface/hub"


def cached(home: Path, name: str, commit: str) -> None:
    """A model as the Hub's library leaves it."""
    root = home / HUB / f"models--{name}"
    write(root, "refs/main", commit)
    for path, data in {"config.json": b'{"model_type": "llama"}', "m.safetensors": TENSORS + name.encode()}.items():
        blob = write(root, f"blobs/{hashlib.sha256(data).hexdigest()}", data)
        link = root / "snapshots" / commit / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))


def found(home: Path, reference: str) -> list[Snapshot]:
    collector = ModelCollector(context(home, home=home))
    assert collector.claims(reference)
    return list(collector.collect(list(collector.targets(reference))))


def files(taken: Snapshot) -> list[str]:
    return [one.name for one in taken.items if one.kind == "model-file"]


@pytest.mark.parametrize("reference", [HUB, ".cache/huggingface", f"{HUB}/models--org--a"])
def test_in_the_cache_of_the_hub_each_commit_is_a_model(tmp_path: Path, reference: str) -> None:
    for name, commit in (("org--a", "a" * 40), ("org--b", "b" * 40)):
        cached(tmp_path, name, commit)
    write(tmp_path, f"{HUB}/CACHEDIR.TAG", "x")
    write(tmp_path, f"{HUB}/.locks/models--org--a/x.lock", "")
    taken = found(tmp_path, reference)
    wanted = [f"{HUB}/models--org--a/snapshots/{'a' * 40}", f"{HUB}/models--org--b/snapshots/{'b' * 40}"]
    assert [one.target.reference for one in taken] == [one for one in wanted if one.startswith(reference)]
    assert [files(one) for one in taken] == [["config.json", "m.safetensors"]] * len(taken)


@pytest.mark.parametrize(
    ("reference", "model", "names"),
    [
        (".cache/torch/hub", ".cache/torch/hub/checkpoints", ["resnet18-f37072fd.pth"]),
        (".lmstudio/models", ".lmstudio/models/org/name-GGUF", ["name-Q4_K_M.gguf"]),
        (".cache/lm-studio/models", ".cache/lm-studio/models/org/name-GGUF", ["name-Q4_K_M.gguf"]),
        ("mlruns", "mlruns/1/5a/artifacts/model", ["MLmodel", "model.pkl", "requirements.txt"]),
        ("mlruns/1/5a/artifacts/model", "mlruns/1/5a/artifacts/model", ["MLmodel", "model.pkl", "requirements.txt"]),
    ],
)
def test_the_caches_of_other_tools_are_found_by_their_path(
    tmp_path: Path, reference: str, model: str, names: list[str]
) -> None:
    weights = pickle.dumps({"w": 1}, protocol=2)
    write(tmp_path, ".cache/torch/hub/checkpoints/resnet18-f37072fd.pth", weights)
    write(tmp_path, ".cache/torch/hub/org_repo_main/hubconf.py", "dependencies = ['torch']\n")
    write(tmp_path, ".cache/torch/hub/trusted_list", "org_repo\n")
    for studio in (".lmstudio/models", ".cache/lm-studio/models"):
        write(tmp_path, f"{studio}/org/name-GGUF/name-Q4_K_M.gguf", GGUF)
    write(tmp_path, "mlruns/1/meta.yaml", "name: x\n")
    write(tmp_path, "mlruns/1/5a/meta.yaml", "run_id: 5a\n")
    write(tmp_path, "mlruns/1/5a/artifacts/model/MLmodel", "flavors:\n  sklearn: {pickled_model: model.pkl}\n")
    write(tmp_path, "mlruns/1/5a/artifacts/model/model.pkl", weights)
    write(tmp_path, "mlruns/1/5a/artifacts/model/requirements.txt", "mlflow==3.0\n")
    (taken,) = found(tmp_path, reference)
    assert (taken.target.reference, files(taken)) == (model, names)
