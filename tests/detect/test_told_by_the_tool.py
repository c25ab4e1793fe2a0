"""Power that a tool openly gives, or that gives nobody anything: clauses, places to save to, pictures of an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

HEAD = """
import fs from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { connection, shot } from "./service.js";
const server = new McpServer({ name: "x", version: "1" });
"""


def told(folder: Path, text: str, rule: str) -> dict[str, str]:
    """By tool, how sure one rule is."""
    (folder / "server.js").write_text(HEAD + text, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]
    return {one["item"]["name"]: one["confidence"] for one in found if one["rule_id"] == rule}


QUERIES = """
server.tool("find", "Finds records", { kind: z.string(), GIVEN: z.string() }, async ({ kind, GIVEN }) =>
  connection.query(`SELECT Id FROM ${kind} WHERE ${GIVEN}`));
server.tool("read", "Reads a class", { name: z.string() }, async ({ name }) =>
  connection.query(`SELECT Id, Body FROM Class WHERE Name = '${name}'`));
server.tool("drop", "Deletes a class", { name: z.string() }, async ({ name }) =>
  connection.query(`DELETE FROM Class WHERE Name = '${name}'`));
"""


@pytest.mark.parametrize(
    ("given", "sure"),
    [
        ("whereClause", {"find": "low", "read": "low", "drop": "medium"}),
        ("title", {"find": "medium", "read": "medium", "drop": "medium"}),
    ],
)
def test_who_writes_any_clause_gains_nothing_by_another_part(tmp_path: Path, given: str, sure: dict[str, str]) -> None:
    assert told(tmp_path, QUERIES.replace("GIVEN", given), "sql-injection") == sure


SHOT = """
server.registerTool("take_screenshot", {
  description: "Takes a screenshot.",
  inputSchema: { GIVEN: z.string().optional().describe("SAID") },
  annotations: { readOnlyHint: true },
}, async ({ GIVEN }) => { fs.writeFileSync(GIVEN, await shot()); });
"""


@pytest.mark.parametrize(
    ("given", "said", "sure"),
    [
        ("saveTo", "Where it goes", "low"),
        ("filePath", "File path to save the screenshot to", "low"),
        ("page", "Which page to look at", "medium"),
    ],
)
def test_a_tool_that_is_told_where_to_save_has_said_that_it_writes(
    tmp_path: Path, given: str, said: str, sure: str
) -> None:
    text = SHOT.replace("GIVEN", given).replace("SAID", said)
    assert told(tmp_path, text, "read-only-tool-changes") == {"take_screenshot": sure}


PICTURE = """
const isImageType = (kind) => ["image/png", "image/jpeg"].includes(kind);
server.tool("show", "Shows a picture", { link: z.string() }, async ({ link }) => {
  const response = await fetch(link);
  const kind = response.headers.get("content-type");
  if (TEST) throw new Error("no picture");
  return Buffer.from(await response.arrayBuffer()).toString("base64");
});
"""


@pytest.mark.parametrize(
    ("test", "sure"),
    [
        ('!kind || !kind.startsWith("image/")', "low"),
        ("!isImageType(kind)", "low"),
        ('!kind.startsWith("image/") && !kind.startsWith("text/")', "medium"),
        ("!kind", "medium"),
    ],
)
def test_where_only_pictures_come_back_nobody_reads_what_a_service_tells(tmp_path: Path, test: str, sure: str) -> None:
    assert told(tmp_path, PICTURE.replace("TEST", test), "server-side-request-forgery") == {"show": sure}


RUNS = """
import { execFile } from "node:child_process";
server.tool("list", "Lists events", { title: z.string().describe("Of what name"), GIVEN }, { readOnlyHint: true },
  async ({ each }) => execFile("osascript", ["-e", `set most to ${each}`]));
"""


@pytest.mark.parametrize(("given", "sure"), [("each: z.number().int()", {}), ("each: z.string()", {"list": "medium"})])
def test_a_number_is_nothing_that_a_caller_has_run(tmp_path: Path, given: str, sure: dict[str, str]) -> None:
    assert told(tmp_path, RUNS.replace("GIVEN", given), "read-only-tool-executes") == sure


SAVES = """
server.registerTool("get_report", {
  description: "Write the report to a local file.",
  inputSchema: { GIVEN: z.string().describe("SAID") },
  annotations: { readOnlyHint: true },
}, async (args) => shot(args));
"""


@pytest.mark.parametrize(
    ("given", "said", "sure"),
    [
        ("outputPath", "Absolute path at which it is written", "low"),
        ("reportId", "Which report is meant", "high"),
        ("target", "Who gets the report", "high"),
    ],
)
def test_a_tool_that_is_told_of_a_file_to_write_hides_no_writing(
    tmp_path: Path, given: str, said: str, sure: str
) -> None:
    text = SAVES.replace("GIVEN", given).replace("SAID", said)
    assert told(tmp_path, text, "read-only-hint-contradicted") == {"get_report": sure}


LISTS = """
import { glob } from "glob";
server.tool("files", "Finds files", { GIVEN: z.string() }, async ({ GIVEN }) => glob(GIVEN, { cwd: "." }));
"""


@pytest.mark.parametrize(("given", "sure"), [("pattern", "low"), ("topic", "medium")])
def test_which_files_there_are_is_what_a_pattern_is_asked_for(tmp_path: Path, given: str, sure: str) -> None:
    assert told(tmp_path, LISTS.replace("GIVEN", given), "path-traversal") == {"files": sure}
