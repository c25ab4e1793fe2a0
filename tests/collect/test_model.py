"""Models in folders become snapshots of their files; nothing of them is loaded, and nothing is left out in silence."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from configured import context, write
from driftseal.collect.base import Context
from driftseal.collect.manifest import ManifestCollector
from driftseal.collect.model import ModelCollector
from driftseal.model.item import Item, ItemKind
from driftseal.model.snapshot import Origin, Snapshot

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
TENSORS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)
CONFIG = json.dumps({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"


def repository(folder: Path) -> Path:
    write(folder, "config.json", CONFIG)
    write(folder, "model.safetensors", TENSORS)
    write(folder, "README.md", "---\nlicense: mit\nbase_model: org/base\n---\n# A model\n")
    return folder


def snapshots(given: Context, reference: str) -> list[Snapshot]:
    collector = ModelCollector(given)
    assert collector.claims(reference)
    return list(collector.collect(list(collector.targets(reference))))


def item(taken: Snapshot, key: str) -> Item:
    return next(one for one in taken.items if one.key == key)


def gaps(taken: Snapshot) -> dict[str, str]:
    return {gap.what: gap.why for gap in taken.gaps}


def test_every_file_of_a_model_is_an_item_with_its_digest(tmp_path: Path) -> None:
    repository(tmp_path / "llama")
    write(tmp_path, "llama/unet/weights.bin", b"\0" * 100)
    (taken,) = snapshots(context(tmp_path), "llama")
    assert (taken.target.name, taken.origin, taken.target.incidental) == ("llama", Origin.STATIC, False)
    assert [one.key for one in taken.items] == [
        "model-file:README.md",
        "model-file:config.json",
        "model-file:model.safetensors",
        "model-file:unet/weights.bin",
        "model:",
    ]
    content = item(taken, "model-file:model.safetensors").content
    assert isinstance(content, dict)
    assert (content["size"], content["sha256"]) == (len(TENSORS), hashlib.sha256(TENSORS).hexdigest())
    assert item(taken, "model-file:unet/weights.bin").evidence[0].uri == "llama/unet/weights.bin"


def test_the_model_says_what_its_configuration_and_its_card_say(tmp_path: Path) -> None:
    repository(tmp_path / "llama")
    (taken,) = snapshots(context(tmp_path), "llama")
    content = item(taken, "model:").content
    assert isinstance(content, dict)
    assert content["architectures"] == ["LlamaForCausalLM"]
    assert (content["license"], content["base_model"], content["model_type"]) == ("mit", "org/base", "llama")
    assert item(taken, "model:").kind is ItemKind.MODEL


def test_one_file_is_a_model_and_moving_it_changes_no_key(tmp_path: Path) -> None:
    write(tmp_path, "models/m.safetensors", TENSORS)
    (taken,) = snapshots(context(tmp_path), "models/m.safetensors")
    assert [one.key for one in taken.items] == ["model-file:m.safetensors", "model:"]
    assert taken.target.reference == "models/m.safetensors"
    assert item(taken, "model:").evidence[0].uri == "models/m.safetensors"


def test_a_project_is_no_model_because_of_a_binary_file(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[project]\n")
    write(tmp_path, "src/app/__init__.py", "")
    write(tmp_path, "src/app/table.bin", bytes(100))
    write(tmp_path, "config.json", '{"port": 80}')
    assert snapshots(context(tmp_path), ".") == []


def test_models_in_a_project_are_targets_of_their_own_that_need_no_baseline(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[project]\n")
    write(tmp_path, "src/app/__init__.py", "")
    write(tmp_path, "src/app/vectors.safetensors", TENSORS)
    write(tmp_path, "tests/evil.safetensors", TENSORS)
    write(tmp_path, "node_modules/a/b.safetensors", TENSORS)
    repository(tmp_path / "models" / "llama")
    found = [taken.target for taken in snapshots(context(tmp_path), ".")]
    assert [target.reference for target in found] == ["models/llama", "src/app/vectors.safetensors"]
    assert all(target.incidental for target in found)


def test_models_in_a_folder_of_models_need_baselines(tmp_path: Path) -> None:
    repository(tmp_path / "models" / "one")
    write(tmp_path, "models/two/m.safetensors", TENSORS)
    found = [taken.target for taken in snapshots(context(tmp_path), "models")]
    assert [(target.reference, target.incidental) for target in found] == [("models/one", False), ("models/two", False)]


def test_a_model_with_code_of_its_own_is_one_model(tmp_path: Path) -> None:
    repository(tmp_path)
    write(tmp_path, "modeling_llama.py", "class Llama: ...\n")
    write(tmp_path, ".git/config", "[core]\n")
    (taken,) = snapshots(context(tmp_path), ".")
    assert "model-file:modeling_llama.py" in {one.key for one in taken.items}
    assert not any(".git" in one.key for one in taken.items)


def test_links_out_of_the_folder_and_pipes_are_gaps(tmp_path: Path) -> None:
    repository(tmp_path / "m")
    (tmp_path / "m" / "tokenizer.json").symlink_to("/etc/hostname")
    (tmp_path / "m" / "copy.safetensors").symlink_to("model.safetensors")
    os.mkfifo(tmp_path / "m" / "pipe")
    (taken,) = snapshots(context(tmp_path), "m")
    told = gaps(taken)
    assert "leads out of the folder" in told["tokenizer.json"]
    assert "a pipe" in told["pipe"]
    assert "model-file:copy.safetensors" in {one.key for one in taken.items}


def test_the_cache_of_the_hub_is_read_through_its_links(tmp_path: Path) -> None:
    hub = tmp_path / "hub" / "models--org--name"
    write(hub, "blobs/abc", TENSORS)
    write(hub, "blobs/def", CONFIG)
    revision = hub / "snapshots" / "0123"
    revision.mkdir(parents=True)
    (revision / "model.safetensors").symlink_to("../../blobs/abc")
    (revision / "config.json").symlink_to("../../blobs/def")
    (taken,) = snapshots(context(tmp_path), "hub/models--org--name/snapshots/0123")
    assert [one.key for one in taken.items] == ["model-file:config.json", "model-file:model.safetensors", "model:"]
    assert not [gap for gap in taken.gaps if "link" in gap.why]


def test_a_pointer_in_place_of_weights_is_a_gap(tmp_path: Path) -> None:
    repository(tmp_path)
    write(tmp_path, "model.safetensors", POINTER)
    (taken,) = snapshots(context(tmp_path), ".")
    assert "git lfs pull" in gaps(taken)["model.safetensors"]
    assert "12345 bytes" in gaps(taken)["model.safetensors"]


@pytest.mark.parametrize(
    ("index", "absent"),
    [
        ('{"weight_map": {"a": "model.safetensors", "b": "other.safetensors"}}', "other.safetensors"),
        ('{"weight_map": {"b": "x-00001-of-00002.safetensors"}}', "x-00001-of-00002.safetensors"),
    ],
)
def test_a_shard_that_the_index_names_and_that_is_not_there_is_a_gap(tmp_path: Path, index: str, absent: str) -> None:
    repository(tmp_path)
    write(tmp_path, "model.safetensors.index.json", index)
    (taken,) = snapshots(context(tmp_path), ".")
    assert "download the model again" in gaps(taken)[absent]


def test_missing_shards_are_told_by_the_names_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, "m/big-00001-of-00003.safetensors", TENSORS)
    write(tmp_path, "m/big-00003-of-00003.safetensors", TENSORS)
    for reference in ("m", "m/big-00001-of-00003.safetensors"):
        (taken,) = snapshots(context(tmp_path), reference)
        assert [what for what, why in gaps(taken).items() if "not there" in why] == ["big-00002-of-00003.safetensors"]


def test_a_file_that_cannot_be_read_is_a_gap_and_the_others_are_read(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "gone.safetensors").symlink_to("nowhere")
    (taken,) = snapshots(context(tmp_path), ".")
    assert "gone.safetensors" in gaps(taken)
    assert "model-file:config.json" in {one.key for one in taken.items}


def test_a_broken_configuration_is_a_gap(tmp_path: Path) -> None:
    repository(tmp_path)
    write(tmp_path, "generation_config.json", "{")
    (taken,) = snapshots(context(tmp_path), ".")
    assert "not valid JSON" in gaps(taken)["generation_config.json"]


def test_an_empty_or_unknown_file_of_weights_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "a.safetensors", b"")
    write(tmp_path, "b.pt", b"what is this")
    for name, why in {"a.safetensors": "it is empty", "b.pt": "format is not known"}.items():
        (taken,) = snapshots(context(tmp_path), name)
        assert why in gaps(taken)[name]


@pytest.mark.parametrize("name", ["server.py", "tools.json", "notes.md", "bundle.mcpb"])
def test_what_other_kinds_read_is_no_model(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, '{"tools": []}')
    assert not ModelCollector(context(tmp_path)).claims(name)


@pytest.mark.parametrize(
    "name", ["tokenizer_config.json", "model.safetensors.index.json", "chat_template.jinja", "config.json"]
)
def test_a_configuration_that_is_named_alone_is_read_as_the_model_s(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, CONFIG)
    (taken,) = snapshots(context(tmp_path), name)
    assert item(taken, f"model-file:{name}").size > 0
    assert not ManifestCollector(context(tmp_path)).claims(name)


def test_a_configuration_of_something_else_is_no_model(tmp_path: Path) -> None:
    write(tmp_path, "config.json", '{"tools": [], "port": 8080}')
    assert not ModelCollector(context(tmp_path)).claims("config.json")
    assert ManifestCollector(context(tmp_path)).claims("config.json")


@pytest.mark.parametrize("name", ["m.tgz", "m.tar.gz", "m.tar", "m.zip"])
def test_an_archive_of_model_files_that_is_named_alone_is_looked_into(tmp_path: Path, name: str) -> None:
    write(tmp_path, "files/model.safetensors", TENSORS)
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as zipped:
            zipped.write(tmp_path / "files/model.safetensors", "files/model.safetensors")
    else:
        with tarfile.open(tmp_path / name, "w:gz" if name.endswith("gz") else "w") as packed:
            packed.add(tmp_path / "files", "files")
    (taken,) = snapshots(context(tmp_path), name)
    assert taken.gaps == ()
    told = item(taken, f"model-file:{name}").content
    assert isinstance(told, dict)
    assert "safetensors" in str(told["inside"])


def test_an_archive_without_a_file_of_a_model_is_never_clean(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as zipped:
        zipped.writestr("index.js", "run()")
    (taken,) = snapshots(context(tmp_path), "code.zip")
    assert gaps(taken) == {"code.zip": "no file of a model is in this archive; unpack it, and scan the folder"}
