"""Every format tells how much of a server's source was read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from driftseal import plugins, resources
from driftseal.model.report import Report
from driftseal.model.snapshot import Reading
from driftseal.report.base import ReportFormat, Screen
from report.sample import sample_report

READING = Reading(files=31, functions=398, tools=1, aside=12, unread=2)
SAID = "31 files, 398 functions and 1 tool; 12 left aside (tests, documentation, dependencies); 2 not read or not whole"


@pytest.fixture
def report() -> Report:
    given = sample_report()
    first, *rest = given.snapshots
    return replace(given, snapshots=(replace(first, reading=READING), *rest))


def render(name: str, report: Report) -> str:
    return plugins.load("report", name, ReportFormat)(Screen(width=200)).render(report)  # type: ignore[type-abstract]  # only its concrete subclasses are made


def test_people_are_told_in_a_sentence(report: Report) -> None:
    name = report.snapshots[0].target.name
    assert f"\nSource of {name}: {SAID}.\n" in render("text", report)
    assert "Source of" not in render("text", sample_report())


def test_programs_are_told_in_numbers_that_fit_the_schema(report: Report) -> None:
    document: Any = json.loads(render("json", report))
    told = [target["source"] for target in document["targets"] if "source" in target]
    assert told == [{"files": 31, "functions": 398, "tools": 1, "aside": 12, "unread": 2}]
    schema = json.loads((resources.folder("rules") / "schema" / "report.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []


def test_code_scanning_is_told_in_a_note_that_fails_nothing(report: Report) -> None:
    document: Any = json.loads(render("sarif", report))
    (note,) = [
        note
        for note in document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        if note["descriptor"]["id"] == "coverage"
    ]
    assert (note["level"], note["message"]["text"]) == ("note", f"source read: {SAID}")
