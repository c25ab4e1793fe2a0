"""Parameters that decide how a helper makes a call, or whether: ``shell=shell``, ``{...options}``, ``if shell:``."""

from __future__ import annotations

import pytest

from driftseal.code import front_ends, ir
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

PYTHON = """
import os
import subprocess


def keyword(line, shell=False):
    return subprocess.run(line, shell=shell)


def typed(line, in_shell: bool = False):
    return subprocess.run(line, shell=in_shell)


def spread(line, **options):
    return subprocess.run(line, **options)


def around(line, shell=False):
    return keyword(line, shell=shell)


def branch(line, shell=False):
    if shell:
        os.system(line)
    else:
        print(line)


def early(line, shell=False):
    if not shell:
        return None
    return os.system(line)


def rebound(line, folder=None):
    folder = folder or "here"
    if folder:
        os.system(line)


def needed(line, folder):
    if folder:
        os.system(line)


def tool(host: str, chosen: bool):
    return CALL
"""
JAVASCRIPT = """
import { spawn } from "node:child_process";
function inside(program, args, options = {}) {
  return new Promise((resolve) => spawn(program, args, { stdio: "pipe", ...options }).on("close", resolve));
}
function whole(program, args, options) { return spawn(program, args, options); }
function taken(program, args, { shell = false, cwd } = {}) { return spawn(program, args, { shell, cwd }); }
function always(program, args, { shell = true } = {}) { return spawn(program, args, { shell }); }
function flag(program, args, shell) { return spawn(program, args, { shell }); }
export async function tool({ host }) { return CALL; }
"""


def runs_a_line(path: str, text: str) -> bool:
    module = front_ends.lower(text.encode(), path, DEFAULT_LIMITS)
    assert isinstance(module, ir.Module)
    project = Project({path: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    return any(each.source.kind == "parameter" and each.sink.kind == "command" for each in found.flows)


@pytest.mark.parametrize(
    "call",
    [
        'keyword(f"ping {host}", shell=True)',
        'keyword(f"ping {host}", chosen)',
        'typed(f"ping {host}", True)',
        'spread(f"ping {host}", shell=True)',
        'around(f"ping {host}", shell=True)',
        'branch(f"ping {host}", True)',
        'branch(f"ping {host}", chosen)',
        'early(f"ping {host}", shell=True)',
        'rebound(f"ping {host}")',
        'needed(f"ping {host}", "there")',
    ],
)
def test_a_helper_that_is_told_to_use_a_shell_runs_a_line(call: str) -> None:
    assert runs_a_line("main.py", PYTHON.replace("CALL", call))


@pytest.mark.parametrize(
    "call",
    [
        'keyword(["ping", "--", host])',
        'keyword(["ping", "--", host], shell=False)',
        'typed(["ping", "--", host])',
        'spread(["ping", "--", host], check=True)',
        'around(["ping", "--", host])',
        'branch(f"ping {host}")',
        'branch(f"ping {host}", shell=False)',
        'early(f"ping {host}")',
        'needed(f"ping {host}", "")',
    ],
)
def test_a_helper_that_is_not_told_to_runs_none(call: str) -> None:
    assert not runs_a_line("main.py", PYTHON.replace("CALL", call))


@pytest.mark.parametrize(
    "call",
    [
        'inside("ping", ["--", host], { shell: true })',
        'whole("ping", ["--", host], { shell: process.platform === "win32" })',
        'taken("ping", ["--", host], { shell: true })',
        'always("ping", ["--", host])',
        'flag("ping", ["--", host], true)',
    ],
)
def test_options_that_are_handed_on_say_that_a_shell_reads_the_line(call: str) -> None:
    assert runs_a_line("main.js", JAVASCRIPT.replace("CALL", call))


@pytest.mark.parametrize(
    "call",
    [
        'inside("ping", ["--", host])',
        'inside("ping", ["--", host], { cwd: "/srv" })',
        'whole("ping", ["--", host])',
        'taken("ping", ["--", host], { cwd: "/srv" })',
        'always("ping", ["--", host], { shell: false })',
        'flag("ping", ["--", host])',
    ],
)
def test_options_without_a_shell_are_innocent(call: str) -> None:
    assert not runs_a_line("main.js", JAVASCRIPT.replace("CALL", call))
