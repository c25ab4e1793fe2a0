"""Variables that one tool sets and another one runs: of a file, of a table in it, of the function around both."""

from __future__ import annotations

import pytest

from driftseal.code.go import Go
from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models
from growth import grows_linearly

TOOLS = ("choose", "run")


def told(name: str, text: str) -> list[tuple[str, str, int]]:
    """Tool with its parameter, sink and line of what reaches a command or code."""
    front = {".py": Python(), ".js": JavaScript(), ".go": Go()}[name[-3:]]
    module = front.lower(text.encode(), name, DEFAULT_LIMITS)
    project = Project({name: module})
    refs = [ref for ref in project.functions() if project.function(ref).name in TOOLS]
    entries = [flows.Entry(ref, project.function(ref).name) for ref in refs]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    chosen = [each for each in found.flows if each.sink.kind in {"command", "code", "variable", "result"}]
    return sorted((f"{each.tool} {each.source.name}", each.sink.kind, each.sink.line) for each in chosen)


def py(body: str, use: str, head: str = "current = '.'") -> list[tuple[str, str, int]]:
    return told(
        "main.py",
        f"import os, re, shlex, subprocess\n{head}\n\ndef choose(path: str):\n    {body}\n\n"
        f"def run(count: int):\n    {use}\n    return current\n",
    )


def js(body: str, use: str, head: str = 'let device = "";') -> list[tuple[str, str, int]]:
    return told(
        "main.js",
        f'import {{ execSync, execFileSync }} from "node:child_process";\n{head}\n'
        f"export function choose({{ id }}) {{ {body} }}\nexport function run() {{ {use} }}\n",
    )


SHELL = 'os.system(f"git -C {current} log")'
ADB = "execSync(`adb -s ${device} shell`);"
PUT = [("choose path", "command", 8)]


@pytest.mark.parametrize(
    ("body", "use", "head"),
    [
        ("global current; current = path", SHELL, "current = '.'"),
        ("global current; current = path", SHELL, "current: str | None = None"),
        ("global current, other; other = current = os.path.join('repos', path)", SHELL, "current = other = ''"),
        ("global current; known, current = 1, path", SHELL, "current = '.'"),
        ("state['repo'] = path", "os.system(f\"git -C {state['repo']} log\")", "current = 1; state = {'repo': '.'}"),
        ("state.repo = path", 'os.system("git -C " + state.repo)', "current = 1; state = SimpleNamespace(repo='.')"),
    ],
)
def test_what_a_tool_puts_into_a_variable_of_the_file_is_followed_to_the_command_of_another(
    body: str, use: str, head: str
) -> None:
    assert py(body, use, head) == PUT


@pytest.mark.parametrize(
    ("body", "use"),
    [
        ("current = path", SHELL),  # its own
        ("global current; current = 'main'", SHELL),
        ("global current; current = shlex.quote(path)", SHELL),
        ("global current\n    if not re.fullmatch('[a-z]+', path): raise ValueError\n    current = path", SHELL),
        ("global current; current = path", "subprocess.run(['git', '-C', current, 'log'])"),
        ("global current; current = path", "subprocess.run('git log', shell=True, cwd=current)"),
        ("global other; other = path", SHELL),
        ("current = {}; current['repo'] = path", SHELL),
        ("global current; current = path", "current = '.'; " + SHELL),
        ("global current; current = path", "os.system(current)"),  # kept to be run, as a whole
    ],
)
def test_what_no_command_is_made_of_is_not(body: str, use: str) -> None:
    assert py(body, use) == []


@pytest.mark.parametrize(
    ("body", "use", "head"),
    [
        ("device = id;", ADB, 'let device = "";'),
        ("device ??= id;", ADB, "let device;"),
        ("device += id;", ADB, 'let device = "";'),
        ("({ device } = { device: id });", ADB, "var device;"),
        ("state.device = id;", "execSync(`adb -s ${state.device} shell`);", "const state = { device: null };"),
        ('state["device"] = id;', "execSync(`adb -s ${state.device} shell`);", "const state = {};"),
    ],
)
def test_in_scripts_too(body: str, use: str, head: str) -> None:
    assert js(body, use, head) == [("choose id", "command", 4)]


@pytest.mark.parametrize(
    ("body", "use", "head"),
    [
        ("let device = id;", ADB, 'let device = "";'),
        ("for (const device of [id]) log(device);", ADB, 'let device = "";'),
        ("[id].forEach((device) => { device = id; });", ADB, 'let device = "";'),
        ("device = known[0];", ADB, 'let device = ""; const known = ["a"];'),
        ("device = id;", 'execFileSync("adb", ["-s", device]);', 'let device = "";'),
        ('if (!["a", "b"].includes(id)) throw 1; device = id;', ADB, 'let device = "";'),
        ("device = Number(id);", ADB, "let device = 0;"),
    ],
)
def test_in_scripts_neither(body: str, use: str, head: str) -> None:
    assert js(body, use, head) == []


def test_the_function_around_both_has_variables_as_well() -> None:
    assert told(
        "main.js",
        'import { execSync } from "node:child_process";\nexport function make(server) {\n  let device = "";\n'
        "  function choose({ id }) { device = id; }\n  function run() {\n    execSync(`adb -s ${device} shell`);\n  }\n"
        '  server.tool("choose", choose);\n  server.tool("run", run);\n}\n',
    ) == [("choose id", "command", 6)]


def test_python_says_so_of_them() -> None:
    source = (
        "import os\ndef make():\n    current = '.'\n    def choose(path):\n        {}current = path\n"
        "    def run():\n        os.system('git -C ' + current)\n    return choose, run\n"
    )
    assert told("main.py", source.format("nonlocal current; ")) == [("choose path", "command", 7)]
    assert told("main.py", source.format("")) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("current = path", [("choose path", "command", 8)]),
        ("known, current = 1, path", [("choose path", "command", 8)]),
        ("current += path", [("choose path", "command", 8)]),
        ("current := path; use(current)", []),
        ("var current = path; use(current)", []),
        ("for _, current := range split(path) { use(current) }", []),
        ('current = "main"', []),
        ("other = path", []),
    ],
)
def test_in_go_what_is_declared_anew_is_another_variable(body: str, expected: list[tuple[str, str, int]]) -> None:
    source = (
        'package main\nimport "os/exec"\nvar current = "."\nfunc choose(path string) {\n'
        f"    {body}\n}}\nfunc run() {{\n"
        '    exec.Command("sh", "-c", "git -C "+current+" log").Run()\n}\n'
    )
    assert told("main.go", source) == expected


def test_what_a_callback_puts_into_a_variable_around_it_is_there_when_it_has_run() -> None:
    assert told(
        "main.js",
        'import { execSync } from "node:child_process";\nexport function run({ names }) {\n  let line = "ls";\n'
        '  names.forEach((name) => { line += " " + name; });\n  execSync(line);\n}\n',
    ) == [("run names", "command", 5)]


def test_many_variables_that_many_functions_set_take_time_by_their_number() -> None:
    def run(count: int) -> None:
        functions = "".join(f"def f{n}(p):\n    global v{n}\n    v{n} = p\n    t['k{n}'] = v0\n" for n in range(count))
        reads = "".join(f"    use(v{n}, t['k{n}'])\n" for n in range(count))
        assert told("main.py", f"t = {{}}\n{functions}def run(p):\n{reads}") == []

    assert grows_linearly(run, 60)


def test_many_variables_of_scripts_do_too() -> None:
    def run(count: int) -> None:
        names = ", ".join(f"p{n}" for n in range(count))
        sets = "".join(f"v{n} = p{n};" for n in range(count))
        assert told("main.js", f"let v0;\nexport function choose({names}) {{ {sets} }}\n") == []

    assert grows_linearly(run, 100)
