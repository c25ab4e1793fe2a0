"""The SPDX document: valid under the official schema and model, deterministic, the same set as in CycloneDX."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tools as prepared
from bom.application import COMMIT, MODELS, application, inventory, report
from bom.spdx_documents import elements, linked, listed, local, problems
from bom.spdx_sample import PURL, bom, everything_else, model
from driftseal.bom.cyclonedx import CycloneDx
from driftseal.bom.spdx import NAMESPACE, Spdx
from driftseal.model.bom import Bom, Composition, Dependency, Licence
from driftseal.model.report import Report
from driftseal.pipeline.bom import build
from report.golden import check
from report.sample import NOW, sample_report

EXAMPLE = Path(__file__).parents[2] / "sbom" / "example" / "application.spdx.json"
SHAPES = Path(__file__).with_name("spdx_shapes.py")
REPORTS = (application, sample_report)


def text_of(told: Report) -> str:
    return Spdx("3.0.1").render(build(told, root_name="demo"))


def spdx_of(told: Report) -> Any:
    return json.loads(text_of(told))


def written(bom: Bom) -> Any:
    return json.loads(Spdx("3.0.1").render(bom))


def properties(element: Any) -> dict[str, str]:
    """Properties of an element by their names."""
    (told,) = element["extension"]
    return {one["extension_cdxPropName"]: one["extension_cdxPropValue"] for one in told["extension_cdxProperty"]}


# --- valid -----------------------------------------------------------------------------------


def test_the_example_that_we_ship_is_what_we_write() -> None:
    check(EXAMPLE, text_of(application()))


@pytest.mark.parametrize("made", REPORTS)
def test_nothing_is_wrong_with_the_document(made: Any) -> None:
    assert problems(spdx_of(made())) == []


def test_nothing_is_wrong_with_what_other_reports_have() -> None:
    assert problems(written(everything_else())) == []


def _no_type(document: Any) -> None:
    for element in document["@graph"]:
        element.pop("dataset_datasetType", None)


def _twice(document: Any) -> None:
    document["@graph"].append(document["@graph"][1])


def _nowhere(document: Any) -> None:
    elements(document)["relationship/dependsOn/root"]["to"].append(f"{NAMESPACE}#nobody")


def _wrong_purl(document: Any) -> None:
    elements(document)["pkg:pypi/torch@2.8.0~2Bcpu"]["software_packageUrl"] = "pkg:pypi/torch@2.8.0+cpu"


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (_no_type, "Unevaluated properties"),
        (_twice, "given twice"),
        (_nowhere, "#nobody"),
        (_wrong_purl, "no canonical package URL"),
    ],
)
def test_our_checks_notice_mistakes(mistake: Callable[[Any], None], told: str) -> None:
    document = spdx_of(application())
    mistake(document)
    assert any(told in problem for problem in problems(document)), problems(document)


def violations(tools: Path, *documents: Path) -> list[str]:
    python = prepared.python(tools, "spdx")
    if not python.is_file():
        pytest.skip("spdx3-validate is not among the tools; install them again with tests/tools.py")
    command = [str(python), str(SHAPES), *map(str, documents)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


def test_the_official_model_accepts_the_documents(tools: Path, tmp_path: Path) -> None:
    paths = [EXAMPLE]
    for number, told in enumerate((build(sample_report(), root_name="demo"), everything_else())):
        path = tmp_path / f"{number}.json"
        path.write_text(Spdx("3.0.1").render(told), encoding="utf-8")
        paths.append(path)
    assert violations(tools, *paths) == []


def test_the_official_model_notices_who_cannot_make_a_document(tools: Path, tmp_path: Path) -> None:
    document = written(everything_else())
    creation = document["@graph"][0]
    creation["createdBy"] = creation["createdUsing"]
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    (told,) = [line for line in violations(tools, path) if "createdBy" in line]
    assert "Value does not have class <https://spdx.org/rdf/3.0.1/terms/Core/Agent>" in told


# --- the same in every respect ---------------------------------------------------------------


@pytest.mark.parametrize("made", REPORTS)
def test_both_formats_list_the_same_components_and_services(made: Any) -> None:
    whole = build(made(), root_name="demo")
    other = json.loads(CycloneDx("1.7").render(whole))
    refs = {"root"}
    ahead = [*other["components"], *other["services"]]
    while ahead:
        part = ahead.pop()
        refs.add(part["bom-ref"])
        ahead += part.get("components", ())
    document = written(whole)
    assert listed(document) == refs
    purls = {part["purl"] for part in other["components"] if "purl" in part}
    assert {one["software_packageUrl"] for one in elements(document).values() if "software_packageUrl" in one} == purls


def test_the_same_report_gives_the_same_bytes_and_another_one_other_iris() -> None:
    assert text_of(application()) == text_of(application())
    first, second = (set(elements(one)) for one in (spdx_of(application()), written(bom(model()))))
    assert "root" in first & second
    roots = [one["@graph"][1]["spdxId"].partition("#")[0] for one in (spdx_of(application()), written(bom(model())))]
    assert roots[0] != roots[1]


# --- what becomes what -----------------------------------------------------------------------


def test_the_document_is_made_by_an_agent_and_with_a_tool() -> None:
    document = spdx_of(application())
    creation = document["@graph"][0]
    assert (creation["specVersion"], creation["created"]) == ("3.0.1", NOW)
    made = [elements(document)[local(creation[key][0])]["type"] for key in ("createdBy", "createdUsing")]
    assert made == ["SoftwareAgent", "Tool"]


def test_profiles_are_those_that_are_used() -> None:
    (document,) = elements(spdx_of(application()), "SpdxDocument").values()
    assert document["profileConformance"] == ["ai", "core", "dataset", "extension", "simpleLicensing", "software"]
    (alone,) = elements(written(bom()), "SpdxDocument").values()
    assert alone["profileConformance"] == ["core", "software"]


def test_a_model_is_an_ai_package_with_its_base_its_version_and_its_places() -> None:
    document = spdx_of(report(inventory(*MODELS)))
    found = elements(document, "ai_AIPackage")["model/huggingface/Qwen/Qwen2-7B"]
    assert (found["name"], found["software_packageVersion"]) == ("Qwen/Qwen2-7B", COMMIT)
    assert found["software_packageUrl"] == f"pkg:huggingface/Qwen/Qwen2-7B@{COMMIT}"
    assert (found["software_primaryPurpose"], found["ai_domain"]) == ("model", ["text-generation"])
    base, adapter = "model/huggingface/Qwen/Qwen2-7B", "model/huggingface/acme/weather-lora"
    assert linked(document, "ancestorOf") == {base: [adapter]}
    facts = json.loads(elements(document)[f"annotation/facts/{base}"]["statement"])
    assert {(at["location"], at["line"]) for at in facts["evidence"]} == {("src/app.py", 14), ("config.yaml", 3)}


def test_an_agent_is_configured_by_its_prompt_and_needs_its_model() -> None:
    document = spdx_of(application())
    assert linked(document, "configures") == {"prompt-file/src/app.py:SYSTEM_PROMPT": ["agent/weather"]}
    assert "model/openai/gpt-4o-mini" in linked(document, "dependsOn")["agent/weather"]


def test_an_agent_uses_tools_and_needs_the_rest() -> None:
    document = written(everything_else())
    assert linked(document, "usesTool") == {"agent/a": ["item/t"]}
    assert linked(document, "dependsOn")["agent/a"] == ["model/m"]
    tool = elements(document, "software_File")["item/t"]
    assert tool["externalIdentifier"][0]["identifier"] == PURL
    assert properties(tool)["driftseal:version"] == "2"


def test_a_card_stands_in_the_fields_of_the_profile_for_ai() -> None:
    document = written(everything_else())
    told = elements(document, "ai_AIPackage")["model/m"]
    assert (told["ai_domain"], told["ai_typeOfModel"]) == (["chat"], ["llama"])
    assert (told["ai_limitation"], told["ai_informationAboutApplication"]) == ("No maths.", "Talk.")
    assert [(one["key"], one["value"]) for one in told["ai_metric"]] == [("f1 on squad", "0.8")]
    assert [(one["key"], one["value"]) for one in told["ai_hyperparameter"]] == [("contextLength", "8192")]
    assert properties(told)["driftseal:model:languages"] == "en"
    assert properties(told)["driftseal:external"] == "true"
    assert linked(document, "trainedOn") == {"model/m": ["data/d"]}
    remark = elements(document)["annotation/ancestors/model/m"]
    assert json.loads(remark["statement"]) == {"ancestors": [{"name": "a/b", "relation": "finetune"}]}
    assert elements(document)[local(told["suppliedBy"])]["name"] == "Acme"


def test_a_service_is_a_package_with_its_endpoint_and_what_is_known_of_it() -> None:
    document = written(everything_else())
    told = elements(document, "software_Package")["service/s"]
    assert [(one["locator"], one["comment"]) for one in told["externalRef"]] == [(["https://a.example/v1"], "endpoint")]
    assert json.loads(elements(document)["annotation/facts/service/s"]["statement"]) == {
        "authenticated": True,
        "crossesTrustBoundary": True,
        "data": [{"classification": "unknown", "flow": "outbound", "name": "prompts"}],
        "evidence": [{"confidence": 1.0, "line": 3, "location": "a.py"}],
        "service": True,
        "trustZone": "remote",
    }


def test_a_server_contains_its_tools_as_hashed_specifications() -> None:
    document = spdx_of(sample_report())
    ((server, tools),) = [
        (ref, to) for ref, to in linked(document, "contains").items() if any("tool:forecast" in one for one in to)
    ]
    assert server == "service/cursor/project/.cursor/mcp.json/weather"
    tool = elements(document, "software_File")[next(one for one in tools if one.endswith("tool:forecast"))]
    assert (tool["software_primaryPurpose"], tool["contentType"]) == ("specification", "application/json")
    assert tool["verifiedUsing"][0]["algorithm"] == "sha256"


def test_a_licence_that_spdx_does_not_know_is_a_reference_to_what_is_known_of_it() -> None:
    document = written(everything_else())
    (expression,) = elements(document, "simplelicensing_LicenseExpression").values()
    assert expression["simplelicensing_licenseExpression"] == "LicenseRef-llama3.2"
    (entry,) = expression["simplelicensing_customIdToUri"]
    text = elements(document, "simplelicensing_SimpleLicensingText")[local(entry["value"])]
    assert (text["name"], "https://example.com/licence" in text["simplelicensing_licenseText"]) == ("llama3.2", True)
    assert linked(document, "hasDeclaredLicense") == {"model/m": ["license/llama3.2"]}
    assert linked(document, "hasConcludedLicense") == {"model/m": ["expandedlicensing_NoAssertionLicense"]}


def test_findings_are_vulnerabilities_that_are_looked_into_or_accepted() -> None:
    document = written(everything_else())
    assert linked(document, "underInvestigationFor") == {"finding/1": ["model/m"]}
    assert linked(document, "affects") == {"finding/2": ["model/m"]}
    accepted = elements(document, "security_VexAffectedVulnAssessmentRelationship")["assessment/finding/2"]
    assert accepted["security_actionStatement"] == "known; until 2026-12-31"
    found = elements(document, "security_Vulnerability")["finding/1"]
    assert found["externalIdentifier"][0]["identifier"] == "R1"
    assert found["externalRef"][0]["locator"] == ["CWE-1427"]


def test_what_is_complete_and_what_is_not_stands_on_the_relationships() -> None:
    document = written(everything_else())
    told = {local(one["from"]): (one["completeness"], one["to"]) for one in document["@graph"] if "completeness" in one}
    assert told == {"model/m": ("complete", ["NoneElement"]), "data/d": ("incomplete", ["NoAssertionElement"])}
    remarks = {one["statement"] for one in elements(document, "Annotation").values()}
    assert {"gap: weights: too large", "It changed."} <= remarks


def test_what_is_incomplete_in_one_respect_is_not_complete() -> None:
    both = tuple(Composition(aggregate, ("model/m",)) for aggregate in ("incomplete", "complete"))
    for compositions in (both, both[::-1]):
        document = written(bom(model(), dependencies=(Dependency("model/m"),), compositions=compositions))
        assert elements(document)["relationship/contains/model/m"]["completeness"] == "incomplete"


def test_a_name_that_no_encoding_takes_makes_an_iri() -> None:
    document = written(bom(model(publisher="a\ud800 b", licences=(Licence(name="\udfff"),))))
    assert problems(document) == []
    assert elements(document)["organization/a\ufffd\ufffd\ufffd b"]["name"] == "a\\u{d800} b"


def test_nothing_in_the_document_controls_a_terminal() -> None:
    document = Spdx("3.0.1").render(bom(model(description="a\x1b[31m\u202eb", properties={"driftseal:x:y": "\x07"})))
    assert "\\u001b" not in document
    assert "u{202e}" in document
