"""Models that code names: what they are called, which version, who answers for them, and when two are one."""

from __future__ import annotations

from dataclasses import replace

from bom.application import (
    COMMIT,
    INVENTORY,
    MODELS,
    OTHER_COMMIT,
    OTHERS,
    hub,
    inventory,
    report,
    seen,
)
from bom.documents import by_ref, properties
from bom.making import needs, written
from driftseal.model.item import ItemKind, Json
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.snapshot import make_item, take
from report.sample import NOW

QWEN = "model/huggingface/Qwen/Qwen2-7B"


def test_a_model_of_the_hub_is_pinned_by_its_commit_and_found_where_code_and_configuration_name_it() -> None:
    model = by_ref(written(report(inventory(*MODELS))))[QWEN]
    assert (model["group"], model["name"], model["version"]) == ("Qwen", "Qwen2-7B", COMMIT)
    assert model["purl"] == f"pkg:huggingface/Qwen/Qwen2-7B@{COMMIT}"
    assert [link["type"] for link in model["externalReferences"]] == ["model-card", "distribution"]
    assert model["externalReferences"][1]["url"].endswith(f"/tree/{COMMIT}")
    places = [(at["location"], at["line"], at["symbol"]) for at in model["evidence"]["occurrences"]]
    assert places == [("config.yaml", 3, "model"), ("src/app.py", 14, "load")]
    (identity,) = model["evidence"]["identity"]
    assert (identity["field"], identity["confidence"]) == ("purl", 1.0)
    assert {entry["technique"]: entry["confidence"] for entry in identity["methods"]} == {
        "manifest-analysis": 0.8,
        "source-code-analysis": 1.0,
    }


def test_a_branch_or_a_tag_is_no_version() -> None:
    model = by_ref(written(report(inventory(*MODELS))))["model/huggingface/acme/weather-lora"]
    assert (model["purl"], model.get("version")) == ("pkg:huggingface/acme/weather-lora", None)
    told = properties(model)
    assert (told["driftseal:model:revision"], told["driftseal:model:pinned"]) == ("v2", "false")
    assert told["driftseal:model:remoteCode"] == "true"


def test_what_a_model_adapts_is_its_ancestor_and_the_component_that_it_is() -> None:
    document = written(report(inventory(*MODELS)))
    (ancestor,) = by_ref(document)["model/huggingface/acme/weather-lora"]["pedigree"]["ancestors"]
    assert (ancestor["group"], ancestor["name"], ancestor["purl"]) == (
        "Qwen",
        "Qwen2-7B",
        "pkg:huggingface/Qwen/Qwen2-7B",
    )
    assert properties(ancestor) == {"driftseal:pedigree:ref": QWEN}


def test_a_hosted_model_is_external_needs_its_provider_and_is_never_told_whole() -> None:
    document = written(report(inventory(*MODELS)))
    model = by_ref(document)["model/openai/gpt-4o-mini"]
    assert (model["isExternal"], model["publisher"], model["supplier"]) == (True, "OpenAI", {"name": "OpenAI"})
    assert not model.keys() & {"purl", "hashes", "version"}
    assert needs(document)["model/openai/gpt-4o-mini"] == ["provider/openai"]
    assert by_ref(document)["provider/openai"]["x-trust-boundary"] is True
    (incomplete,) = [entry for entry in document["compositions"] if entry["aggregate"] == "incomplete"]
    assert "model/openai/gpt-4o-mini" in incomplete["assemblies"]
    older = by_ref(written(report(inventory(*MODELS)), "1.6"))["model/openai/gpt-4o-mini"]
    assert "isExternal" not in older


def test_who_answers_for_a_model_is_not_taken_for_who_made_it() -> None:
    ref = "model/aws-bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0"
    model = by_ref(written(report(inventory(*MODELS))))[ref]
    assert (model["publisher"], model["supplier"]) == ("Anthropic", {"name": "Amazon Bedrock"})


def test_a_model_at_an_address_of_its_own_needs_the_service_there() -> None:
    content: dict[str, Json] = {"provider": "openai", "id": "m", "hosted": True, "endpoint": "http://10.0.0.7/v1"}
    document = written(report(inventory(seen(ItemKind.MODEL, "openai:m", content))))
    (ref,) = needs(document)["model/openai/m"]
    service = by_ref(document)[ref]
    assert (service["endpoints"], service.get("provider")) == (["http://10.0.0.7/v1"], None)


def test_ollama_and_datasets_have_no_package_url_and_mlflow_has() -> None:
    parts = by_ref(written(report(inventory(*MODELS, *OTHERS))))
    ollama, dataset = parts["model/ollama/llama3.2:latest"], parts["dataset/huggingface/rajpurkar/squad_v2"]
    assert "purl" not in ollama
    assert properties(ollama)["driftseal:ollama:ref"] == "llama3.2"
    assert "purl" not in dataset
    assert (dataset["type"], dataset["data"][0]["type"]) == ("data", "dataset")
    assert dataset["externalReferences"][0]["url"] == "https://huggingface.co/datasets/rajpurkar/squad_v2"
    assert parts["model/mlflow/forecast"]["purl"] == "pkg:mlflow/forecast@3"


def test_two_commits_of_one_model_are_two_components_and_a_name_without_a_commit_is_neither() -> None:
    snapshots = [
        replace(
            inventory(seen(ItemKind.MODEL, "huggingface:a/b", hub("a/b", **more), line=line)),
            target=replace(INVENTORY, reference=f"{line}#inventory", identity=f"inventory/{line}"),
        )
        for line, more in enumerate(({"revision": COMMIT}, {"revision": OTHER_COMMIT}, {}, {"revision": COMMIT}), 1)
    ]
    parts = by_ref(written(report(*snapshots)))
    assert {ref: [at["line"] for at in part["evidence"]["occurrences"]] for ref, part in parts.items()} == {
        "model/huggingface/a/b": [3],
        f"model/huggingface/a/b@{COMMIT}": [1, 4],
        f"model/huggingface/a/b@{OTHER_COMMIT}": [2],
    }


def test_a_model_in_code_is_the_one_that_lies_in_the_cache() -> None:
    target = Target("hf", "hf:Qwen/Qwen2-7B", "Qwen/Qwen2-7B", "model/hf:Qwen/Qwen2-7B")
    files = [make_item(ItemKind.MODEL_FILE, "model.safetensors", {"sha256": "a" * 64, "format": "safetensors"})]
    whole = make_item(ItemKind.MODEL, "", {"id": "Qwen/Qwen2-7B", "commit": COMMIT, "license": "apache-2.0"})
    cached = take(target, [*files, whole], origin=Origin.STATIC, collected_at=NOW)
    document = written(report(inventory(*MODELS[:2]), cached))
    (model,) = document["components"]
    assert model["licenses"] == [{"acknowledgement": "declared", "expression": "Apache-2.0"}]
    assert model["modelCard"]["modelParameters"]["task"] == "text-generation"
    assert [part["name"] for part in model["components"]] == ["model.safetensors"]
    assert {at["location"] for at in model["evidence"]["occurrences"]} == {"config.yaml", "src/app.py"}
