"""Vulnerable code and its repaired twin, followed through functions, classes and files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models

HEAD = 'import { exec, execFile, spawn } from "child_process";\nimport fs from "fs";\nimport path from "path";\n'


def of(files: Mapping[str, str]) -> flows.Flows:
    """The flows of every exported function named tool."""
    front = JavaScript()
    modules = {name: front.lower(text.encode(), name, DEFAULT_LIMITS) for name, text in files.items()}
    project = Project(modules)
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    known = {module.language: models.load(module.language) for module in modules.values()}
    return flows.analyse(project, entries, known, DEFAULT_LIMITS)


def told(text: str, **others: str) -> list[tuple[str, str, int, str]]:
    """Parameter, kind of sink, line below the imports and guard."""
    found = of({"main.js": HEAD + text} | {f"{name}.js": HEAD + other for name, other in others.items()})
    chosen = [each for each in found.flows if each.source.kind == "parameter"]
    return sorted((each.source.name, each.sink.kind, each.sink.line - 3, each.guard) for each in chosen)


def test_a_parameter_in_a_command_line_is_followed_through_a_helper_of_another_file() -> None:
    found = of(
        {
            "main.js": 'import { run } from "./help.js";\nexport function tool({ name }) {\n  run(name);\n}\n',
            "help.js": HEAD + "export function run(what) {\n  return exec(`ls ${what}`);\n}\n",
        }
    )
    assert [(each.source.kind, each.source.name, each.sink.kind) for each in found.flows] == [
        ("parameter", "name", "command")
    ]
    assert [(step.path, step.line, step.what) for step in found.flows[0].steps] == [
        ("main.js", 2, "parameter name"),
        ("main.js", 3, "passed to run()"),
        ("help.js", 5, "put into a string"),
        ("help.js", 5, "child_process.exec()"),
    ]


def test_a_parameter_is_followed_through_an_object_and_the_closure_of_a_promise() -> None:
    text = (
        "class Runner {\n  constructor(cmd) { this.cmd = cmd; }\n"
        "  run() { return new Promise((done) => exec(`ls ${this.cmd}`, done)); }\n}\n"
        "export async function tool({ name }) { return new Runner(name).run(); }\n"
    )
    assert told(text) == [("name", "command", 3, "")]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ('spawn("git", ["log", x])', ["argv-option"]),
        ('spawn("git", ["log", "--", x])', []),
        ('spawn("git", ["log", `--author=${x}`])', []),
        ('spawn("sh", ["-c", x])', ["command"]),
        ('spawn("git", ["log", x], { shell: true })', ["command"]),
        ("fetch(x)", ["ssrf"]),
        ("fetch(`https://api.example.com/${x}`)", ["url-path"]),
        ("fetch(`https://${x}/`)", ["ssrf"]),
        ("eval(x)", ["code"]),
        ("exec(String(Number(x)))", []),
    ],
)
def test_constants_around_a_value_decide_what_it_can_do(call: str, kind: list[str]) -> None:
    assert [each[1] for each in told(f"export function tool({{ x }}) {{ {call}; }}\n")] == kind


@pytest.mark.parametrize(
    ("body", "guard"),
    [
        ("fs.readFileSync(p)", ""),
        ('const f = path.resolve(p); if (!f.startsWith("/srv/")) throw 1; fs.readFileSync(f)', "strong"),
        ('const f = path.resolve(p); if (!f.startsWith("/srv")) throw 1; fs.readFileSync(f)', "weak"),
        ('if (!p.startsWith("/srv/")) throw 1; fs.readFileSync(p)', "weak"),
        ('const f = path.resolve("/srv", p); if (!f.startsWith("/srv/")) throw 1; fs.readFileSync(p)', "weak"),
        ("fs.readFileSync(p); if (!/^[a-z]+$/.test(p)) throw 1", ""),
        ("if (!/^[a-z]+$/.test(p)) throw 1; fs.readFileSync(p)", "strong"),
        ("if (!/[a-z]+/.test(p)) throw 1; fs.readFileSync(p)", "weak"),
        ('if (!["a", "b"].includes(p)) throw 1; fs.readFileSync(p)', "strong"),
        ('if (["a", "b"].includes(p)) { fs.readFileSync(p) }', "strong"),
        ("if (!inside(p)) throw 1; fs.readFileSync(p)", "strong"),
        ("if (!validated(p)) throw 1; fs.readFileSync(p)", "weak"),
    ],
)
def test_a_guard_is_judged_by_what_it_checks(body: str, guard: str) -> None:
    helpers = (
        'function inside(q) { return path.resolve(q).startsWith("/srv/"); }\nfunction validated(q) { return true; }\n'
    )
    found = told(f"{helpers}export function tool({{ p }}) {{ {body}; }}\n")
    assert found == [("p", "path-read", 3, guard)]


def test_only_the_branch_of_a_tool_belongs_to_it() -> None:
    text = (
        'export function handle(req) {\n  if (req.name === "one") { exec(req.cmd); }\n  else { eval(req.code); }\n}\n'
    )
    front = JavaScript()
    project = Project({"main.js": front.lower((HEAD + text).encode(), "main.js", DEFAULT_LIMITS)})
    ref = next(ref for ref in project.functions() if project.function(ref).name == "handle")
    entries = [flows.Entry(ref, tool, ("cmd", "code")) for tool in ("one", "two")]
    known = {"javascript": models.load("javascript")}
    found = flows.analyse(project, entries, known, DEFAULT_LIMITS)
    assert [(each.tool, each.sink.kind) for each in found.flows] == [
        ("one", "code"),
        ("one", "command"),
        ("two", "code"),
    ]


def test_a_tool_can_do_what_its_helpers_can_do() -> None:
    text = 'function help() { return fetch("https://api.example.com/v1"); }\nexport function tool() { help(); }\n'
    found = of({"main.js": HEAD + text})
    assert found.capabilities("tool")["network"].line == 4
    assert list(found.hosts("tool")) == ["api.example.com"]


HANDED = (
    "function ask(post, url, body) {{\n  return post(url, {given});\n}}\n"
    "export function tool({{ query }}) {{\n"
    "  return ask((where, what) => fetch(where, {{ method: 'POST', body: what }}), process.env.API, query);\n}}\n"
)


def test_what_a_helper_gives_to_a_function_that_it_is_handed_is_followed_place_by_place() -> None:
    assert [kind for _, kind, *_ in told(HANDED.format(given="body"))] == ["outward"]
    assert [kind for _, kind, *_ in told(HANDED.replace("url, {given}", "body, url").format())] == ["ssrf"]


def test_what_a_helper_makes_of_its_parameters_may_be_any_of_them() -> None:
    assert "ssrf" in {kind for _, kind, *_ in told(HANDED.replace("post(url", "post(body + url").format(given="body"))}


HELD = """
from functools import cached_property
import psycopg2

class Db:
    def __init__(self):
        self.conn = psycopg2.connect("x")

    def rows(self, statement):
        cursor = self.conn.cursor()
        cursor.execute(statement)
        return cursor.fetchall()

class Other:
    def rows(self, statement):
        return []

class Single:
    one = None

    def __init__(self):
        self.kept = Db()

    @classmethod
    def get(cls):
        if cls.one is None:
            cls.one = cls()
        return cls.one

    @property
    def db(self):
        return self.kept

    @cached_property
    def made(self):
        return Db()

def tool(table: str):
    return REACHED.rows("select * from " + table)
"""


@pytest.mark.parametrize(
    "reached",
    [
        "Single.get().kept",
        "Single.get().db",
        "Single().db",
        "Single().made",
    ],
)
def test_an_object_is_known_by_the_class_that_holds_it_and_by_its_properties(reached: str) -> None:
    text = HELD.replace("REACHED", reached)
    module = Python().lower(text.encode(), "main.py", DEFAULT_LIMITS)
    whole = Project({"main.py": module})
    entries = [flows.Entry(ref, "tool:x") for ref in whole.functions() if whole.function(ref).name == "tool"]
    told = flows.analyse(whole, entries, {"python": models.load("python")}, DEFAULT_LIMITS)
    assert [(each.source.name, each.sink.line) for each in told.flows if each.sink.kind == "sql"] == [("table", 11)]


@pytest.mark.parametrize(
    ("more", "reached"),
    [
        ('args.extend(["--name", name])', []),
        ("args.extend([name])", ["name"]),
        ('args.extend(["--name", ",".join(name)])', []),
        ('args.extend(["--all"] + name.split())', ["name"]),
    ],
)
def test_a_list_is_longer_by_each_member_of_another(more: str, reached: list[str]) -> None:
    text = f"import subprocess\ndef tool(name: str):\n    args = ['git', 'log']\n    {more}\n    subprocess.run(args)\n"
    module = Python().lower(text.encode(), "main.py", DEFAULT_LIMITS)
    whole = Project({"main.py": module})
    entries = [flows.Entry(ref, "tool:x") for ref in whole.functions() if whole.function(ref).name == "tool"]
    told = flows.analyse(whole, entries, {"python": models.load("python")}, DEFAULT_LIMITS)
    assert [each.source.name for each in told.flows if each.sink.kind == "argv-option"] == reached


ASKED = (
    'const HOSTS = new Set(["a.example"]);\n'
    "function check(link) {{\n  {first}\n  return {{ valid: true, link }};\n}}\n"
    "export async function tool({{ url }}) {{\n  {before}\n  await fetch(url);\n}}\n"
)
REFUSES = 'if (!HOSTS.has(new URL(link).hostname)) return { valid: false, error: "no" };'


@pytest.mark.parametrize(
    ("clean", "reached"),
    [
        ("name", ["sql"]),
        ('name.replace("\'", "\'\'")', []),
        ("name.replace('`', '')", []),
        ('name.replace("\'", "\\\\\'")', ["sql"]),
    ],
)
def test_a_quote_that_stands_twice_or_nowhere_ends_no_text_of_a_statement(clean: str, reached: list[str]) -> None:
    head = "import sqlite3\ndef tool(name: str):\n"
    text = f"{head}    found = {clean}\n    sqlite3.connect('x').execute(f\"SELECT '{{found}}'\")\n"
    module = Python().lower(text.encode(), "main.py", DEFAULT_LIMITS)
    whole = Project({"main.py": module})
    entries = [flows.Entry(ref, "tool:x") for ref in whole.functions() if whole.function(ref).name == "tool"]
    found = flows.analyse(whole, entries, {"python": models.load("python")}, DEFAULT_LIMITS)
    assert [each.sink.kind for each in found.flows] == reached


@pytest.mark.parametrize(("part", "reached"), [("first", []), ("second", ["command"])])
def test_what_a_helper_gives_back_or_nothing_is_taken_apart_place_by_place(part: str, reached: list[str]) -> None:
    helper = "function parts(name) {\n  if (!name) return null;\n  return ['-l', `${name}`];\n}\n"
    body = f"const both = parts(name);\n  const [first, second] = both;\n  return exec(`ls ${{{part}}}`);\n"
    assert [each[1] for each in told(f"{helper}export function tool({{ name }}) {{\n  {body}}}\n")] == reached


@pytest.mark.parametrize(
    ("first", "before", "guard"),
    [
        (REFUSES, "const found = check(url);\n  if (!found.valid) return found.error;", "strong"),
        (REFUSES, "const { valid } = check(url);\n  if (!valid) return;", "strong"),
        (
            REFUSES.replace("valid: false", "valid: true"),
            "const found = check(url);\n  if (!found.valid) return;",
            "weak",
        ),
        ("if (!link) return { valid: false };", "const found = check(url);\n  if (!found.valid) return;", ""),
        ("return { valid: HOSTS.has(new URL(link).hostname) };", "if (!check(url).valid) return;", "strong"),
    ],
)
def test_an_answer_says_by_a_member_how_a_check_went(first: str, before: str, guard: str) -> None:
    found = told(ASKED.format(first=first, before=before))
    assert [(kind, how) for _, kind, _, how in found if kind == "ssrf"] == [("ssrf", guard)]


def test_the_letter_of_a_drive_says_nothing_of_where_a_path_leads() -> None:
    text = (
        "export function tool({ name }) {\n"
        "  if (!/^[A-Za-z]:[\\\\/]/.test(name) && !name.startsWith('~')) return;\n  return fs.readFileSync(name);\n}\n"
    )
    assert [how for _, kind, _, how in told(text) if kind == "path-read"] == [""]
    kept = text.replace("/^[A-Za-z]:[\\\\/]/", "/^[a-z]+$/").replace(" && !name.startsWith('~')", "")
    assert [how for _, kind, _, how in told(kept) if kind == "path-read"] == ["strong"]


def test_what_a_compiler_hands_to_a_generator_is_followed_place_by_place() -> None:
    text = (
        "export function tool(_0, _1) { return __async(this, [_0, _1], function* ({ name }, client) {\n"
        "  yield fetch(client.base);\n  return exec(name);\n}); }\n"
    )
    found = [each for each in of({"main.js": HEAD + text}).flows if each.source.kind == "parameter"]
    assert [(each.source.name, each.sink.kind) for each in found] == [("_0.name", "command"), ("_1.base", "ssrf")]


@pytest.mark.parametrize(
    ("path", "made", "kind"),
    [
        ("`/r/${name}`", "`${BASE}${path}`", "url-path"),
        ("name", "`${BASE}${path}`", "ssrf"),
        ("`/r/${name}`", "`${BASE}${path.slice(1)}`", "ssrf"),
    ],
)
def test_an_address_is_fixed_by_what_two_functions_put_before_a_value(path: str, made: str, kind: str) -> None:
    text = (
        f'const BASE = "https://a.example";\nconst address = (path) => {made};\n'
        f"export async function tool({{ name }}) {{ await fetch(address({path})); }}\n"
    )
    assert [each for _, each, *_ in told(text)] == [kind]


@pytest.mark.parametrize(
    ("kind", "guard"), [("mimetypes.guess_type(path)[0]", ""), ("path", "weak")], ids=["media type", "path"]
)
def test_the_media_type_of_a_file_says_nothing_of_where_it_lies(kind: str, guard: str) -> None:
    text = (
        "import mimetypes\ndef tool(path: str):\n"
        f"    kind = {kind}\n    if not kind.startswith('/srv/images'):\n        raise ValueError\n    open(path)\n"
    )
    module = Python().lower(text.encode(), "main.py", DEFAULT_LIMITS)
    whole = Project({"main.py": module})
    entries = [flows.Entry(ref, "tool:x") for ref in whole.functions() if whole.function(ref).name == "tool"]
    found = flows.analyse(whole, entries, {"python": models.load("python")}, DEFAULT_LIMITS)
    assert [each.guard for each in found.flows if each.sink.kind == "path-read"] == [guard]
