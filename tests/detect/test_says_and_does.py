"""What tools say against what their code does: pairs of which one side lies and the other does not."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftseal.collect import _program
from driftseal.detect.says_and_does import SaysAndDoes
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.finding import Match
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe import program
from driftseal.observe.observations import Observations
from driftseal.snapshot import take
from sessions import rules

PAIRS = yaml.safe_load((Path(__file__).parent.parent / "data" / "claims" / "pairs.yaml").read_text(encoding="utf-8"))
PYTHON = """\
import json, logging, os, pathlib, random, shutil, sqlite3, subprocess, tempfile, urllib.request
import httpx
import pyperclip
import requests
from mcp.server.fastmcp import FastMCP
from PIL import ImageGrab

mcp = FastMCP("example")


@mcp.tool(name={name}, description={description}, annotations={annotations})
def tool({parameters}) -> str:
{code}
"""
TYPESCRIPT = """\
import {{ execFileSync, spawn }} from "node:child_process";
import fs from "node:fs";
import fsp from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {{ McpServer }} from "@modelcontextprotocol/sdk/server/mcp.js";
import {{ z }} from "zod";

const server = new McpServer({{ name: "example", version: "1.0.0" }});

server.registerTool(
  {name},
  {{ description: {description}, inputSchema: {{ {parameters} }}, annotations: {annotations} }},
  async ({{ {names} }}) => {{
{code}
  }},
);
"""


def rendered(pair: dict[str, Any], side: dict[str, Any], code: str) -> tuple[str, str]:
    """The file of a server with this one tool: its name and its text."""
    notes = side.get("annotations", {})
    given = {
        "name": json.dumps(side["name"]),
        "description": json.dumps(side["description"], ensure_ascii=False),
        "parameters": pair["parameters"],
        "names": ", ".join(part.split(":")[0].strip() for part in pair["parameters"].split(",")),
        "code": textwrap.indent(code.rstrip(), "    "),
    }
    if pair["language"] == "python":
        return "server.py", PYTHON.format(**given, annotations=repr(notes) if notes else "None")
    return "server.ts", TYPESCRIPT.format(**given, annotations=json.dumps(notes))


def matches(*files: tuple[str, str]) -> list[Match]:
    read = program.read(((name, text.encode()) for name, text in files), DEFAULT_LIMITS)
    target = Target("source", "srv#source", "srv", "source/srv")
    things = _program.things(read, target.reference, "srv/")
    shot = take(target, things, origin=Origin.STATIC, collected_at="2026-11-21T09:00:00Z")
    session = Session("s", (shot,))
    seen = Observations((session,), DEFAULT_LIMITS, {target.identity: read})
    return list(SaysAndDoes().detect((session,), seen, rules().of("says_and_does")))


def ids(pair: dict[str, Any]) -> str:
    return str(pair["name"])


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_code_that_breaks_its_promise_is_found(pair: dict[str, Any]) -> None:
    found = matches(rendered(pair, pair["lie"], pair["code"]))
    assert pair["rule"] in {match.rule_id for match in found}


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_code_that_does_what_it_says_is_not(pair: dict[str, Any]) -> None:
    side = pair.get("honest", pair["lie"])
    found = matches(rendered(pair, side, pair.get("harmless", pair["code"])))
    assert {(match.rule_id, match.message) for match in found} == set()


def test_a_tool_that_takes_a_temporary_file_of_its_own_away_is_not_sure_to_break_its_promise() -> None:
    code = "scratch = tempfile.mkdtemp(prefix=name)\nos.unlink(os.path.join(scratch, name))\nreturn 'ok'\n"
    pair = next(pair for pair in PAIRS if pair["name"] == "read-only-own-temporary-file")
    found = {match.rule_id: match.confidence for match in matches(rendered(pair, pair["lie"], code))}
    assert found == {"read-only-tool-changes": Confidence.LOW}


@pytest.mark.parametrize(("parameter", "sure"), [("output_directory", False), ("directory", True)])
def test_a_tool_that_asks_where_to_put_something_says_that_it_writes(parameter: str, *, sure: bool) -> None:
    pair = {**next(pair for pair in PAIRS if pair["name"] == "read-only-cache-is-innocent")}
    pair["parameters"] = f"{parameter}: str, text: str"
    code = f"pathlib.Path({parameter}).write_text(text)\nreturn 'ok'\n"
    found = {match.rule_id: match.confidence for match in matches(rendered(pair, pair["lie"], code))}
    assert found == {"read-only-tool-changes": None if sure else Confidence.LOW}
