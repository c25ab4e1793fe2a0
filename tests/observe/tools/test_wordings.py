"""A description says what every branch, switch and date may make of it, and what of it the code holds."""

from __future__ import annotations

from textwrap import dedent

import pytest

from driftseal.code.front_ends import lower
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, find
from growth import grows_linearly

PYTHON = """
import os
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("notes")
"""
JAVASCRIPT = """
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "notes", version: "1" });
"""


def declared(path: str, source: str) -> dict[tuple[ItemKind, str], Declared]:
    module = lower(source.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    return {(one.kind, one.name): one for one in find(Project({path: module})).declared}


def python(setting: str, description: str) -> str | None:
    source = f"{PYTHON}{dedent(setting)}\n@mcp.tool(description={description})\ndef add(text): return text\n"
    return declared("server.py", source)[ItemKind.TOOL, "add"].description


def javascript(setting: str, description: str) -> str | None:
    call = f'server.registerTool("add", {{ description: {description}, inputSchema: {{}} }}, async (a) => a);'
    return declared("server.js", JAVASCRIPT + dedent(setting) + "\n" + call)[ItemKind.TOOL, "add"].description


@pytest.mark.parametrize(
    ("setting", "description", "read"),
    [
        ("", 'f"Adds. {os.getpid()} Then calls."', "Adds. {…} Then calls."),
        ("", '"Adds. " + os.getcwd() + " Then calls."', "Adds. {…} Then calls."),
        ("", '"Adds %s. Then %d." % (os.getpid(), 2)', "Adds {…}. Then {…}."),
        ("", '"Adds {}. Then calls.".format(os.getpid())', "Adds {…}. Then calls."),
        ("", '" ".join(["Adds.", os.getcwd(), "Then calls."])', "Adds. {…} Then calls."),
        ("", 'os.environ.get("TEXT", "Adds one note.")', "Adds one note."),
        ("", '"".join(chr(c) for c in [65, 100, 100, 115])', "Adds"),
        ("", '"sddA"[::-1]', "Adds"),
        ("", 'base64.b64decode("QWRkcyBub3Rlcy4=").decode()', "QWRkcyBub3Rlcy4="),
        ("", 'Template("Adds for $who.").substitute(who=os.getpid())', "Adds for $who."),
        ("from gettext import gettext as _", '_("Adds one note.")', "Adds one note."),
        ("", '"Adds." if os.environ.get("A") else "Adds and calls."', "Adds.\nAdds and calls."),
        ("", 'os.environ.get("A") or "Adds."', "Adds."),
        ('TEXT = "Adds."\nif os.environ.get("A"):\n    TEXT = "Calls."', "TEXT", "Adds.\nCalls."),
        ('TEXT = "Adds."\nTEXT += " Then calls."', "TEXT", "Adds. Then calls."),
        ('TEXT = "Adds."\nTEXT = "Calls."', "TEXT", "Calls."),
        ('TEXTS = {"a": "Adds.", "b": "Calls."}', 'TEXTS[os.environ["A"]]', "Adds.\nCalls."),
        ('TEXTS = {"a": "Adds.", "b": "Calls."}', 'TEXTS.get(os.environ["A"], "Sends.")', "Adds.\nCalls.\nSends."),
        (
            'def said(a):\n    if a > 3:\n        return "Adds."\n    return "Calls."',
            "said(os.getpid())",
            "Calls.\nAdds.",
        ),
    ],
)
def test_a_text_in_python_says_all_that_it_may_say(setting: str, description: str, read: str) -> None:
    assert python(setting, description) == read


@pytest.mark.parametrize(
    ("setting", "description", "read"),
    [
        ("", "`Adds. ${process.pid} Then calls.`", "Adds. {…} Then calls."),
        ("", '"Adds. ".concat(load(), "Then calls.")', "Adds. {…}Then calls."),
        ("", '["Adds.", load(), "Then calls."].join(" ")', "Adds. {…} Then calls."),
        ("", 'process.env.A ? "Adds." : "Calls."', "Adds.\nCalls."),
        ("", "String.fromCharCode(65, 100, 100, 115)", "Adds"),
        ("", 'Buffer.from("QWRkcyBub3Rlcy4=", "base64").toString()', "QWRkcyBub3Rlcy4="),
        ('let text = "Adds.";\nif (process.env.A) text = "Calls.";', "text", "Adds.\nCalls."),
        ('let text = "Adds.";\ntext += " Then calls.";', "text", "Adds. Then calls."),
        ('const texts = { a: "Adds.", b: "Calls." };', "texts[process.env.A]", "Adds.\nCalls."),
    ],
)
def test_a_text_in_javascript_says_all_that_it_may_say(setting: str, description: str, read: str) -> None:
    assert javascript(setting, description) == read


@pytest.mark.parametrize("description", ["os.getcwd()", 'open("text.md").read()', 'f"{os.getpid()} {os.getcwd()}"'])
def test_a_text_of_which_the_code_holds_no_word_is_none(description: str) -> None:
    assert python("", description) is None


def test_what_is_set_after_the_tool_was_declared_is_not_of_its_text() -> None:
    source = f'{PYTHON}TEXT = "Adds."\n@mcp.tool(description=TEXT)\ndef add(a): return a\nTEXT = "Calls."\n'
    assert declared("server.py", source)[ItemKind.TOOL, "add"].description == "Adds."


@pytest.mark.parametrize("later", ['add.__doc__ = "Calls."', 'setattr(add, "__doc__", "Calls.")'])
def test_a_docstring_that_is_set_elsewhere_is_told_with_that_of_the_function(later: str) -> None:
    source = f'{PYTHON}@mcp.tool()\ndef add(a):\n    """Adds."""\n    return a\n{later}\n'
    assert declared("server.py", source)[ItemKind.TOOL, "add"].description == "Adds.\nCalls."


def test_what_a_parameter_is_for_says_what_of_it_the_code_holds() -> None:
    field = 'Annotated[str, Field(description=f"A {os.getpid()} b.")]'
    source = f"{PYTHON}@mcp.tool()\ndef add(a: {field}, c: str = Field(description='A' + os.sep + ' b.')): return a\n"
    schema = declared("server.py", source)[ItemKind.TOOL, "add"].schema
    assert isinstance(schema, dict)
    assert isinstance(schema["properties"], dict)
    assert [each["description"] for each in schema["properties"].values() if isinstance(each, dict)] == [
        "A {…} b.",
        "A{…} b.",
    ]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("server.py", 'mcp = FastMCP("notes", instructions="Say hello.")'),
        ("server.py", 'app = Server("notes", instructions=f"Say hello.")'),
        ("server.js", 'const server = new McpServer({ name: "n" }, { instructions: "Say hello." });'),
        (
            "server.ts",
            'const server = new Server(info, { capabilities: {}, instructions: ["Say", "hello."].join(" ") });',
        ),
        (
            "main.go",
            'package main\nfunc main() { s := server.NewMCPServer("n", server.WithInstructions("Say hello.")) }',
        ),
        ("main.go", 'package main\nvar o = &mcp.ServerOptions{Instructions: "Say hello."}'),
        ("Main.java", 'class Main { Object s = McpServer.sync(t).instructions("Say hello.").build(); }'),
        ("main.rs", 'fn info() -> ServerInfo { ServerInfo { instructions: Some("Say hello.".into()), ..d() } }'),
    ],
)
def test_what_a_server_tells_every_model_first_is_an_item(path: str, source: str) -> None:
    read = declared(path, source)
    assert read[ItemKind.INSTRUCTIONS, ""].description == "Say hello."


@pytest.mark.parametrize(
    "source",
    ['agent = Agent("x", instructions="Say hello.")', "server = Server(instructions=load())", "instructions = 'Hi.'"],
)
def test_instructions_of_something_else_are_none_of_the_server(source: str) -> None:
    assert not any(kind is ItemKind.INSTRUCTIONS for kind, _ in declared("server.py", source))


def test_each_of_several_servers_has_its_instructions() -> None:
    read = declared("server.py", "\n".join(f'FastMCP("a", instructions="{text}.")' for text in ("One", "Two", "One")))
    assert {name: one.description for (kind, name), one in read.items() if kind is ItemKind.INSTRUCTIONS} == {
        "": "One.",
        "2": "Two.",
    }


def test_texts_of_many_branches_take_linear_time() -> None:
    def source(count: int) -> str:
        branches = "".join(f'if os.environ.get("A{n}"):\n    T = T + f"{n} {{T}}" + T\n' for n in range(count))
        return f'{PYTHON}T = "Adds."\n{branches}\n@mcp.tool(description=T)\ndef add(a): return a\n'

    assert grows_linearly(lambda count: declared("server.py", source(count)), 200)
