"""A flow through a server's source as SARIF, JSON and text tell it: each stop with its file, line and code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from commands import driftseal
from driftseal import resources
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.finding import Finding, Location, Match, Region, Step
from driftseal.model.item import ItemKind
from driftseal.model.report import Report, Threshold
from driftseal.model.snapshot import Origin
from driftseal.report.base import Screen
from driftseal.report.text import TextFormat
from driftseal.snapshot import make_item, take
from report.sample import DUMP, HIDDEN_TEXT, NOW

DATA = Path(__file__).parents[1] / "data" / "report"
SERVER = '''from mcp.server.fastmcp import FastMCP

from net import run

mcp = FastMCP("net")


@mcp.tool()
def ping(host: str) -> str:
    """Checks whether a host answers."""
    return run(host)
'''
HELPER = """import subprocess

API_KEY = "x"


def run(host):
    line = f"ping -c1 {host}"
    return subprocess.check_output(line, shell=True)
"""
STOPS = [
    ("server.py", 9, "def ping(host: str) -> str:"),
    ("server.py", 11, "return run(host)"),
    ("net.py", 7, 'line = f"ping -c1 {host}"'),
    ("net.py", 8, "return subprocess.check_output(line, shell=True)"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "srv" / "net.py").write_text(HELPER, encoding="utf-8")
    return tmp_path


def scanned(project: Path, form: str) -> str:
    return driftseal("scan", "srv", "--format", form, cwd=project).stdout


def test_sarif_tells_a_flow_as_locations_with_regions_and_fits_its_schema(project: Path) -> None:
    document: Any = json.loads(scanned(project, "sarif"))
    schema = (DATA / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
    schema = schema.replace("|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "|^[a-zA-Z]{2}-[a-zA-Z]{2}$")
    validator = jsonschema_rs.validator_for(json.loads(schema), validate_formats=True)
    assert [error.message for error in validator.iter_errors(document)] == []
    (result,) = [one for one in document["runs"][0]["results"] if one["ruleId"] == "command-injection"]
    stations = result["codeFlows"][0]["threadFlows"][0]["locations"]
    places = [station["location"]["physicalLocation"] for station in stations]
    told = [
        (place["artifactLocation"]["uri"], place["region"]["startLine"], place["region"]["snippet"]["text"])
        for place in places
    ]
    assert told == [(f"srv/{path}", line, code) for path, line, code in STOPS]
    assert {place["artifactLocation"]["uriBaseId"] for place in places} == {"%SRCROOT%"}
    assert [station["executionOrder"] for station in stations] == [1, 2, 3, 4]
    assert [station["importance"] for station in stations] == ["essential", "important", "important", "essential"]
    assert stations[0]["location"]["message"]["text"] == "parameter host"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == STOPS[-1][1]


def test_json_tells_the_code_of_each_step_and_fits_its_schema(project: Path) -> None:
    report = json.loads(scanned(project, "json"))
    schema = json.loads((resources.folder("rules") / "schema" / "report.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(report)] == []
    (found,) = [one for one in report["findings"] if one["rule_id"] == "command-injection"]
    told = [(step["location"]["path"], step["location"]["start_line"], step["code"]) for step in found["steps"]]
    assert told == [(f"srv/{path}", line, code) for path, line, code in STOPS]


def test_a_person_reads_file_line_and_code_of_each_step(project: Path) -> None:
    lines = [line.strip() for line in scanned(project, "text").splitlines()]
    start = lines.index("1. srv/server.py:9 parameter host")
    assert lines[start + 1 : start + 4] == [STOPS[0][2], "2. srv/server.py:11 passed to run()", STOPS[1][2]]


def test_of_a_long_flow_the_middle_is_left_out() -> None:
    limits = replace(DEFAULT_LIMITS, listed_places=4)
    at = [Location(DUMP.identity, "tool:search", "", "s.py", Region(start_line=line)) for line in range(1, 10)]
    steps = tuple(Step(place, f"stop {place.region.start_line}", "code()") for place in at)
    finding = Finding(HIDDEN_TEXT, DUMP, Match(HIDDEN_TEXT.id, at[-1], "x", steps=steps))
    snapshot = take(DUMP, [make_item(ItemKind.TOOL, "search", {})], origin=Origin.STATIC, collected_at=NOW)
    report = Report("scan", "0.1.0", "0" * 12, NOW, Threshold(), snapshots=(snapshot,), findings=(finding,))
    text = TextFormat(Screen(limits=limits)).render(report)
    told = [line.strip() for line in text.splitlines() if "stop" in line or "more steps" in line]
    assert told == [
        "1. s.py:1 stop 1",
        "2. s.py:2 stop 2",
        "... 5 more steps; --verbose tells all",
        "8. s.py:8 stop 8",
        "9. s.py:9 stop 9",
    ]
    whole = TextFormat(Screen(limits=limits, verbose=True)).render(report)
    assert "5. s.py:5 stop 5" in whole
