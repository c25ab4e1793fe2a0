"""SARIF as the official schema and GitHub code scanning want it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.finding import Finding, Location, Match
from driftseal.model.item import Evidence, ItemKind
from driftseal.model.report import Report, Threshold
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.report.base import Screen
from driftseal.report.sarif import SarifFormat
from driftseal.snapshot import make_item, take
from report.hostile import reports
from report.sample import DUMP, FORCEFUL, HIDDEN_TEXT, NOW, rule, sample_report

SCHEMA = Path(__file__).parents[1] / "data" / "report" / "sarif-2.1.0-rtm.5.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    # Its pattern for languages has a stray bracket, which regular expressions with Unicode rules refuse.
    text = SCHEMA.read_text(encoding="utf-8").replace("|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "|^[a-zA-Z]{2}-[a-zA-Z]{2}$")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


def render(report: Report, **screen: Any) -> Any:
    return json.loads(SarifFormat(Screen(**screen)).render(report))


def run(report: Report, **screen: Any) -> Any:
    return render(report, **screen)["runs"][0]


def report_of(*findings: Finding) -> Report:
    snapshot = take(DUMP, [make_item(ItemKind.TOOL, "search", {})], origin=Origin.STATIC, collected_at=NOW)
    return Report("scan", "0.1.0", "0" * 12, NOW, Threshold(), snapshots=(snapshot,), findings=findings)


def match(evidence: str = "x", **more: Any) -> Match:
    return Match(HIDDEN_TEXT.id, Location(DUMP.identity, "tool:search"), evidence, **more)


def complaints(validator: Any, document: Any) -> list[str]:
    return [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(document)]


def test_a_report_of_everything_fits_the_official_schema(validator: Any) -> None:
    assert complaints(validator, render(sample_report())) == []


def test_an_empty_report_fits_the_official_schema(validator: Any) -> None:
    assert complaints(validator, render(report_of())) == []


@given(report=reports())
@settings(max_examples=40, deadline=None)
def test_whatever_comes_from_outside_the_document_fits_the_official_schema(validator: Any, report: Report) -> None:
    document = render(report)
    assert complaints(validator, document) == []
    for result in document["runs"][0]["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].isascii()


def test_every_result_has_a_file_a_line_and_a_rule_that_is_described() -> None:
    told = run(sample_report())
    ids = [described["id"] for described in told["tool"]["driver"]["rules"]]
    for result in told["results"]:
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"]
        assert physical["region"]["startLine"] >= 1
        assert ids[result["ruleIndex"]] == result["ruleId"]


def test_a_finding_of_a_server_without_a_file_of_its_own_blames_the_line_that_launches_it() -> None:
    told = {result["ruleId"]: result for result in run(sample_report())["results"]}
    physical = told["baseline-not-trusted"]["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": ".cursor/mcp.json", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }


@pytest.mark.parametrize(
    ("reference", "uri"),
    [
        ("https://mcp.example.com/mcp", "mcp-server/shop%20%231"),
        ("stdio:node server.js", "mcp-server/shop%20%231"),
        ("-", "mcp-server/shop%20%231"),
        ("dumps/shop.json", "dumps/shop.json"),
    ],
)
def test_a_server_that_no_file_names_gets_a_path_that_stands_for_it(reference: str, uri: str) -> None:
    target = Target("mcp", reference, "shop #1", "mcp/shop")
    finding = Finding(HIDDEN_TEXT, target, Match(HIDDEN_TEXT.id, Location(target.identity), "x"))
    told = run(report_of(finding))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert told == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("a b/ü.json", {"uri": "a%20b/%C3%BC.json", "uriBaseId": "%SRCROOT%"}),
        ("c:d/e.json", {"uri": "c%3Ad/e.json", "uriBaseId": "%SRCROOT%"}),
        ("../up.json", {"uri": "../up.json", "uriBaseId": "%SRCROOT%"}),
        ("/etc/x.json", {"uri": "file:///etc/x.json"}),
        ("C:\\x\\y.json", {"uri": "file:///C:/x/y.json"}),
        ("https://a.example/m?x=1", {"uri": "dumps/search.json", "uriBaseId": "%SRCROOT%"}),
        ("bad\ud800\n.json", {"uri": "bad%ED%A0%80%0A.json", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_paths_become_uris(uri: str, told: dict[str, str], validator: Any) -> None:
    place = Location(DUMP.identity, "tool:search", uri=uri)
    document = render(report_of(Finding(HIDDEN_TEXT, DUMP, Match(HIDDEN_TEXT.id, place, "x"))))
    result = document["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == told
    assert complaints(validator, document) == []


def test_a_command_is_no_file_to_blame() -> None:
    target = Target("mcp_stdio", "stdio:node /srv/shop.js", "shop", "stdio:shop")
    launch = make_item(ItemKind.LAUNCH, "", {"command": "node"}, evidence=[Evidence(target.reference)])
    snapshot = take(target, [launch], origin=Origin.LIVE, collected_at=NOW)
    finding = Finding(
        HIDDEN_TEXT, target, Match(HIDDEN_TEXT.id, Location(target.identity, "launch:", "", target.reference), "x")
    )
    told = run(replace(report_of(finding), snapshots=(snapshot,)))["results"][0]["locations"][0]
    assert told["physicalLocation"]["artifactLocation"]["uri"] == "mcp-server/shop"


def test_severities_are_told_as_github_reads_them() -> None:
    told = {described["id"]: described for described in run(sample_report())["tool"]["driver"]["rules"]}
    assert told["unicode-tags"]["properties"]["security-severity"] == "9.5"
    assert told["unicode-tags"]["defaultConfiguration"] == {"level": "error"}
    assert told["forceful-words"]["properties"]["precision"] == "low"
    assert "external/cwe/cwe-1427" in told["unicode-tags"]["properties"]["tags"]
    assert "## What to do\n\nRemove the server" in told["unicode-tags"]["help"]["markdown"]


def test_a_rule_that_only_drift_names_is_described_by_its_worst_change() -> None:
    told = {described["id"]: described for described in run(sample_report())["tool"]["driver"]["rules"]}
    assert told["drift-renamed"]["shortDescription"] == {"text": "approvals by name no longer hold"}
    assert told["drift-description-reworded"]["shortDescription"] == {"text": "A description was reworded"}


def test_equal_fingerprints_are_told_apart_by_a_number() -> None:
    twice = (Finding(HIDDEN_TEXT, DUMP, match(span=(0, 1))), Finding(HIDDEN_TEXT, DUMP, match(span=(5, 6))))
    first, second = (result["partialFingerprints"] for result in run(report_of(*twice))["results"])
    assert first["driftseal/v1"] == second["driftseal/v1"] == twice[0].fingerprint
    assert first["primaryLocationLineHash"] == f"{twice[0].fingerprint}:1"
    assert second["primaryLocationLineHash"] == f"{twice[0].fingerprint}:2"


def test_a_suppressed_finding_says_who_accepts_it_and_until_when() -> None:
    told = [result for result in run(sample_report())["results"] if "suppressions" in result]
    assert [result["suppressions"][0]["justification"] for result in told] == [
        "the dump is kept as a bad example (until 2026-12-31, says driftseal.toml)"
    ]


def test_gaps_and_errors_make_the_run_unsuccessful_and_are_told() -> None:
    invocation = run(sample_report())["invocations"][0]
    assert invocation["executionSuccessful"] is False
    texts = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert "not looked at: .cursor/mcp.json#notes: tools/list: no answer within 15 seconds" in texts


def test_a_run_whose_gaps_are_allowed_is_successful() -> None:
    report = replace(sample_report(), errors=(), allow_gaps=True)
    assert run(report)["invocations"][0]["executionSuccessful"] is True


def test_steps_become_a_code_flow() -> None:
    told = {result["ruleId"]: result for result in run(sample_report())["results"]}
    flow = told["shadowing"]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [station["location"]["message"]["text"] for station in flow] == [
        "gives an order",
        "about a tool of this server",
    ]


def test_text_from_outside_cannot_become_a_link_or_hide_in_a_message() -> None:
    evil = match("see [the docs](https://evil.example)\u202e\x1b[31m")
    text = run(report_of(Finding(HIDDEN_TEXT, DUMP, evil)))["results"][0]["message"]["text"]
    assert "\\[the docs\\](https://evil.example)" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_of_too_many_results_the_worst_are_kept_and_the_loss_is_told() -> None:
    limits = replace(DEFAULT_LIMITS, sarif_results=3)
    findings = [Finding(FORCEFUL, DUMP, match(str(number))) for number in range(5)]
    told = run(report_of(*findings, Finding(HIDDEN_TEXT, DUMP, match("bad"))), limits=limits)
    assert [result["ruleId"] for result in told["results"]] == ["unicode-tags", "forceful-words", "forceful-words"]
    notes = told["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == ["3 results, the least bad ones, left out"]


def test_a_rule_has_no_more_tags_than_github_takes() -> None:
    much = rule("much", "Much", HIDDEN_TEXT.severity, taxonomies={"atlas": tuple(f"AML.T{n:04}" for n in range(40))})
    finding = Finding(much, DUMP, Match("much", Location(DUMP.identity), "x"))
    told = run(report_of(finding))["tool"]["driver"]["rules"][0]
    assert len(told["properties"]["tags"]) == DEFAULT_LIMITS.sarif_tags
