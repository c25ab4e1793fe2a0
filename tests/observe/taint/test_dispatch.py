"""Handlers that are found by a computed name: what a tool is given is followed into the one that is its own."""

from __future__ import annotations

import pytest

from driftseal.code import batch
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

JS = 'import { execFile } from "child_process";\n'
PY = "import subprocess\n"


def told(name: str, text: str) -> list[tuple[str, str]]:
    """Parameter and kind of sink of what reaches one from the function ``tool``."""
    project = Project(batch.lower({name: text.encode()}, DEFAULT_LIMITS).modules)
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    language = project.modules[name].language
    found = flows.analyse(project, entries, {language: models.load(language)}, DEFAULT_LIMITS).flows
    return [(each.source.name.rpartition(".")[2], each.sink.kind) for each in found if each.source.kind == "parameter"]


DIFF = 'async ({ base }) => execFile("git", ["diff", base])'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"const TABLE = {{ log: () => 1, diff: {DIFF} }};", "TABLE[name](args)"),
        (f"const TABLE = {{ log: () => 1, diff: {DIFF} }};", "const run = TABLE[name] ?? TABLE.log; return run(args)"),
        (
            f"const TABLE = {{ log: [0, () => 1], diff: [1, {DIFF}] }};",
            "const [n, run] = TABLE[name]; return run(args)",
        ),
        (f"const TABLE = {{ log: {{ run: () => 1 }}, diff: {{ run: {DIFF} }} }};", "TABLE[name].run(args)"),
        (
            f"const TABLE = {{ log: {{ n: 0, run: () => 1 }}, diff: {{ n: 1, run: {DIFF} }} }};",
            "const { n, run } = TABLE[name]; return run(args)",
        ),
        (f'const TABLE = new Map([["log", () => 1], ["diff", {DIFF}]]);', "const run = TABLE.get(name); run(args)"),
        (
            f'const ALL = [{{ name: "log", run: () => 1 }}, {{ name: "diff", run: {DIFF} }}];',
            "const one = ALL.find((each) => each.name === name); return one.run(args)",
        ),
        (
            'class Git { log() {} diff(a) { return execFile("git", ["diff", a.base]); } } const git = new Git();',
            "git[name](args)",
        ),
    ],
)
def test_a_handler_is_found_by_a_computed_name_in_javascript(head: str, body: str) -> None:
    text = f"{JS}{head}\nexport async function tool(name, args) {{ {body}; }}\n"
    assert set(told("main.js", text)) == {("base", "argv-option")}


LOG = "def log(given):\n    return 1\n"
RUN = "return subprocess.run(['git', 'diff', given['base']])"
CLASSES = (
    "class Log:\n    name = 'log'\n    def run(self, given):\n        return 1\n"
    f"class Diff:\n    name = 'diff'\n    def run(self, given):\n        {RUN}\n"
)
GIT = f"class Git:\n    def log(self, given):\n        return 1\n    def diff(self, given):\n        {RUN}\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"{LOG}def diff(given):\n    {RUN}\nTABLE = {{'log': log, 'diff': diff}}\n", "TABLE[name](args)"),
        (f"{LOG}def diff(given):\n    {RUN}\nTABLE = {{'log': log, 'diff': diff}}\n", "TABLE.get(name)(args)"),
        (
            f"{LOG}def diff(given):\n    {RUN}\nTABLE = {{'log': (0, log), 'diff': (1, diff)}}\n",
            "n, run = TABLE[name]\n    run(args)",
        ),
        (f"{CLASSES}TABLE = {{'log': Log(), 'diff': Diff()}}\n", "TABLE[name].run(args)"),
        (f"{CLASSES}TABLE = {{one.name: one for one in (Log(), Diff())}}\n", "TABLE[name].run(args)"),
        (
            f"{CLASSES}ALL = [Log(), Diff()]\n",
            "for one in ALL:\n        if one.name == name:\n            return one.run(args)",
        ),
        (
            f"{CLASSES}ALL = [Log(), Diff()]\n",
            "one = next(each for each in ALL if each.name == name)\n    one.run(args)",
        ),
        (f"{GIT}git = Git()\n", "getattr(git, name)(args)"),
        (
            f"{GIT}git = Git()\nTABLE = {{one.name: getattr(git, f'{{one.name}}') for one in ALL}}\n",
            "TABLE[name](args)",
        ),
        (f"{GIT.replace('def diff', 'def do_diff')}git = Git()\n", "run = getattr(git, f'do_{name}')\n    run(args)"),
    ],
)
def test_a_handler_is_found_by_a_computed_name_in_python(head: str, body: str) -> None:
    assert set(told("main.py", f"{PY}{head}def tool(name, args):\n    {body}\n")) == {("base", "argv-option")}


def test_an_object_is_made_of_any_class_that_a_table_holds() -> None:
    text = (
        f"{PY}from pydantic import BaseModel\nclass LogArgs(BaseModel):\n    count: int\nclass DiffArgs(BaseModel):\n"
        "    base: str\nTABLE = {'log': (LogArgs, lambda a: 1), 'diff': (DiffArgs, lambda a: "
        "subprocess.run(['git', 'diff', a.base]))}\ndef tool(name, args):\n    model, run = TABLE[name]\n"
        "    return run(model.model_validate(args))\n"
    )
    assert set(told("main.py", text)) == {("base", "argv-option")}


def test_what_only_another_entry_does_is_no_flow() -> None:
    text = (
        f"{PY}TABLE = {{'a': (1, lambda given: len(given)), 'b': (2, lambda given: 1)}}\n"
        "def tool(name, args):\n    _, run = TABLE[name]\n    subprocess.run(['git', 'diff', str(run(1))])\n"
    )
    assert told("main.py", text) == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"const TABLE = {{}}; TABLE.log = () => 1; TABLE['diff'] = {DIFF};", "return TABLE[name](args)"),
        (f"const TABLE = new Map(); TABLE.set('log', () => 1); TABLE.set('diff', {DIFF});", "TABLE.get(name)(args)"),
        (
            (
                "const TABLE = new Map(); function register(key, run) { TABLE.set(key, run); }\n"
                f"register('log', () => 1); register('diff', {DIFF});"
            ),
            "const run = TABLE.get(name); if (!run) throw new Error(name); return run(args)",
        ),
        (
            (
                "class Routes { constructor() { this.table = new Map(); this.on('diff', this.diff.bind(this)); }\n"
                "on(key, run) { this.table.set(key, run); } go(key, a) { return this.table.get(key)(a); }\n"
                'diff(a) { return execFile("git", ["diff", a.base]); } }\nconst routes = new Routes();'
            ),
            "return routes.go(name, args)",
        ),
        (
            (
                "class Routes { table = {}; on(key, run) { this.table[key] = run; }\n"
                "go(key, a) { return this.table[key](a); } }\n"
                f"const routes = new Routes(); routes.on('log', () => 1); routes.on('diff', {DIFF});"
            ),
            "return routes.go(name, args)",
        ),
    ],
)
def test_a_handler_is_found_that_was_put_into_a_table_by_a_call_in_javascript(head: str, body: str) -> None:
    text = f"{JS}{head}\nexport async function tool(name, args) {{ {body}; }}\n"
    assert set(told("main.js", text)) == {("base", "argv-option")}


TAKES = "def takes(key):\n    def put(run):\n        TABLE[key] = run\n        return run\n    return put\n"
PUTS = "def put(run):\n    TABLE[run.__name__] = run\n    return run\n"
ROUTES = (
    "class Routes:\n    def __init__(self):\n        self.table = {}\n"
    "    def on(self, key):\n        def put(run):\n            self.table[key] = run\n            return run\n"
    "        return put\n    def go(self, key, given):\n        return self.table[key](given)\nroutes = Routes()\n"
)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            f"{LOG}def diff(given):\n    {RUN}\nTABLE = {{}}\nTABLE['log'] = log\nTABLE['diff'] = diff\n",
            "TABLE[name](args)",
        ),
        (f"TABLE = {{}}\n{TAKES}@takes('diff')\ndef diff(given):\n    {RUN}\n", "return TABLE[name](args)"),
        (
            f"TABLE: dict = {{}}\n{PUTS}@put\ndef diff(given):\n    {RUN}\n",
            "run = TABLE.get(name)\n    if run is None:\n        raise ValueError(name)\n    return run(args)",
        ),
        (
            f"ALL = []\ndef put(run):\n    ALL.append(run)\n    return run\n@put\ndef diff(given):\n    {RUN}\n",
            "for run in ALL:\n        run(args)",
        ),
        (f"{ROUTES}@routes.on('diff')\ndef diff(given):\n    {RUN}\n", "return routes.go(name, args)"),
    ],
)
def test_a_handler_is_found_that_was_put_into_a_table_where_it_is_defined_in_python(head: str, body: str) -> None:
    text = f"{PY}{head}def tool(name, args):\n    {body}\n"
    assert set(told("main.py", text)) == {("base", "argv-option")}
