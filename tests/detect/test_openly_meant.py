"""How sure a flow is a flaw, by what a tool openly runs, and what its server makes of that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

SERVER = '''import os
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("runs")
PROGRAM = os.environ["PROGRAM"]


def sh(line: str) -> str:
    return subprocess.run(line, shell=True, capture_output=True, text=True).stdout


def run(arguments: list[str]) -> str:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True).stdout


@mcp.tool()
def kubectl(command: str) -> str:
    """Run a kubectl command."""
    return sh(os.environ["KUBECTL"] + " " + command)


@mcp.tool()
def helm(command: str) -> str:
    """Looks after releases."""
    return sh(f"helm --namespace x {command}")


@mcp.tool()
def build(nodes: str) -> str:
    """Builds nodes."""
    return run(["build", *nodes.split()])


@mcp.tool()
def build_one(node: str) -> str:
    """Builds a node."""
    return run(["build", node])


@mcp.tool()
def build_with(options: str) -> str:
    """Builds everything."""
    return run(["build", *options.split()])
'''


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By tool, how sure it is that it can be made to run more than it should."""
    folder: Path = tmp_path_factory.mktemp("meant")
    # One file a tool: of several ways to one place only the surest is told.
    head, *tools = SERVER.split("\n\n\n@mcp.tool()")
    for number, tool in enumerate(tools):
        (folder / f"server{number}.py").write_text(f"{head}\n\n\n@mcp.tool(){tool}", encoding="utf-8")
    return _sure(folder)


def _sure(folder: Path) -> dict[str, str]:
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]
    rules = {"command-injection", "argument-injection"}
    mine = [one for one in found if one["rule_id"] in rules and "parameter" in one["message"]]
    return {one["item"]["name"]: one["confidence"] for one in mine}


SHELL = '''

@mcp.tool()
def shell(command: str) -> str:
    """Runs a shell command."""
    return sh(command)


@mcp.tool()
def in_folder(command: str) -> str:
    """Runs whatever it is given."""
    return sh(f"cd {command}")


@mcp.tool()
def script(interpreter: str) -> str:
    """Runs the script of today."""
    return sh(f"{interpreter} today.txt")


@mcp.tool()
def get_status(unit: str) -> str:
    """Tells how a unit does."""
    return sh(f"systemctl status {unit}")
'''


def test_whoever_may_run_any_line_gains_nothing_by_a_part_of_one_unless_a_tool_is_let_through(tmp_path: Path) -> None:
    head, _, _ = SERVER.partition("\n\n\n@mcp.tool()")
    # One file a tool: of several ways to one place only the surest is told.
    for number, tool in enumerate(SHELL.split("\n\n@mcp.tool()")[1:]):
        (tmp_path / f"server{number}.py").write_text(f"{head}\n\n\n@mcp.tool(){tool}", encoding="utf-8")
    assert _sure(tmp_path) == {"shell": "low", "in_folder": "low", "script": "low", "get_status": "high"}
    (tmp_path / "server0.py").unlink()
    (tmp_path / "server1.py").unlink()
    assert _sure(tmp_path) == {"script": "high", "get_status": "high"}


def test_a_line_for_one_program_is_none_for_a_shell(sure: dict[str, str]) -> None:
    assert (sure["kubectl"], sure["helm"]) == ("high", "high")


def test_of_an_unknown_program_many_arguments_say_more_than_one(sure: dict[str, str]) -> None:
    assert (sure["build"], sure["build_one"]) == ("medium", "low")


def test_what_is_openly_a_list_of_options_may_be_one(sure: dict[str, str]) -> None:
    assert sure["build_with"] == "low"


WRITES = '''from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations
from typing import Protocol

mcp = FastMCP("files")


class Base(Protocol):
    pass


class Reads(Base):
    pass


class Saves:
    def save(self, target_dir):
        with open(target_dir + "/page.html", "w") as out:
            out.write("x")


class Client(Reads, Saves):
    pass


@mcp.tool(annotations=ToolAnnotations(readOnlyHint=HINT))
def download(target_dir: str) -> str:
    """Downloads a page."""
    Client().save(target_dir)
    return "done"
'''


@pytest.mark.parametrize(
    ("hint", "name", "sure"),
    [("True", "project_dir", "medium"), ("False", "project_dir", "low"), ("True", "target_dir", "low")],
)
def test_a_tool_that_says_it_reads_has_no_place_to_write_to(tmp_path: Path, hint: str, name: str, sure: str) -> None:
    text = WRITES.replace("HINT", hint).replace("target_dir", name)
    (tmp_path / "server.py").write_text(text, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "path-traversal"] == [sure]


VARIABLES = """
import { spawn } from "node:child_process";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "x", version: "1" });
server.tool("run", "Runs a command", { NAME: z.string(), env: z.record(z.string()) }, async ({ NAME, env }) =>
  spawn(GIVEN, { shell: true, env }));
"""


@pytest.mark.parametrize(
    ("name", "given", "sure"), [("command", "command", "low"), ("topic", "'man ' + topic", "medium")]
)
def test_who_may_run_any_command_gains_nothing_by_variables(tmp_path: Path, name: str, given: str, sure: str) -> None:
    text = VARIABLES.replace("NAME", name).replace("GIVEN", given)
    (tmp_path / "server.js").write_text(text, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "environment-injection"] == [sure]


SOCKET = """
import WebSocket from "ws";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "x", version: "1" });
server.tool("join", "Joins an application", { NAME: z.string() }, async ({ NAME }) => OPENED);
"""


@pytest.mark.parametrize(
    ("name", "opened", "sure"),
    [
        ("host", "new WebSocket(`ws://${host}:9223`)", "low"),
        ("tenant", "new WebSocket(`ws://${tenant}:9223`)", "medium"),
        ("host", "fetch(`http://${host}:9223`)", "medium"),
    ],
)
def test_a_socket_is_opened_to_the_host_that_is_openly_asked_for(
    tmp_path: Path, name: str, opened: str, sure: str
) -> None:
    text = SOCKET.replace("NAME", name).replace("OPENED", opened)
    (tmp_path / "server.js").write_text(text, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert [one["confidence"] for one in found if one["rule_id"] == "server-side-request-forgery"] == [sure]
