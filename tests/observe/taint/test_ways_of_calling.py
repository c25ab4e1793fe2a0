"""Ways in which what a tool is given gets to a program: calls of calls, events, what a shell reads, other machines."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

PYTHON = """
import shlex
import subprocess


def started(env):
    subprocess.run(["make"], env=env)


class Work:
    def go(self, line):
        subprocess.run(["sh", "-c", line])


def tool(text, other):
    DO
"""
JAVASCRIPT = """
import { EventEmitter } from "node:events";
import { spawn } from "node:child_process";
const bus = new EventEmitter();
bus.on("deploy", (line) => go(line));
bus.on("data", (line) => go(line));
function go(line) { spawn("sh", ["-c", line]); }
function* lines(text) { yield `ls ${text}`; }
class Job { constructor(text) { this.text = text; } get line() { return `ls ${this.text}`; } }
export function tool({ text }) { DO }
"""


def reached(path: str, code: str) -> set[str]:
    """Kinds of sinks to which what the caller sends comes."""
    module = front_ends.lower(code.encode(), path, DEFAULT_LIMITS)
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    return {each.sink.kind for each in found.flows if each.source.kind == "parameter"}


@pytest.mark.parametrize(
    ("done", "kinds"),
    [
        ('getattr(Work(), "go")(text)', {"command"}),
        ('one = Work()\n    setattr(one, "line", text)\n    Work().go(one.line)', {"command"}),
        ('table = {}\n    table.setdefault("a", []).append(text)\n    Work().go(table["a"][0])', {"command"}),
        ('table = {"a": []}\n    table["a"].append(text)\n    Work().go(table["a"][0])', {"command"}),
        ('table = {"PATH": "/bin"}\n    table[text] = other\n    started(table)', {"process-environment"}),
        ('subprocess.run(["bash"], input=text, text=True)', {"command"}),
        ('subprocess.Popen(["bash", "-s"], stdin=-1).communicate(text)', {"command"}),
        ('one = subprocess.Popen("sh", stdin=-1)\n    one.stdin.write(text)', {"command"}),
        ('subprocess.run(["cat"], input=text, text=True)', set()),
        ('subprocess.run(["bash", "-c", "wc -l"], input=text, text=True)', set()),
        ("subprocess.run(PROGRAM, input=text, text=True)", set()),
        ("subprocess.run([], input=text, text=True)", set()),
        ("setattr(*text, *text, text)\n    if " + "not " * 60 + "text:\n        pass", set()),
        ('subprocess.run(["ssh", "-p", "22", "host", f"ls {text}"])', {"command"}),
        ('subprocess.run(["ssh", "host", "ls", text])', {"command"}),
        ('subprocess.run(["adb", "-s", "x", "shell", "input", "text", text])', {"command"}),
        ('subprocess.run(["ssh", text, "ls"])', {"argv-option"}),
        ('subprocess.run(["ssh", "-i", text, "host", "ls"])', set()),
        ('subprocess.run(["adb", "-s", text, "shell", "ls"])', {"argv-option"}),
        ('subprocess.run(["ssh", "host", "ls " + shlex.quote(text)])', set()),
        ('subprocess.run(["git", "log", "-n", text])', set()),
    ],
)
def test_in_python(done: str, kinds: set[str]) -> None:
    assert reached("main.py", PYTHON.replace("DO", done)) == kinds


@pytest.mark.parametrize(
    ("done", "kinds"),
    [
        ("go.call(null, text);", {"command"}),
        ("go.apply(null, [text]);", {"command"}),
        ("go.bind(null)(text);", {"command"}),
        ("for (const line of lines(text)) go(line);", {"command"}),
        ("go(new Job(text).line);", {"command"}),
        ('bus.emit("deploy", text);', {"command"}),
        ('bus.emit("data", text);', set()),
        ('bus.emit("other", text);', set()),
        ('const shell = spawn("bash"); shell.stdin.end(text);', {"command"}),
        ('const other = spawn("wc"); other.stdin.end(text);', set()),
        ('spawn("adb", ["shell", `ls ${text}`]);', {"command"}),
    ],
)
def test_in_javascript(done: str, kinds: set[str]) -> None:
    assert reached("main.js", JAVASCRIPT.replace("DO", done)) == kinds


HANDED = """
import axios from "axios";
import { spawn } from "node:child_process";
function request(config) { return axios.request(config); }
function found(send, text, most) { return send({ url: "/found", params: { text, most } }); }
class Store { update(line) { spawn("sh", ["-c", line]); return this; } load() { return this; } }
class Server {
  constructor(store) { this.store = store; }
  save(line) { return this.store.update(line); }
}
const server = new Server(new Store().load());
export function tool({ text }) { DO }
"""


@pytest.mark.parametrize(
    ("done", "kinds"),
    [
        ("request({ url: text });", {"ssrf"}),
        ('request({ url: "/", params: { text } });', set()),
        ("found(request, text, 1);", set()),
        ("found((config) => request(config), text, 1);", set()),
        ("found((config) => axios.get(config.params.text), text, 1);", {"ssrf"}),
        ("server.save(text);", {"command"}),
        ('spawn(process.env.SHELL ?? "/bin/sh", ["-c", text]);', {"command"}),
        ('spawn(process.env.GIT ?? "git", ["-c", text]);', set()),
        ('const line = []; for (const one of ["-c", text]) line.push(one); spawn("sh", line);', {"command"}),
    ],
)
def test_what_objects_are_given_and_what_is_handed_on(done: str, kinds: set[str]) -> None:
    assert reached("main.js", HANDED.replace("DO", done)) == kinds
