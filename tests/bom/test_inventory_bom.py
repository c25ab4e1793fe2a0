"""What code, manifests and machines name becomes components, services and links between them, each thing once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bom.application import (
    COMMIT,
    INVENTORY,
    MODELS,
    OTHER_COMMIT,
    OTHERS,
    PACKAGES,
    PROMPT,
    application,
    configured,
    hub,
    inventory,
    report,
    seen,
    texts,
)
from bom.documents import by_ref, components, problems, properties
from driftseal import canonical
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.model.item import ItemKind, Json
from driftseal.model.report import Report
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.pipeline.bom import build
from driftseal.snapshot import make_item, take
from report.golden import check
from report.sample import NOW

EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "application.cdx.json"
QWEN = "model/huggingface/Qwen/Qwen2-7B"


def written(found: Report, version: str = "1.7") -> Any:
    document = json.loads(CycloneDx(version).render(build(found, root_name="shop")))
    assert problems(document) == []
    return document


def needs(document: Any) -> dict[str, list[str]]:
    return {row["ref"]: row["dependsOn"] for row in document["dependencies"]}


def test_the_example_of_an_application_is_what_we_write() -> None:
    check(EXAMPLE, CycloneDx("1.7").render(build(application(), root_name="shop")))


@pytest.mark.parametrize("version", CycloneDx.versions)
def test_nothing_is_wrong_with_the_document_of_an_application(version: str) -> None:
    assert written(application(), version)["specVersion"] == version


# --- models ----------------------------------------------------------------------------------


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


# --- packages, services, agents --------------------------------------------------------------


def test_packages_have_canonical_package_urls_of_their_ecosystem() -> None:
    found = {part["purl"]: part["type"] for part in written(report(inventory(*PACKAGES)))["components"]}
    assert found == {
        "pkg:golang/github.com/ollama/ollama@v0.5.1": "library",
        "pkg:maven/dev.langchain4j/langchain4j@1.0.0": "framework",
        "pkg:npm/%40acme/mcp-git@1.2.3": "library",
        "pkg:pypi/langchain@0.3.1": "framework",
        "pkg:pypi/torch@2.8.0%2Bcpu": "library",
    }


def test_a_package_in_a_lockfile_and_in_a_launch_is_one_component() -> None:
    document = written(report(inventory(*PACKAGES), configured()))
    (package,) = [part for part in document["components"] if part["name"] == "mcp-git"]
    assert {at["location"] for at in package["evidence"]["occurrences"]} == {".mcp.json", "package-lock.json"}
    assert package["bom-ref"] in needs(document)["service/claude-code/project/.mcp.json/git"]


def test_an_agent_needs_its_model_prompt_framework_and_server_and_nothing_that_is_not_listed() -> None:
    document = written(application())
    assert needs(document)["agent/weather"] == [
        "mcp/search",
        "model/openai/gpt-4o-mini",
        "pkg:pypi/langchain@0.3.1",
        "prompt-file/src/app.py:SYSTEM_PROMPT",
    ]
    assert properties(by_ref(document)["agent/weather"])["driftseal:agent:tools"] == "lookup"


def test_a_server_that_code_starts_is_a_service_with_its_package() -> None:
    document = written(report(inventory(*OTHERS)))
    service = by_ref(document)["mcp/search"]
    assert (service["group"], service["trustZone"], service["tags"]) == ("mcp", "local", ["mcp-server"])
    assert properties(service)["driftseal:mcp:env"] == "SEARCH_KEY"
    assert needs(document)["mcp/search"] == ["pkg:pypi/search-mcp@2.0.0"]


def test_services_tell_their_role_their_place_and_what_goes_over_the_wire() -> None:
    parts = by_ref(written(report(inventory(*OTHERS))))
    openai, qdrant = parts["provider/openai"], parts["provider/qdrant"]
    assert (openai["endpoints"], openai["authenticated"]) == (["https://gateway.example.com/v1"], True)
    assert openai["data"] == [
        {"flow": "bi-directional", "classification": "unknown", "name": "prompts and completions"}
    ]
    assert (qdrant["trustZone"], qdrant["x-trust-boundary"]) == ("local", False)
    assert properties(openai)["driftseal:service:baseUrlSource"] == "OPENAI_BASE_URL"
    assert properties(openai)["driftseal:evidence"] == ".env:2"


def test_a_prompt_is_told_by_its_digest_and_never_by_its_text() -> None:
    document = written(report(inventory(*OTHERS)))
    prompt = by_ref(document)["prompt-file/src/app.py:SYSTEM_PROMPT"]
    assert prompt["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(PROMPT.encode()).hexdigest()}]
    assert PROMPT not in json.dumps(document)


def test_a_ci_step_needs_the_action_that_it_uses() -> None:
    document = written(report(inventory(*OTHERS)))
    assert needs(document)["ci-step/.github/workflows/ci.yml/review/claude"] == [
        "pkg:github/anthropics/claude-code-action@v1"
    ]
    step = properties(by_ref(document)["ci-step/.github/workflows/ci.yml/review/claude"])
    assert (step["driftseal:ci:env"], step["driftseal:ci:permissions"]) == ("ANTHROPIC_API_KEY", "contents: write")


def test_extensions_and_programs_of_a_machine_are_applications() -> None:
    parts = by_ref(written(report(inventory(*OTHERS))))
    extension, program = parts["extension/vscode/acme.copilot"], parts["application/ollama"]
    assert extension["purl"] == "pkg:vscode-extension/acme/copilot@1.4.0"
    assert properties(extension)["driftseal:extension:permissions"] == "onChat"
    assert (program["type"], program["version"]) == ("application", "0.5.1")


def test_a_skill_holds_its_files_and_what_it_asks_for() -> None:
    document = written(report(texts()))
    (skill,) = [part for part in document["components"] if part["tags"] == ["skill"]]
    assert (skill["name"], skill["version"], skill["licenses"][0]["expression"]) == ("pdf", "1.1", "Apache-2.0")
    assert [part["name"] for part in skill["components"]] == ["skills/pdf/forms.md", "skills/pdf/scripts/read.py"]
    script = skill["components"][1]
    assert script["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"print(1)\n").hexdigest()}]
    told = properties(skill)
    assert (told["driftseal:skill:allowedTools"], told["driftseal:skill:scripts"]) == ("Read Bash", "1")
    items = {item.name: str(item.digest) for item in texts().items if item.name.startswith("skills/")}
    root = hashlib.sha256(canonical.canonicalize({**items})).hexdigest()
    assert skill["hashes"] == [{"alg": "SHA-256", "content": root}]


def test_instructions_are_data_and_the_definition_of_a_sub_agent_is_an_agent() -> None:
    parts = {part["name"]: part for part in components(written(report(texts())))}
    assert (parts["AGENTS.md"]["type"], parts["AGENTS.md"]["tags"]) == ("data", ["agent-instructions"])
    assert parts["AGENTS.md"]["hashes"][0]["content"] == hashlib.sha256(b"Use tabs.").hexdigest()
    assert (parts["reviewer"]["type"], parts["reviewer"]["description"]) == ("application", "Reviews changes.")


# --- what is missing -------------------------------------------------------------------------


def test_what_could_not_be_read_makes_the_whole_incomplete_and_says_why() -> None:
    document = written(application())
    (incomplete,) = [entry for entry in document["compositions"] if entry["aggregate"] == "incomplete"]
    assert "root" in incomplete["assemblies"]
    assert document["properties"] == [{"name": "driftseal:gap", "value": "src/odd.py: not UTF-8"}]


def test_findings_of_two_folders_by_one_name_stay_two_where_the_name_is_a_place() -> None:
    second = replace(INVENTORY, reference="other#inventory", identity="inventory/other")
    snapshots = (inventory(*OTHERS), replace(inventory(*OTHERS), target=second))
    refs = [part["bom-ref"] for part in written(report(*snapshots))["components"]]
    assert [ref for ref in refs if "weather" in ref] == ["agent/other:weather", "agent/weather"]
    assert refs.count("credential/OPENAI_API_KEY") == 1
