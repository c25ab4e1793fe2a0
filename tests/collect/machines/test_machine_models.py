"""Models in the stores of a machine: name, revision, size and files; digests where the names of a store are some."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from configured import write
from driftseal.collect.discovery.files import caches
from driftseal.collect.machines import model_folders
from driftseal.model.item import ItemKind, Json
from growth import grows_linearly
from machines import content, look, named, places, put

COMMIT, OLDER = "c" * 40, "d" * 40
WEIGHTS = b"weights"
SHA = hashlib.sha256(WEIGHTS).hexdigest()


def cached(hub: Path, name: str, commit: str = COMMIT) -> Path:
    """A model as the Hub's library leaves it."""
    root = hub / name
    write(root, "refs/main", commit)
    for path, blob, data in (("config.json", "e" * 40, b"{}"), ("onnx/model.safetensors", SHA, WEIGHTS)):
        target = write(root, f"blobs/{blob}", data)
        link = root / "snapshots" / commit / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(target, link.parent))
    return root


def test_models_and_datasets_of_the_hub_are_told_commit_by_commit(tmp_path: Path) -> None:
    hub = tmp_path / "home/.cache/huggingface/hub"
    cached(hub, "models--org--name")
    cached(hub, "models--bert-base-uncased")
    cached(hub, "models--bert-base-uncased", OLDER)
    cached(hub, "datasets--org--data")
    taken = look(tmp_path)
    assert not taken.gaps
    models = named(taken, ItemKind.MODEL)
    assert set(models) == {
        "huggingface:org/name",
        f"huggingface:bert-base-uncased@{COMMIT}",
        f"huggingface:bert-base-uncased@{OLDER}",
    }
    assert content(models["huggingface:org/name"]) == {
        "provider": "huggingface",
        "id": "org/name",
        "revision": COMMIT,
        "size": 9,
        "files": ["config.json", f"onnx/model.safetensors=sha256:{SHA}"],
    }
    assert places(models["huggingface:org/name"]) == [f"~/.cache/huggingface/hub/models--org--name/snapshots/{COMMIT}"]
    assert list(named(taken, ItemKind.DATASET)) == ["huggingface:org/data"]


def test_files_that_tell_no_commit_are_not_taken_for_one_of_several(tmp_path: Path) -> None:
    hub = tmp_path / "home/.cache/huggingface/hub"
    cached(hub, "models--org--name")
    cached(hub, "models--org--name", OLDER)
    write(tmp_path / "home", ".lmstudio/models/org/name/name.gguf", WEIGHTS)
    models = named(look(tmp_path), ItemKind.MODEL)
    assert {name: len(item.evidence) for name, item in models.items()} == {
        "huggingface:org/name": 1,
        f"huggingface:org/name@{COMMIT}": 1,
        f"huggingface:org/name@{OLDER}": 1,
    }


def test_a_cache_that_a_variable_puts_elsewhere_is_told_by_the_variable(tmp_path: Path) -> None:
    cached(tmp_path / "disk/alice/hub", "models--org--name")
    (item,) = look(tmp_path, environment={"HF_HOME": str(tmp_path / "disk/alice")}).items
    assert places(item) == [f"$HF_HOME/hub/models--org--name/snapshots/{COMMIT}"]


def pulled(store: Path, path: str) -> bytes:
    """A model as Ollama leaves it."""
    write(store, f"blobs/sha256-{SHA}", WEIGHTS)
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{SHA}", "size": 7}]
    data = json.dumps({"schemaVersion": 2, "layers": layers}).encode()
    write(store, f"manifests/{path}", data)
    return data


def test_models_of_ollama_are_told_by_tag_with_the_digests_of_their_layers(tmp_path: Path) -> None:
    store = tmp_path / "home/.ollama/models"
    data = pulled(store, "registry.ollama.ai/library/llama3.2/1b")
    pulled(store, "hf.co/org/name-GGUF/Q4_K_M")
    pulled(tmp_path / "system/usr/share/ollama/.ollama/models", "registry.ollama.ai/acme/own/latest")
    taken = look(tmp_path)
    models = named(taken, ItemKind.MODEL)
    assert set(models) == {"ollama:llama3.2:1b", "huggingface:org/name-GGUF", "ollama:acme/own:latest"}
    assert content(models["ollama:llama3.2:1b"]) == {
        "provider": "ollama",
        "id": "llama3.2:1b",
        "revision": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "size": 7,
        "files": [f"sha256:{SHA}"],
    }
    assert places(models["ollama:acme/own:latest"]) == [
        ".../usr/share/ollama/.ollama/models/manifests/registry.ollama.ai/acme/own/latest"
    ]


def test_a_layer_that_does_not_lie_there_is_a_gap(tmp_path: Path) -> None:
    store = tmp_path / "home/.ollama/models"
    pulled(store, "registry.ollama.ai/library/llama3.2/1b")
    (store / f"blobs/sha256-{SHA}").unlink()
    taken = look(tmp_path)
    assert [(gap.what, gap.why) for gap in taken.gaps] == [
        (
            "~/.ollama/models/manifests/registry.ollama.ai/library/llama3.2/1b",
            f"its layer sha256:{SHA} does not lie here; fetch it again: ollama pull llama3.2:1b",
        )
    ]


def test_models_of_docker_are_told_by_tag(tmp_path: Path) -> None:
    store = tmp_path / "home/.docker/models"
    write(store, f"blobs/sha256/{SHA}", WEIGHTS)
    entry: dict[str, Json] = {
        "id": f"sha256:{'1' * 64}",
        "tags": ["index.docker.io/ai/smollm2:latest"],
        "files": [f"sha256:{SHA}"],
    }
    put(store, "models.json", {"models": [entry]})
    models = named(look(tmp_path), ItemKind.MODEL)
    assert content(models["docker:ai/smollm2:latest"]) == {
        "provider": "docker",
        "id": "ai/smollm2:latest",
        "revision": f"sha256:{'1' * 64}",
        "size": 7,
        "files": [f"sha256:{SHA}"],
    }


def test_files_of_models_are_told_where_each_program_keeps_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in (
        ".lmstudio/models/org/name-GGUF/name.Q4.gguf",
        ".cache/whisper/large-v3.pt",
        ".cache/gpt4all/orca-mini.gguf",
        ".cache/llama.cpp/org_name-GGUF_name-Q4.gguf",
        ".cache/llama.cpp/big-00001-of-00002.gguf",
        ".cache/llama.cpp/big-00002-of-00002.gguf",
        ".config/Jan/data/llamacpp/models/qwen/model.gguf",
        ".cache/torch/hub/ultralytics_yolov5_master/hubconf.py",
        ".cache/torch/hub/checkpoints/resnet18-f37072fd.pth",
        ".cache/whisper/notes.txt",
        ".cache/torch/hub/trusted_list",
    ):
        write(home, name, WEIGHTS)
    write(home, ".cache/llama.cpp/manifest=org=name-GGUF=latest.json", "{}")
    models = named(look(tmp_path), ItemKind.MODEL)
    assert {name: content(item).get("size") for name, item in models.items()} == {
        "gpt4all:orca-mini": 7,
        # Twice: LM Studio has it, and llama.cpp.
        "huggingface:org/name-GGUF": 7,
        "jan:qwen": 7,
        "llama.cpp:big": 14,
        "openai-whisper:large-v3": 7,
        "torch-hub:resnet18-f37072fd": 7,
        "torch-hub:ultralytics/yolov5": None,
    }
    assert len(models["huggingface:org/name-GGUF"].evidence) == 2


@pytest.mark.parametrize(
    ("folder", "model"),
    [
        ("ultralytics_yolov5_master", "torch-hub:ultralytics/yolov5"),
        ("my-org_a_repo_v1.0", "torch-hub:my-org/a_repo"),
        ("_no_owner_main", ""),
        ("owner_repo", ""),
        ("owner_repo_", ""),
    ],
)
def test_a_folder_of_torch_hub_is_called_after_owner_repository_and_branch(
    tmp_path: Path, folder: str, model: str
) -> None:
    write(tmp_path / "home", f".cache/torch/hub/{folder}/hubconf.py", WEIGHTS)
    assert list(named(look(tmp_path), ItemKind.MODEL)) == ([model] if model else [])


@pytest.mark.parametrize("pattern", [model_folders._TORCH, caches._TORCH])
@pytest.mark.parametrize("name", ["a_", "a_b", "a", "_", "a_."])
def test_what_no_folder_of_torch_hub_is_called_is_told_in_linear_time(pattern: re.Pattern[str], name: str) -> None:
    assert grows_linearly(lambda count: pattern.fullmatch(f"torch/hub/a_{name * count}!"), 200)
    assert grows_linearly(lambda count: pattern.fullmatch(f"a_{name * count}!"), 200)
