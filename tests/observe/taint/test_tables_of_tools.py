"""Where the function of a tool comes out of a table that is made of a list, or filled by what registers objects."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

TOOLS = "".join(
    f"""
class {name.title()}(Base):
    name = "{name}"

    def run(self, args):
        return {work}
"""
    for name, work in {
        "alpha": 'os.system("ls " + args["folder"])',
        "beta": 'args["folder"]',
        "gamma": 'len(args["folder"])',
        "delta": "None",
        "epsilon": 'args["folder"].upper()',
    }.items()
)
PYTHON = f"""
import os


class Base:
    name = ""

    def call(self, args):
        return str(self.run(args))

    def run(self, args):
        raise NotImplementedError

{TOOLS}

class Registry:
    def __init__(self):
        self._tools = {{}}

    def add(self, tool):
        self._tools[tool.name] = tool

    def call(self, name, args):
        return self._tools[name].run(args)


registry = Registry()
for each in (Alpha, Beta, Gamma, Delta, Epsilon):
    registry.add(each())
BY_NAME = {{each.name: each for each in [Alpha(), Beta(), Gamma(), Delta(), Epsilon()]}}
MADE = {{each.name: each() for each in (Alpha, Beta, Gamma, Delta, Epsilon)}}
DERIVED = {{each.name: each() for each in Base.__subclasses__()}}


def dispatch(name, arguments):
    return CALL
"""
PYTHON_CALLS = (
    "BY_NAME[name].run(arguments)",
    "BY_NAME.get(name).call(arguments)",
    "MADE[name].run(arguments)",
    "DERIVED[name].run(arguments)",
    "registry.call(name, arguments)",
)
INDEX = """
import * as alpha from "./alpha.js";
import * as beta from "./beta.js";
const modules = [alpha, beta];
const byName = new Map(modules.map((each) => [each.definition.name, each]));
const named = Object.fromEntries(modules.map(({ definition, handler }) => [definition.name, handler]));
const registry = new Map();
function define(name, run) { registry.set(name, { description: name, run: (raw) => run(JSON.parse(raw)) }); }
define("alpha", (args) => alpha.handler(args));
define("beta", (args) => beta.handler(args));
export async function dispatch(name, args) { return CALL; }
"""
ALPHA = """
import { execSync } from "node:child_process";
export const definition = { name: "alpha" };
export function handler(args) { return execSync("ls " + args.folder); }
"""
BETA = """
export const definition = { name: "beta" };
export function handler(args) { return args.folder; }
"""
JAVASCRIPT_CALLS = (
    "byName.get(name).handler(args)",
    "named[name](args)",
    "modules.find((each) => each.definition.name === name).handler(args)",
    "registry.get(name).run(args)",
)


def run_by(texts: dict[str, str]) -> set[str]:
    """The tools of which a shell runs what their caller sends."""
    lowered = {path: front_ends.lower(text.encode(), path, DEFAULT_LIMITS) for path, text in texts.items()}
    modules = {path: module for path, module in lowered.items() if isinstance(module, ir.Module)}
    project = Project(modules)
    dispatcher = next(ref for ref in project.functions() if project.function(ref).name == "dispatch")
    entries = [flows.Entry(dispatcher, f"tool:{name}", ("arguments", "args")) for name in ("alpha", "beta")]
    known = {module.language: models.load(module.language) for module in modules.values()}
    found = flows.analyse(project, entries, known, DEFAULT_LIMITS)
    return {each.tool for each in found.flows if each.source.kind == "parameter" and each.sink.kind == "command"}


@pytest.mark.parametrize("call", PYTHON_CALLS)
def test_an_object_of_a_class_is_found_by_the_name_of_its_tool(call: str) -> None:
    assert run_by({"main.py": PYTHON.replace("CALL", call)}) == {"tool:alpha"}


@pytest.mark.parametrize("call", JAVASCRIPT_CALLS)
def test_a_module_is_found_by_the_name_of_its_tool(call: str) -> None:
    assert run_by({"index.js": INDEX.replace("CALL", call), "alpha.js": ALPHA, "beta.js": BETA}) == {"tool:alpha"}


def test_a_table_that_is_made_of_itself_ends() -> None:
    code = """
A = {each: each for each in B}
B = {each: each for each in A}


def dispatch(name, arguments):
    return A[name](arguments)
"""
    assert run_by({"main.py": code}) == set()
    code = """
def dispatch(name, arguments):
    table = {each: each for each in TOOLS}
    table = {each: each for each in table}
    return table[name](arguments)
"""
    assert run_by({"main.py": code}) == set()


def test_classes_that_ask_one_another_end() -> None:
    code = """
class Base:
    def call(self, args):
        return self.run(args)


class Middle(Base):
    def run(self, args):
        return self.work(args)


class Last(Middle):
    def work(self, args):
        return super().run(args)


TABLE = {each: each for each in [Last()]}


def dispatch(name, arguments):
    return TABLE[name].call(arguments)
"""
    assert run_by({"main.py": code}) == set()
