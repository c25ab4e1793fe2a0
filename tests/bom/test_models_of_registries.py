"""Models that a registry told of: their names, and whose word each field is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bom.application import COMMIT, hub, inventory, report, seen
from bom.documents import by_ref, problems, properties
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.model.item import Evidence, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.observe.files.base import Property, Reading
from driftseal.pipeline.bom import build
from driftseal.snapshot import make_item, take
from report.sample import NOW

HUB = Target("hf", "hf:acme/weather@main", "acme/weather", "model/hf:acme/weather")
PAGE = "https://hub.example.com/acme/weather"


Files = Mapping[str, dict[str, Json]]
"""What is known of each file, by its path."""


def taken(
    content: dict[str, Json], *, target: Target = HUB, page: str = PAGE, files: Files = MappingProxyType({})
) -> Snapshot:
    items = [make_item(ItemKind.MODEL, "", content, evidence=[Evidence(page)])]
    items += [
        make_item(ItemKind.MODEL_FILE, name, {"sha256": "a" * 64, "size": 9, **told}, evidence=[Evidence(page)])
        for name, told in files.items()
    ]
    return take(target, items, origin=Origin.PUBLISHED, collected_at=NOW)


def written(*snapshots: Snapshot, **more: Any) -> Any:
    document = json.loads(CycloneDx("1.7").render(build(report(*snapshots), root_name="x", **more)))
    assert problems(document) == []
    return document


def test_what_the_hub_says_of_a_model_is_cited_as_its_word() -> None:
    content: dict[str, Json] = {"id": "acme/weather", "commit": COMMIT, "pipeline_tag": "text-generation"}
    document = written(taken(content))
    (source,) = document["metadata"]["tools"]["services"]
    assert (source["name"], source["endpoints"]) == ("Hugging Face Hub", ["https://hub.example.com"])
    (cited,) = document["citations"]
    assert cited["attributedTo"] == source["bom-ref"] == "registry/hf"
    assert cited["pointers"] == ["/components/0/modelCard/modelParameters/task"]
    (model,) = document["components"]
    assert model["purl"] == f"pkg:huggingface/acme/weather@{COMMIT}"
    assert (model["publisher"], model["group"]) == ("acme", "acme")


def test_the_card_counts_before_what_the_hub_repeats_of_it() -> None:
    card: Json = {"license": "mit", "pipeline_tag": "fill-mask"}
    content: dict[str, Json] = {"id": "acme/weather", "commit": COMMIT, "license": "mit", "pipeline_tag": "fill-mask"}
    document = written(taken(content, files={"README.md": {"document": card}}))
    (cited,) = document["citations"]
    assert by_ref(document)[cited["attributedTo"]]["name"] == "README.md"


def test_a_digest_that_is_the_hub_s_claim_is_told_as_such() -> None:
    content: dict[str, Json] = {"id": "acme/weather", "commit": COMMIT}
    document = written(taken(content, files={"model.safetensors": {"format": "safetensors", "sha256_by": "hub"}}))
    (file,) = document["components"][0]["components"]
    assert properties(file)["driftseal:digestBy"] == "hub"


def test_an_ollama_model_is_the_one_that_code_names_without_its_tag() -> None:
    target = Target("ollama", "ollama:llama3.2:latest", "llama3.2:latest", "ollama/registry.ollama.ai/library/llama3.2")
    config: Json = {"model_family": "llama", "model_type": "3.2B", "file_type": "Q4_K_M"}
    here = taken({"license": "LLAMA 3.2 COMMUNITY LICENSE", "config": config}, target=target, page=target.reference)
    code = inventory(seen(ItemKind.MODEL, "ollama:llama3.2", {"provider": "ollama", "id": "llama3.2"}, line=4))
    (model,) = written(here, code)["components"]
    assert "purl" not in model
    assert properties(model)["driftseal:ollama:ref"] == "llama3.2:latest"
    assert model["licenses"][0]["license"]["name"] == "LLAMA 3.2 COMMUNITY LICENSE"
    told = {entry["name"]: entry["value"] for entry in model["modelCard"]["properties"]}
    assert told == {"driftseal:model:parameterSize": "3.2B", "driftseal:model:quantization": "Q4_K_M"}


def test_an_mlflow_model_is_told_with_its_registry() -> None:
    target = Target("mlflow", "mlflow:forecast/3", "forecast", "model/mlflow:forecast")
    page = "https://user:s3cret@mlflow.example.com/base/#/models/forecast/versions/3"
    (model,) = written(taken({"registry": {"name": "forecast", "version": "3"}}, target=target, page=page))[
        "components"
    ]
    assert model["purl"] == "pkg:mlflow/forecast@3?repository_url=https://mlflow.example.com"


def test_an_adapter_needs_the_model_that_it_adapts() -> None:
    adapter: Json = {"base_model_name_or_path": "acme/base", "peft_type": "LORA"}
    card: Json = {"base_model": "acme/base", "base_model_relation": "adapter"}
    content: dict[str, Json] = {"id": "acme/weather", "commit": COMMIT}
    files: Files = {"adapter_config.json": {"document": adapter}, "README.md": {"document": card}}
    base = inventory(seen(ItemKind.MODEL, "huggingface:acme/base", hub("acme/base")))
    document = written(taken(content, files=files), base)
    needs = {row["ref"]: row["dependsOn"] for row in document["dependencies"]}
    assert "model/huggingface/acme/base" in needs["model/huggingface/acme/weather"]


def test_a_header_that_is_too_large_for_an_item_is_read_from_what_was_read() -> None:
    tensors: Json = {"a": {"dtype": "F32", "shape": [3, 5]}}
    kept: dict[str, Json] = {"format": "safetensors", "properties": {"tensors": {"sha256": "0" * 64, "entries": 1}}}
    here = taken({"id": "acme/weather", "commit": COMMIT}, files={"m.safetensors": kept})
    readings = {
        HUB.identity: {"model-file:m.safetensors": Reading("safetensors", properties=(Property("tensors", tensors),))}
    }
    for given, facts in ((readings, {"driftseal:model:parameterCount": "15"}), ({}, {})):
        card = written(here, readings=given)["components"][0].get("modelCard", {})
        assert {entry["name"]: entry["value"] for entry in card.get("properties", ())} == facts
