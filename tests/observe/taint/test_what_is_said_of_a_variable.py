"""Variables that are said to be of a class, and what a server holds while it runs."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

CLIENT = """
import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from mcp.server.fastmcp import Context, FastMCP
class Client:
    def __init__(self):
        self.root = "/srv"
    def read(self, name):
        return open(self.root + "/" + name).read()
@dataclass
class App:
    client: Client
"""
READS = [("name", "path-read", "?")]


def told(path: str, text: str) -> list[tuple[str, str, str]]:
    """Source, kind of sink and what stands before, of what comes from the caller of the tool."""
    module = front_ends.lower(text.encode(), path, DEFAULT_LIMITS)
    assert module is not None
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    chosen = (each for each in found.flows if each.source.kind == "parameter")
    return sorted({(each.source.name, each.sink.kind, each.before) for each in chosen})


@pytest.mark.parametrize(
    "line",
    [
        "client: Client = ctx.state",
        'client: "Client | None" = ctx.state',
        "client = cast(Client, ctx.state)",
        'client = cast("Client", ctx.state)',
    ],
)
def test_a_variable_is_what_its_writer_says(line: str) -> None:
    code = f"{CLIENT}\ndef tool(ctx: Context, name: str):\n    {line}\n    return client.read(name)\n"
    assert told("main.py", code) == READS
    unsaid = code.replace(line, "client = ctx.state")
    assert told("main.py", unsaid) == []


def test_what_was_made_is_no_more_than_it_is_said_to_be() -> None:
    code = f"""{CLIENT}
class Other:
    def read(self, name):
        return name
def tool(ctx: Context, name: str):
    client: Client = Other()
    return client.read(name)
"""
    assert told("main.py", code) == []


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("App(client=client)", "ctx.request_context.lifespan_context.client"),
        ("App(client)", "ctx.lifespan_context.client"),
        ('{"client": client}', 'ctx.request_context.lifespan_context["client"]'),
        ('{"client": client}', 'ctx.request_context.lifespan_context.get("client")'),
        ("client", "ctx.request_context.lifespan_context"),
    ],
)
def test_tools_are_given_what_the_lifespan_of_their_server_yields(held: str, asked: str) -> None:
    code = f"""{CLIENT}
@asynccontextmanager
async def connect(server):
    client = Client()
    try:
        yield {held}
    finally:
        await asyncio.sleep(0)
mcp = FastMCP("notes", lifespan=connect)
def tool(ctx: Context, name: str):
    return {asked}.read(name)
"""
    assert told("main.py", code) == READS
    assert told("main.py", code.replace(", lifespan=connect", "")) == []


def test_a_declared_constant_of_typescript_is_what_its_writer_says() -> None:
    code = """
import { readFileSync } from "node:fs";
class Notes {
  load(name: string) { return readFileSync("/srv/" + name, "utf8"); }
}
export function tool(name: string) {
  const notes: Notes = globalThis.notes;
  return notes.load(name);
}
"""
    assert told("main.ts", code) == [("name", "path-read", "/srv/")]


HELD = """
import subprocess
class Kube:
    def __init__(self, binary="kubectl"):
        self.binary = binary
    def run(self, verb, *args):
        return subprocess.run([self.binary, verb, *args])
kube = Kube(%s)
def tool(name: str):
    return kube.run("get", name)
"""


@pytest.mark.parametrize(
    ("given", "after", "program"),
    [
        ("", "", "kubectl"),
        ('binary="oc"', "", "get"),
        ('"oc"', "", "get"),
        ("*names", "", "get"),
        ("", 'kube.binary = "oc"', "get"),
    ],
)
def test_what_everybody_leaves_at_its_default_is_known(given: str, after: str, program: str) -> None:
    assert told("main.py", HELD % given + after + "\n") == [("name", "argv-option", program)]
