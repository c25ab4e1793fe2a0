"""The source of a server becomes a snapshot of what it declares; nothing of it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from configured import context
from driftseal.collect.base import Context
from driftseal.collect.source import SourceCollector
from driftseal.limits import Limits
from driftseal.model.item import ItemKind
from driftseal.model.snapshot import Origin, Reading, Snapshot

SERVER = '''
from mcp.server.fastmcp import FastMCP

raise SystemExit("ran")
mcp = FastMCP("notes")


@mcp.tool()
def read_note(title: str) -> str:
    """Reads a note."""
    return open("/srv/notes/" + title).read()
'''


def snapshots(given: Context, reference: str) -> list[Snapshot]:
    collector = SourceCollector(given)
    assert collector.claims(reference)
    return list(collector.collect(list(collector.targets(reference))))


def test_tools_come_with_schema_description_and_place(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path), ".")
    (tool,) = taken.items
    assert (tool.kind, tool.name, taken.origin, taken.gaps) == (ItemKind.TOOL, "read_note", Origin.STATIC, ())
    assert isinstance(tool.content, dict)
    assert tool.content["description"] == "Reads a note."
    assert tool.content["inputSchema"] == {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
    }
    assert (tool.evidence[0].uri, tool.evidence[0].line) == ("server.py", 9)


def test_a_folder_that_was_not_asked_for_its_source_needs_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    collector = SourceCollector(context(tmp_path))
    assert [target.incidental for target in collector.targets(".")] == [True]
    assert [target.incidental for target in collector.targets(".#source")] == [False]
    assert [target.incidental for target in collector.targets("server.py")] == [False]


def test_a_server_that_speaks_the_protocol_by_itself_is_a_target_without_its_name(tmp_path: Path) -> None:
    answers = """process.stdin.on("data", (line) => {
      const { id, method } = JSON.parse(line);
      if (method === "tools/list") console.log(JSON.stringify({ id, result: { tools: [] } }));
    });"""
    (tmp_path / "tail.js").write_text(answers, encoding="utf-8")
    assert len(snapshots(context(tmp_path), ".")) == 1
    (tmp_path / "tail.js").write_text(answers.replace("tools/list", "list"), encoding="utf-8")
    assert list(SourceCollector(context(tmp_path)).targets(".")) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", "print('hello')\n"),
        ("tests/test_server.py", SERVER),
        ("node_modules/a/server.py", SERVER),
        ("notes.md", SERVER),
    ],
)
def test_what_is_no_server_of_the_folder_s_own_is_no_target(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text, encoding="utf-8")
    assert snapshots(context(tmp_path), ".") == []


@pytest.mark.parametrize("beside", ["README.md", "package.json", "node_modules/a/index.js", "tests/test_client.py"])
def test_examples_are_what_is_meant_where_nothing_else_lies(tmp_path: Path, beside: str) -> None:
    for path, text in (("docs/server.py", SERVER), ("tests/fixtures/more.py", SERVER), (beside, "{}")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (found,) = snapshots(context(tmp_path), ".")
    assert [item.evidence[0].uri for item in found.items] == ["docs/server.py", "tests/fixtures/more.py"]
    assert found.reading is not None
    assert found.reading.files == 2
    (tmp_path / "app.py").write_text("print(1)\n", encoding="utf-8")
    assert snapshots(context(tmp_path), ".") == []


@pytest.mark.parametrize(("asked", "targets"), [("@modelcontextprotocol/sdk", 1), ("mcp-notes", 0)])
def test_a_program_whose_package_asks_for_the_sdk_is_looked_at(tmp_path: Path, asked: str, targets: int) -> None:
    manifest = f'{{"name": "mcp-helper", "dependencies": {{"{asked}": "^1.4.1"}}}}'
    (tmp_path / "package.json").write_text(manifest, encoding="utf-8")
    (tmp_path / "main.js").write_text("import express from 'express';\nexpress().listen(80);\n", encoding="utf-8")
    assert len(snapshots(context(tmp_path), ".")) == targets


def test_annotated_methods_of_spring_are_tools_though_no_code_speaks_of_the_protocol(tmp_path: Path) -> None:
    code = (
        "package x;\nimport org.springframework.ai.tool.annotation.Tool;\npublic class Stock {\n"
        '  @Tool(description = "Counts") public int count(String name) { return name.length(); }\n}\n'
    )
    (tmp_path / "Stock.java").write_text(code, encoding="utf-8")
    (found,) = snapshots(context(tmp_path), ".")
    assert "tool:count" in {item.key for item in found.items}


@pytest.mark.parametrize(
    ("told", "targets"),
    [
        ('name = "tools"\ndependencies = ["mcp>=1.1.3"]', 1),
        ('name = "mcp-server-notes"', 1),
        ('name = "mcp-notes"\ndependencies = ["mcpower"]', 0),
    ],
)
def test_a_program_in_python_that_stands_before_a_server_is_looked_at(tmp_path: Path, told: str, targets: int) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[project]\n{told}\n", encoding="utf-8")
    (tmp_path / "main.py").write_text("print('mcp')\n", encoding="utf-8")
    assert len(snapshots(context(tmp_path), ".")) == targets


def test_a_client_that_declares_no_tool_is_a_target_for_what_it_does(tmp_path: Path) -> None:
    (tmp_path / "client.js").write_text(
        'import { Client } from "@modelcontextprotocol/sdk/client/index.js";\nimport open from "open";\n'
        "export class Provider {\n  async redirectToAuthorization(url) {\n    await open(url.toString());\n  }\n}\n",
        encoding="utf-8",
    )
    collector = SourceCollector(context(tmp_path))
    (target,) = collector.targets(".")
    found = {
        (flow.sink.path, flow.sink.line, flow.sink.name, flow.sink.kind)
        for flow in collector.context.programs[target.identity].flows.routes
    }
    assert found == {("client.js", 5, "open.default", "argv"), ("client.js", 5, "open.default", "ssrf")}


def test_a_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "server.py").write_text(SERVER, encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "server.py").symlink_to(outside / "server.py")
    (inside / "more").symlink_to(outside, target_is_directory=True)
    assert snapshots(context(inside), ".") == []


@pytest.mark.parametrize(("place", "description"), [("add.md", "Adds."), ("link.md", None), ("linked/add.md", None)])
def test_a_text_beside_the_code_is_read_but_not_by_way_of_a_link(
    tmp_path: Path, place: str, description: str | None
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "add.md").write_text("Secret.", encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "add.md").write_text("Adds.", encoding="utf-8")
    (inside / "link.md").symlink_to(outside / "add.md")
    (inside / "linked").symlink_to(outside, target_is_directory=True)
    source = f'mcp = FastMCP("x")\n@mcp.tool(description=open("{place}").read())\ndef add(a): return a\n'
    (inside / "server.py").write_text(source, encoding="utf-8")
    (taken,) = snapshots(context(inside), ".")
    (item,) = (item for item in taken.items if item.kind is ItemKind.TOOL)
    assert isinstance(item.content, dict)
    assert item.content.get("description") == description


@pytest.mark.parametrize("name", ["a" * 5000, "b/" * 3000, "\\0", "\\ud800", "../" * 40 + "etc/passwd", "/etc/passwd"])
def test_a_name_that_no_file_can_have_is_none_that_is_loaded(tmp_path: Path, name: str) -> None:
    (tmp_path / "index.js").write_text(f'import "mcp";\nrequire("./{name}");\nexec("{name}");', encoding="utf-8")
    source = f'import mcp\n@mcp.tool(description=open("{name}.md").read())\ndef add(a): return a\n'
    (tmp_path / "server.py").write_text(source, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path), ".")
    assert [item.name for item in taken.items] == ["add"]


def test_a_file_that_is_only_read_in_part_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER + "x = 1\n" * 500, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path, limits=Limits(code_nodes=300)), ".")
    assert [(gap.what, "limits.code_nodes" in gap.why) for gap in taken.gaps] == [("server.py", True)]


def test_a_file_for_which_no_time_is_left_is_a_gap_even_if_no_tool_was_found(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text("import 'mcp';\n" + '"' * 2_000_000, encoding="utf-8")
    (tmp_path / "late.js").write_text("// mcp\n" + "f(1);\n" * 60_000, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path, limits=Limits(code_seconds=0.2)), ".")
    assert taken.gaps[0].what == "index.js"
    assert all("limits.code_seconds" in gap.why for gap in taken.gaps)


def test_a_snapshot_tells_how_much_was_read_and_what_was_left_aside(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "helpers.py").write_text("def a():\n    return lambda: 1\n", encoding="utf-8")
    (tmp_path / "test_server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    (taken,) = snapshots(context(tmp_path), ".")
    assert taken.reading == Reading(files=2, functions=3, tools=1, aside=2, unread=0)
    assert str(taken.reading) == ("2 files, 3 functions and 1 tool; 2 left aside (tests, documentation, dependencies)")


def test_what_was_not_read_whole_is_counted(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER + "x = 1\n" * 500, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path, limits=Limits(code_nodes=300)), ".")
    assert taken.reading is not None
    assert taken.reading.unread == 1
    assert str(taken.reading).endswith("1 not read or not whole")


TOOL = b"import mcp\nmcp = FastMCP('a')\n@mcp.tool()\ndef run(a: str): return a\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.py", b"# mcp\n" + bytes(range(256)) * 400),
        ("a.js", b"// mcp\n" + b"\0" * 100_000),
        ("a.py", TOOL.decode().encode("utf-16")),
        ("a.py", b"# -*- coding: nonesuch -*-\n" + TOOL),
        ("a.py", b"# -*- coding: utf-7 -*-\n" + TOOL + b"+AAA"),
        ("a.py", TOOL + b"x = " + b"[" * 50_000),
        ("a.ts", b"// mcp\n" + b"f(" * 100_000),
        ("a.js", b"/* mcp */" + b"!function(e){a(e)}(b);" * 20_000),
        ("a.go", b"// mcp\npackage a\n" + b"func(" * 5000),
        ("a.cs", b"// mcp\n" + b"a<" * 50_000),
        ("a.java", b"// mcp\n" + b"a=>" * 50_000),
        ("a.rs", b"// mcp\n" + b"a::<" * 50_000),
        ("a\n\x1b[2J.py", TOOL),
    ],
    ids=[
        *("binary", "nul", "utf-16", "unknown encoding", "utf-7", "deep", "calls", "minified"),
        *("go", "cs", "java", "rust", "name"),
    ],
)
def test_hostile_files_are_read_as_far_as_they_go_beside_others(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path), ".")
    assert "tool:read_note" in {item.key for item in taken.items}
    assert all(gap.what == name for gap in taken.gaps)
    assert taken.reading is not None
    assert taken.reading.files == 2


@pytest.mark.parametrize("spoken", ["", "import mcp\n"])
def test_a_file_that_is_too_large_is_a_gap_even_if_it_is_all_there_is(tmp_path: Path, spoken: str) -> None:
    with (tmp_path / "index.js").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    if spoken:
        (tmp_path / "other.py").write_text(spoken, encoding="utf-8")
    (taken,) = snapshots(context(tmp_path), ".")
    assert [gap.what for gap in taken.gaps] == ["index.js"]


def test_a_file_beyond_what_is_lowered_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "index.js").write_bytes(b"// mcp\n" * 100)
    (taken,) = snapshots(context(tmp_path, limits=Limits(code_file_bytes=600)), ".")
    assert [(gap.what, "limits.code_file_bytes" in gap.why) for gap in taken.gaps] == [("index.js", True)]


def test_weights_that_are_named_like_a_file_of_module_paths_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "model.pth").write_bytes(b"import x\n" * 10_000)
    (taken,) = snapshots(context(tmp_path, limits=Limits(file_bytes=20_000)), ".")
    assert taken.gaps == ()
