"""What code, manifests and machines name becomes components, services and links between them, each thing once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bom.application import (
    INVENTORY,
    OTHERS,
    PACKAGES,
    PROMPT,
    application,
    configured,
    inventory,
    report,
    texts,
)
from bom.documents import by_ref, components, properties
from bom.making import needs, written
from driftseal import canonical
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.pipeline.bom import build
from report.golden import check

EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "application.cdx.json"


def test_the_example_of_an_application_is_what_we_write() -> None:
    check(EXAMPLE, CycloneDx("1.7").render(build(application(), root_name="shop")))


@pytest.mark.parametrize("version", CycloneDx.versions)
def test_nothing_is_wrong_with_the_document_of_an_application(version: str) -> None:
    assert written(application(), version)["specVersion"] == version


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
