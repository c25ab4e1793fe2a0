"""Flows through a server's source become findings, with every step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from commands import driftseal

HELPER = "import subprocess\n\n\ndef run(host):\n    return subprocess.check_output(f'ping -c1 {host}', shell=True)\n"
SERVER = '''from mcp.server.fastmcp import FastMCP

from net import run

mcp = FastMCP("net")


@mcp.tool()
def ping(host: str) -> str:
    """Checks whether a host answers."""
    return run(host)


@mcp.tool()
def run_command(command: str) -> str:
    """Runs a shell command."""
    return run(command)
'''


def findings(folder: Path) -> list[dict[str, Any]]:
    done = driftseal("scan", ".", "--format", "json", cwd=folder)
    assert done.returncode == 1
    return [one for one in json.loads(done.stdout)["findings"] if one["rule_id"] == "command-injection"]


def test_a_flow_into_another_file_is_told_step_by_step(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "net.py").write_text(HELPER, encoding="utf-8")
    (found,) = [one for one in findings(tmp_path) if one["item"]["name"] == "ping"]
    assert (found["severity"], found["confidence"]) == ("high", "high")
    assert (found["location"]["path"], found["location"]["start_line"]) == ("net.py", 5)
    steps = [(step["location"]["path"], step["location"]["start_line"]) for step in found["steps"]]
    assert steps[0] == ("server.py", 9)
    assert steps[-1] == ("net.py", 5)
    assert "shell=True" in found["evidence"]


def test_power_by_design_is_told_with_low_confidence(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(
        SERVER.replace("def ping(host", "def ping(command").replace("run(host)", "run(command)"), encoding="utf-8"
    )
    (tmp_path / "net.py").write_text(HELPER.replace("ping -c1 ", ""), encoding="utf-8")
    done = driftseal("scan", ".", "--format", "json", cwd=tmp_path)
    told = [one for one in json.loads(done.stdout)["findings"] if one["rule_id"] == "command-injection"]
    assert {one["confidence"] for one in told} == {"low"}


TABLE = '''import psycopg2
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("shop")
db = psycopg2.connect("dbname=shop").cursor()


@mcp.tool()
def describe_table(name: str) -> str:
    """Describes a table."""
    return str(db.execute(f"SELECT * FROM {name} LIMIT 1").fetchall())
'''
ANY_STATEMENT = '''

@mcp.tool()
def run_query(query: str) -> str:
    """Runs a statement."""
    return str(db.execute(query).fetchall())
'''
SOME_STATEMENTS = '''

@mcp.tool()
def run_query(query: str) -> str:
    """Runs a statement that reads."""
    if not query.upper().startswith("SELECT"):
        raise ValueError("only SELECT")
    return str(db.execute(query).fetchall())
'''
REFUSING = SOME_STATEMENTS.replace(
    'not query.upper().startswith("SELECT")', 'any(word in query.lower() for word in ["insert", "update", "delete"])'
)


def told(folder: Path, source: str) -> dict[tuple[str, str], str]:
    """Confidence of what is told, by rule and tool."""
    (folder / "server.py").write_text(source, encoding="utf-8")
    done = driftseal("scan", ".", "--format", "json", cwd=folder)
    found = json.loads(done.stdout)["findings"]
    return {
        (one["rule_id"], one["item"]["name"]): one["confidence"] for one in found if "statement" in one["title"].lower()
    }


def test_a_part_of_a_statement_is_no_gain_where_any_statement_may_be_run(tmp_path: Path) -> None:
    counted = TABLE.replace("describe_table", "first_row")
    assert told(tmp_path, counted)["sql-injection", "first_row"] == "high"
    assert told(tmp_path, counted + SOME_STATEMENTS)["sql-injection", "first_row"] == "high"
    assert told(tmp_path, counted + ANY_STATEMENT)["sql-injection", "first_row"] == "low"


def test_a_tool_that_tells_what_there_is_runs_no_statement_of_the_callers(tmp_path: Path) -> None:
    assert told(tmp_path, TABLE)["sql-injection", "describe_table"] == "high"
    assert told(tmp_path, TABLE + ANY_STATEMENT)["sql-injection", "describe_table"] == "medium"
    one_at_a_time = TABLE.replace("psycopg2", "sqlite3").replace("dbname=shop", "shop.db")
    assert told(tmp_path, one_at_a_time)["sql-injection", "describe_table"] == "high"
    assert told(tmp_path, one_at_a_time + ANY_STATEMENT)["sql-injection", "describe_table"] == "low"


def test_words_that_a_statement_may_not_hold_are_a_second_line_of_defence(tmp_path: Path) -> None:
    rule = "weak-statement-check", "run_query"
    assert told(tmp_path, TABLE + SOME_STATEMENTS)[rule] == "medium"
    assert told(tmp_path, TABLE + REFUSING)[rule] == "low"


ASKS: Final = """\
import { chromium } from "playwright";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
const server = new McpServer({ name: "x", version: "1" });
server.tool("load_script", "Loads a script.", { place: z.string() }, async ({ place }) => (await fetch(place)).text());
"""
BROWSES: Final = """\
server.tool("open", "Opens a page.", { url: z.string() }, async ({ url }) => {
  const page = await (await chromium.launch()).newPage();
  await page.goto(url);
  return page.content();
});
"""


@pytest.mark.parametrize(
    ("beside", "sure"),
    [("", "medium"), (BROWSES, "low"), (BROWSES.replace("goto(url)", "goto(`https://a.example/${url}`)"), "medium")],
)
def test_a_request_is_no_gain_where_a_browser_reads_any_page(tmp_path: Path, beside: str, sure: str) -> None:
    (tmp_path / "index.js").write_text(ASKS + beside, encoding="utf-8")
    done = driftseal("scan", ".", "--format", "json", cwd=tmp_path)
    found = json.loads(done.stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "server-side-request-forgery"] == [sure]


SAVING: Final = """import fs from "fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const server = new McpServer({ name: "mail", version: "1.0.0" });
const shape = { id: z.string(), save_path: z.string(), text: z.string() };
server.tool("save", "Saves an attachment.", shape, async ({ id, save_path, text }) => {
  const answer = await fetch(`https://mail.example.com/attachments/${encodeURIComponent(id)}`);
  fs.writeFileSync(save_path, CONTENT);
  return { content: [{ type: "text", text: answer.ok ? "saved" : "failed" }] };
});
"""


@pytest.mark.parametrize(
    ("content", "sure"), [("Buffer.from(await answer.arrayBuffer())", "medium"), ("text", "low"), ("'saved'", "low")]
)
def test_a_place_is_chosen_by_design_unless_others_choose_what_lies_there(
    tmp_path: Path, content: str, sure: str
) -> None:
    (tmp_path / "server.js").write_text(SAVING.replace("CONTENT", content), encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "path-traversal"] == [sure]


@pytest.mark.parametrize(
    ("place", "sure"),
    [('Path(site) / "site.toml"', "low"), ('Path("/srv/sites") / site / "site.toml"', "medium"), ("site", "medium")],
    ids=["a folder of the caller's", "below a folder", "a name"],
)
def test_whoever_names_the_folder_in_which_a_file_of_a_fixed_name_lies_names_it_openly(
    place: str, sure: str, tmp_path: Path
) -> None:
    head = "from pathlib import Path\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP('sites')\n\n\n"
    tool = f'@mcp.tool()\ndef plan(site: str) -> str:\n    """Plans."""\n    return open({place}).read()\n'
    (tmp_path / "server.py").write_text(head + tool, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "path-traversal"] == [sure]


BOOK = '''from mcp.server.fastmcp import FastMCP

mcp = FastMCP("book")


@mcp.tool()
def show_page(name: str) -> str:
    """Shows a page of the handbook."""
    return {body}
'''


def test_tools_of_one_name_are_followed_in_every_server_of_a_repository(tmp_path: Path) -> None:
    kept, read = BOOK.format(body="PAGES[name]"), BOOK.format(body='open("/srv/book/" + name).read()')
    for name, text in {"a": kept, "b": read, "dist": read}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "server.py").write_text(text, encoding="utf-8")
    done = driftseal("scan", ".", "--format", "json", cwd=tmp_path)
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["rule_id"] == "path-traversal"]
    assert found["item"]["name"] == "show_page in b/server.py"
    assert (found["location"]["path"], found["location"]["start_line"]) == ("b/server.py", 9)


SCALES = '''import subprocess

from kubernetes import client
from kubernetes.stream import stream
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("pods")


@mcp.tool()
def scale(name: str) -> str:
    """Scales a deployment."""
    return subprocess.run(["kubectl", "scale", name], capture_output=True, text=True).stdout


@mcp.tool()
def run(command: str) -> str:
    """Runs a command."""
    return RUN
'''


@pytest.mark.parametrize(
    ("runs", "sure"),
    [
        ("subprocess.run(command, shell=True, capture_output=True, text=True).stdout", "low"),
        ("stream(client.CoreV1Api().connect_get_namespaced_pod_exec, 'pod', 'default', command=command)", "medium"),
    ],
)
def test_a_part_of_a_command_is_no_gain_where_any_line_runs_on_the_same_machine(
    tmp_path: Path, runs: str, sure: str
) -> None:
    (tmp_path / "server.py").write_text(SCALES.replace("RUN", runs), encoding="utf-8")
    done = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)
    found = [one for one in done["findings"] if one["rule_id"] == "argument-injection"]
    assert [one["confidence"] for one in found] == [sure]
