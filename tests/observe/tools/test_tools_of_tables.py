"""Tools that lie in tables which are made of lists, filled by helpers or written by a class for those below it."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import ItemKind
from driftseal.observe.tools import Declared, find

CLASSES = """
from mcp.types import Tool


class Base:
    pass


class Alpha(Base):
    name = "alpha"
    description = "The first."


class Beta(Base):
    name = "beta"
    description = "The second."


"""
BASE = """
import { z } from "zod";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "r", version: "1.0.0" });
class Base {
  METHOD
  async invoke(raw) { return { content: [{ type: "text", text: await this.execute(z.parse(raw)) }] }; }
}
class Alpha extends Base {
  name = "alpha"; description = "The first."; shape = { folder: z.string() };
  async execute({ folder }) { return folder; }
}
class Beta extends Base {
  name = "beta"; description = "The second."; shape = {};
  async execute() { return "b"; }
}
for (const one of [new Alpha(), new Beta()]) {
  server.registerTool(one.name, { description: one.description, inputSchema: one.shape }, (input) => one.invoke(input));
}
"""


def tools(path: str, text: str) -> tuple[Project, dict[str, Declared]]:
    module = front_ends.lower(text.encode(), path, DEFAULT_LIMITS)
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    return project, {one.name: one for one in find(project).declared if one.kind is ItemKind.TOOL}


def described(path: str, text: str) -> dict[str, str | None]:
    return {name: one.description for name, one in tools(path, text)[1].items()}


@pytest.mark.parametrize(
    ("table", "listed"),
    [
        ("{each.name: each for each in [Alpha(), Beta()]}", "for one in TOOLS.values()"),
        ("dict((each.name, each) for each in (Alpha(), Beta()))", "for one in TOOLS.values()"),
        ("{each.name: each for each in [Alpha(), Beta()]}", "for _, one in TOOLS.items()"),
        ("{cls.name: cls() for cls in (Alpha, Beta)}", "for one in TOOLS.values()"),
    ],
)
def test_a_table_that_is_made_of_a_list_holds_its_elements(table: str, listed: str) -> None:
    made = "Tool(name=one.name, description=one.description, inputSchema={})"
    code = f"{CLASSES}TOOLS = {table}\n\n\n@app.list_tools()\nasync def all_tools():\n    return [{made} {listed}]\n"
    assert described("main.py", code) == {"alpha": "The first.", "beta": "The second."}


def test_what_a_helper_puts_into_a_table_is_a_tool_under_its_name_there() -> None:
    code = """
    const registry = new Map();
    function define(name, description, schema, run) { registry.set(name, { description, schema, run }); }
    define("alpha", "The first.", z.object({ a: z.string() }), async ({ a }) => a);
    define("beta", "The second.", z.object({}), async () => "b");
    registry.set("gamma", { description: "The third.", inputSchema: {}, handler: async () => "c" });
    cache.set("delta", { description: "No tool.", at: 1 });
    """
    assert described("main.ts", code) == {"alpha": "The first.", "beta": "The second.", "gamma": "The third."}


@pytest.mark.parametrize("method", ["", "async execute(args) { throw new Error('not written'); }"])
def test_a_method_that_leaves_the_work_to_derived_classes_stands_around_theirs(method: str) -> None:
    project, found = tools("main.js", BASE.replace("METHOD", method))
    names = {name: one.handler and project.function(one.handler).qualname for name, one in found.items()}
    assert names == {"alpha": "Alpha.execute", "beta": "Beta.execute"}
    around = {name: one.around and one.around.function for name, one in found.items()}
    assert {ref and project.function(ref).qualname for ref in around.values()} == {"Base.invoke"}


def test_a_decorator_that_hands_on_what_it_is_given_declares_a_tool() -> None:
    code = """
mcp = None


def safe(*args, **kwargs):
    if mcp is not None:
        return mcp.tool(*args, **kwargs)
    return lambda function: function


def timed(*args, **kwargs):
    return measure(*args, **kwargs)


@safe(description="The first.")
def alpha(folder: str) -> str:
    return folder


@timed(description="No tool.")
def beta(folder: str) -> str:
    return folder
"""
    assert described("main.py", code) == {"alpha": "The first."}
