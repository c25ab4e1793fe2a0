"""Functions with some of their arguments, methods of the class above, parts of lists, checks on one way alone."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

HEAD = """
import asyncio, functools, os, re, requests, sqlite3
from pathlib import Path
rows = sqlite3.connect("x").cursor()
def load(path, mark="_", form=None):
    named = form.replace("_", mark) if form else ""
    with open(path) as held:
        return named, held.read()
"""


def told(text: str, path: str = "main.py") -> list[tuple[str, str, str]]:
    """Source, kind of sink and how well it is checked, of what comes from the caller of the tool."""
    module = front_ends.lower((HEAD * path.endswith(".py") + text).encode(), path, DEFAULT_LIMITS)
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    chosen = (each for each in found.flows if each.source.kind == "parameter" and each.sink.kind != "outward")
    return sorted({(each.source.name, each.sink.kind, each.guard) for each in chosen})


@pytest.mark.parametrize(
    "call",
    [
        "asyncio.get_running_loop().run_in_executor(None, functools.partial(load, {0}, mark={1}))",
        "asyncio.to_thread(functools.partial(load, {0}, mark={1}))",
        "asyncio.to_thread(functools.partial(load, mark={1}), {0})",
    ],
)
def test_a_bound_function_gets_what_it_is_bound_to_and_nothing_else(call: str) -> None:
    line = "async def tool(name, mark):\n    return await "
    assert told(line + call.format("name", "mark")) == [("name", "path-read", "")]
    assert told(line + call.format("'/srv/a'", "mark")) == []


def test_a_method_of_the_class_above_is_the_one_that_is_called() -> None:
    # As many others have a method of this name that nobody could guess which one is meant.
    others = "".join(f"class Other{n}:\n    def find(self, asked):\n        return asked\n" for n in range(6))
    code = f"""{others}
class Above:
    def find(self, asked):
        return [open("/srv/" + asked).read()]
class Below(Above):
    def find(self, asked):
        return super().find(asked)
one = Below()
def tool(name):
    return requests.get(one.find(name)[0].link)
"""
    assert told(code) == [("name", "path-read", "")]


@pytest.mark.parametrize("part", ["[:3]", "[1:]", "[0:2]"])
def test_a_part_of_a_list_holds_what_the_list_does(part: str) -> None:
    code = f"""
class Paper:
    def __init__(self, link):
        self.link = link
        self.title = "x"
def tool(links):
    found = []
    for each in links:
        found.append(Paper(each))
    return requests.get(found{part}[0].MEMBER)
"""
    assert told(code.replace("MEMBER", "link")) == [("links", "ssrf", "")]
    assert told(code.replace("MEMBER", "title")) == []


def test_what_was_checked_on_one_way_stays_checked_where_it_was_put() -> None:
    code = r"""
def columns(found):
    names = []
    for each in found:
        if each not in names:
            if not re.match(r"^[a-zA-Z0-9_]+$", each):
                raise ValueError(each)
            names.append(each)
    return names
def tool(found):
    rows.execute("CREATE TABLE t (" + ",".join(columns(found)) + ")")
"""
    assert told(code) == [("found", "sql", "strong")]
    unchecked = code.replace('if not re.match(r"^[a-zA-Z0-9_]+$", each):', "if not each:")
    assert told(unchecked) == [("found", "sql", "")]


@pytest.mark.parametrize("path", ["Path(place).resolve()", "os.path.abspath(place)", "Path('/srv') / Path(place)"])
def test_a_path_is_no_address(path: str) -> None:
    code = f"def tool(place):\n    requests.get(str({path}))\n    return open({path}).read()\n"
    assert told(code) == [("place", "path-read", "")]


def test_what_a_library_answers_is_not_what_it_was_asked_for() -> None:
    code = """
import { Mails } from "mails";
const mails = new Mails();
export async function tool(id: string) {
  const found = await mails.logs.get(id);
  return fetch(found.link);
}
"""
    assert told(code, "main.ts") == []
    assert told(code.replace("mails.logs.get(id)", "mails.logs.parse(id)"), "main.ts") == [("id", "ssrf", "")]


def test_what_a_thread_is_sent_comes_to_what_it_listens_with() -> None:
    code = """
import { Worker, parentPort } from "node:worker_threads";
import { exec } from "node:child_process";
const worker = new Worker(new URL("./main.js", import.meta.url));
parentPort.on("message", (line) => exec(line));
export function tool(name) {
  worker.postMessage(`ls ${name}`);
}
"""
    assert told(code, "main.ts") == [("name", "command", "")]
    assert told(code.replace("worker.postMessage", "parentPort.postMessage"), "main.ts") == []
