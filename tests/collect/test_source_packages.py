"""Where everything is listed, each package that holds an MCP server is a target of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from configured import context
from driftseal.collect.base import Discovery
from driftseal.collect.source import SourceCollector
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Snapshot

PYTHON = '''
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool()
def read_note(title: str) -> str:
    """Reads a note."""
    return title
'''
SCRIPT = """
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { NAME } from "./names.js";
const server = new McpServer({ name: "files", version: "1.0.0" });
server.registerTool(NAME, { description: "Reads a file." }, async () => ({ content: [] }));
"""
PROJECT = '[project]\nname = "notes-server"\n'


def listed(root: Path, files: dict[str, str], reference: str = ".") -> list[Snapshot]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    collector = SourceCollector(replace(context(root), discover=Discovery()))
    return list(collector.collect(list(collector.targets(reference))))


def test_each_package_is_a_server_of_its_own_called_after_its_manifest(tmp_path: Path) -> None:
    taken = listed(
        tmp_path,
        {
            "package.json": '{"name": "monorepo"}',
            "src/notes/pyproject.toml": PROJECT,
            "src/notes/notes/server.py": PYTHON,
            "src/files/package.json": '{"name": "@acme/files"}',
            "src/files/index.ts": SCRIPT,
            "src/files/names.ts": 'export const NAME = "read_file";\n',
        },
    )
    told = {(one.target.name, one.target.reference, tuple(item.key for item in one.items)) for one in taken}
    assert told == {
        ("notes-server", "src/notes#source", ("tool:read_note",)),
        ("@acme/files", "src/files#source", ("tool:read_file",)),
    }
    assert len({one.target.identity for one in taken}) == 2
    (tool,) = next(one for one in taken if one.target.name == "@acme/files").items
    assert [(at.uri, at.line) for at in tool.evidence] == [("src/files/index.ts", 5)]


def test_names_come_from_manifests_of_other_languages_and_from_the_folder(tmp_path: Path) -> None:
    go = (
        'package main\nimport "github.com/mark3labs/mcp-go/server"\nimport "github.com/mark3labs/mcp-go/mcp"\n'
        'func main() {\n\ts := server.NewMCPServer("x", "1")\n\ts.AddTool(mcp.NewTool("ping"), nil)\n}\n'
    )
    taken = listed(
        tmp_path,
        {
            "a/go.mod": "module example.com/acme/pinger\n\ngo 1.22\n",
            "a/main.go": go,
            "b/setup.py": "import setuptools\nsetuptools.setup()\n",
            "b/server.py": PYTHON,
        },
    )
    assert {one.target.name for one in taken} == {"pinger", "b"}


def test_a_package_that_only_uses_servers_is_none(tmp_path: Path) -> None:
    client = (
        "from langchain_core.tools import tool\nfrom langchain_mcp_adapters.client import MultiServerMCPClient\n"
        '@tool\ndef search(query: str) -> str:\n    """Searches."""\n    return query\n'
    )
    assert listed(tmp_path, {"pyproject.toml": PROJECT, "app.py": client}) == []


def test_tools_of_agents_beside_a_server_are_none_of_its_own(tmp_path: Path) -> None:
    agent = (
        "from langchain_core.tools import tool\n"
        '@tool\ndef search(query: str) -> str:\n    """Searches."""\n    return query\n'
    )
    (taken,) = listed(tmp_path, {"pyproject.toml": PROJECT, "agent.py": agent, "server.py": PYTHON})
    assert [item.key for item in taken.items] == ["tool:read_note"]


def test_a_server_in_a_folder_without_manifests_is_called_after_the_folder(tmp_path: Path) -> None:
    (taken,) = listed(tmp_path, {"server.py": PYTHON})
    assert (taken.target.name, taken.target.reference) == (tmp_path.name, ".#source")


def test_the_folder_is_told_in_places_when_it_is_not_the_working_directory(tmp_path: Path) -> None:
    (taken,) = listed(tmp_path, {"repo/src/notes/pyproject.toml": PROJECT, "repo/src/notes/s.py": PYTHON}, "repo")
    (item,) = taken.items
    assert (taken.target.reference, item.evidence[0].uri) == ("repo/src/notes#source", "repo/src/notes/s.py")


def test_a_scan_sees_the_whole_folder_as_one(tmp_path: Path) -> None:
    listed(tmp_path, {"a/package.json": '{"name": "a"}', "a/s.py": PYTHON, "b/package.json": "{}", "b/s.ts": SCRIPT})
    collector = SourceCollector(context(tmp_path))
    (taken,) = collector.collect(list(collector.targets(".")))
    assert taken.target.reference == ".#source"
    assert [item.kind for item in taken.items] == [ItemKind.TOOL]


_SPRING = """\
package acme;

import org.springframework.ai.tool.annotation.Tool;

@Service
public class Tickets {
    @Tool(name = "open_ticket", description = "Opens a ticket")
    public String open(String text) { return text; }

    @Tool(description = "Closes a ticket")
    public void closeTicket(String id) { }
}
"""


@pytest.mark.parametrize(
    ("manifest", "tools"),
    [
        ("spring-ai-starter-mcp-server-webmvc", ["closeTicket", "open_ticket"]),
        ("spring-ai-mcp-server-spring-boot-starter", ["closeTicket", "open_ticket"]),
        ("spring-ai-starter-model-openai", []),
        ("spring-ai-starter-mcp-client", []),
    ],
)
def test_the_starter_of_a_server_makes_tools_of_the_annotated_methods_of_beans(
    tmp_path: Path, manifest: str, tools: list[str]
) -> None:
    pom = f"<project><artifactId>{manifest}</artifactId></project>"
    taken = listed(tmp_path, {"pom.xml": pom, "src/main/java/acme/Tickets.java": _SPRING})
    assert [item.name for one in taken for item in one.items if item.kind is ItemKind.TOOL] == tools
