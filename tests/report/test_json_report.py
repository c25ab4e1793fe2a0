"""The JSON report keeps its published contract."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from driftseal import resources
from driftseal.errors import ExitCode
from driftseal.model.finding import Finding, Location, Match
from driftseal.model.item import Gap, ItemKind
from driftseal.model.report import Failure, Report, Threshold
from driftseal.model.snapshot import Origin
from driftseal.model.target import Target
from driftseal.report.base import Screen
from driftseal.report.json import JsonFormat
from driftseal.snapshot import make_item, take
from report.hostile import reports
from report.sample import DUMP, HIDDEN_TEXT, NOTES, NOW, WEATHER, sample_report

EMPTY = Report(command="scan", tool_version="0.1.0", rules_version="0" * 12, started_at=NOW, threshold=Threshold())


def render(report: Report) -> Any:
    return json.loads(JsonFormat(Screen()).render(report))


def strict(schema: Any) -> Any:
    """The schema without room for members that it does not tell of."""
    if isinstance(schema, dict):
        closed = {name: strict(child) for name, child in schema.items()}
        if "properties" in closed and "additionalProperties" not in closed and "allOf" not in closed:
            closed["additionalProperties"] = False
        return closed
    return [strict(child) for child in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((resources.folder("rules") / "schema" / "report.schema.json").read_text(encoding="utf-8"))


def complaints(schema: Any, document: Any) -> list[str]:
    # A place holds just what it tells itself; steps add a message to it.
    closed = strict(schema)
    closed["$defs"]["place"].pop("additionalProperties")
    validator = jsonschema_rs.validator_for(closed, validate_formats=True)
    return [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(document)]


def test_a_report_of_everything_fits_the_schema_and_tells_no_more(schema: Any) -> None:
    assert complaints(schema, render(sample_report())) == []


def test_an_empty_report_fits_the_schema(schema: Any) -> None:
    assert complaints(schema, render(EMPTY)) == []


def test_the_schema_notices_a_member_that_it_does_not_tell_of(schema: Any) -> None:
    document = render(sample_report())
    document["findings"][0]["surprise"] = 1
    assert any("surprise" in complaint for complaint in complaints(schema, document))


def test_the_promised_members_are_there_in_the_promised_order() -> None:
    document = render(sample_report())
    promised = [
        "schema_version",
        "exit_code",
        "targets",
        "findings",
        "drifts",
        "capabilities",
        "gaps",
        "errors",
        "summary",
    ]
    assert [name for name in document if name in promised] == promised


def test_every_finding_names_a_target_that_is_listed() -> None:
    document = render(sample_report())
    listed = {target["reference"] for target in document["targets"]}
    assert {finding["target"] for finding in document["findings"]} <= listed
    assert {gap["target"] for gap in document["gaps"]} <= listed
    assert {drift["target"] for drift in document["drifts"]} <= listed


def test_targets_say_how_they_were_looked_at() -> None:
    told = {target["reference"]: target for target in render(sample_report())["targets"]}
    assert (told[WEATHER.reference]["status"], told[WEATHER.reference]["coverage"]) == ("findings", "live")
    assert (told[NOTES.reference]["status"], told[NOTES.reference]["coverage"]) == ("incomplete", "live")
    assert (told[DUMP.reference]["status"], told[DUMP.reference]["coverage"]) == ("clean", "static")
    assert told[".vscode/mcp.json"]["status"] == "error"


def test_a_drifted_target_is_not_clean() -> None:
    whole = sample_report()
    report = replace(whole, findings=(), gaps=(), drifts=tuple(drift for drift in whole.drifts if drift.changes))
    told = {target["reference"]: target["status"] for target in render(report)["targets"]}
    assert told[WEATHER.reference] == "findings"


def test_the_same_report_gives_the_same_bytes_in_whatever_order_it_was_put_together() -> None:
    report = sample_report()
    shuffled = replace(
        report,
        findings=report.findings[::-1],
        drifts=tuple(replace(drift, changes=drift.changes[::-1]) for drift in report.drifts[::-1]),
        capabilities=report.capabilities[::-1],
        snapshots=report.snapshots[::-1],
    )
    form = JsonFormat(Screen())
    assert form.render(shuffled) == form.render(report)


def test_lone_surrogates_and_control_characters_leave_valid_json() -> None:
    nasty = "a\ud800b\x1b[31m\x7f\x9b\u202e"
    target = Target("manifest", nasty, nasty, nasty)
    item = make_item(ItemKind.TOOL, nasty, {nasty: nasty})
    snapshot = take(target, [item, Gap(nasty, nasty, nasty)], origin=Origin.STATIC, collected_at=NOW)
    match = Match(HIDDEN_TEXT.id, Location(nasty, item.key, f"/{nasty}", nasty), nasty, nasty)
    report = replace(
        EMPTY,
        snapshots=(snapshot,),
        findings=(Finding(HIDDEN_TEXT, target, match),),
        gaps=snapshot.gaps,
        errors=(Failure(nasty, nasty, ExitCode.INCOMPLETE, nasty),),
    )
    text = JsonFormat(Screen()).render(report)
    assert text.isascii()
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    shown = nasty.replace("\ud800", "\\u{d800}")
    assert json.loads(text)["findings"][0]["evidence"] == shown
    assert json.loads(text)["targets"][0]["name"] == shown


@given(report=reports())
@settings(max_examples=40, deadline=None)
def test_whatever_comes_from_outside_the_report_fits_its_schema(schema: Any, report: Report) -> None:
    assert complaints(schema, render(report)) == []


def test_a_second_item_of_one_name_keeps_its_name() -> None:
    twice = take(
        DUMP,
        [make_item(ItemKind.TOOL, "a", {}), make_item(ItemKind.TOOL, "a", {"x": 1})],
        origin=Origin.STATIC,
        collected_at=NOW,
    )
    match = Match(HIDDEN_TEXT.id, Location(DUMP.identity, "tool:a#2"), "x")
    document = render(replace(EMPTY, snapshots=(twice,), findings=(Finding(HIDDEN_TEXT, DUMP, match),)))
    assert document["findings"][0]["item"] == {"kind": "tool", "name": "a"}
