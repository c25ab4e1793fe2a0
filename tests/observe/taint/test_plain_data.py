"""What comes of a caller's data in JavaScript, and what only stands beside it: places in lists, objects, endings."""

from __future__ import annotations

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models, patterns

_BESIDE = {"outward", "result"}
HEAD = 'import fs from "fs";\nimport path from "path";\n'


def followed(body: str, head: str = "", given: str = "{ p }") -> list[flows.Flow]:
    """What reaches something dangerous."""
    text = f"{HEAD}{head}\nexport async function tool({given}) {{\n{body}\n}}\n"
    module = JavaScript().lower(text.encode(), "main.js", DEFAULT_LIMITS)
    project = Project({"main.js": module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    return [each for each in found.flows if each.sink.kind not in _BESIDE]


def told(body: str, head: str = "", given: str = "{ p }") -> set[tuple[str, str, str]]:
    """Parameter, kind of sink and guard."""
    return {(each.source.name, each.sink.kind, each.guard) for each in followed(body, head, given)}


def checks(body: str, head: str = "") -> str:
    """By what the only value is checked."""
    (one,) = followed(body, head)
    return one.checks


@pytest.mark.parametrize(
    ("call", "reached"),
    [
        ("p.map((each, place) => fs.writeFileSync(`/srv/${place}.txt`, 'x'))", False),
        ("p.map((each, place) => fs.writeFileSync(`/srv/${each}.txt`, 'x'))", True),
        ("p.forEach((each, i) => fs.writeFileSync(`/srv/${i}.txt`, 'x'))", False),
        ("p.forEach((each, key) => fs.writeFileSync(`/srv/${key}.txt`, 'x'))", True),
        ("library.map(p, (each, key) => fs.writeFileSync(`/srv/${key}.txt`, 'x'))", True),
    ],
)
def test_the_number_of_a_place_in_a_list_is_chosen_by_nobody(call: str, *, reached: bool) -> None:
    assert any(kind == "path-write" for _, kind, _ in told(call)) is reached


CLIENT = """
class Client {
  constructor(base) { this.base = base; }
  askService(name) { return fetch(`${this.base}/items/${encodeURIComponent(name)}`); }
}
"""


def test_what_has_methods_was_sent_by_no_caller() -> None:
    assert not told("return client.askService(args.name);", CLIENT, "args, client")
    found = told("return new Client(args.base).askService('a');", CLIENT, "args, client")
    assert ("args.base", "ssrf", "") in found


def test_how_a_name_ends_is_no_check_of_where_a_path_leads() -> None:
    assert told(r"if (!/\.(jsx|tsx)$/.test(p)) throw 1; fs.readFileSync(p);") == {("p", "path-read", "")}
    assert told("if (!/^[a-z]+\\.txt$/.test(p)) throw 1; fs.readFileSync(p);") == {("p", "path-read", "strong")}


def test_a_pattern_that_is_found_anywhere_in_another_value_checks_nothing() -> None:
    other = "const seen = path.join(p, 'index'); if (!/safe/.test(seen)) throw 1; fs.readFileSync(p);"
    assert told(other) == {("p", "path-read", "")}
    assert told("if (!/safe/.test(p)) throw 1; fs.readFileSync(p);") == {("p", "path-read", "weak")}


@pytest.mark.parametrize(
    ("pattern", "ending"),
    [
        (r"/\.(?:jsx?|tsx?)$/i", True),
        (r"\.d\.ts$", True),
        (r".*\.md$", True),
        (r"^\.md$", False),
        (r"\.md", False),
        (r"[a-z]+\.md$", False),
        (r"\.[\w/]+$", False),
    ],
)
def test_a_pattern_of_endings_is_anchored_at_the_end_alone(pattern: str, *, ending: bool) -> None:
    assert patterns.of_endings(pattern) is ending


CHECK = """
function check(given) { const f = path.resolve(DECODES); if (!f.startsWith('/srv/')) throw 1; }
"""


def test_a_check_of_what_is_decoded_is_none_too_early() -> None:
    body = "check(p); fs.readFileSync(path.resolve(decodeURIComponent(p)));"
    assert told(body, CHECK.replace("DECODES", "decodeURIComponent(given)")) == {("p", "path-read", "strong")}
    assert "before it is decoded" in checks(body, CHECK.replace("DECODES", "given"))


def test_an_address_of_which_only_tls_is_known_leads_to_few_services_of_a_server() -> None:
    for test in ("p.startsWith('https://')", "new URL(p).protocol === 'https:'"):
        assert checks(f"if (!({test})) throw 1; fetch(p);") == "is asked over TLS alone"
    assert checks("if (!p.startsWith('http')) throw 1; fetch(p);") != "is asked over TLS alone"


def test_a_line_without_joints_stays_one_command() -> None:
    line = "if (/[;&|`$\\n]/.test(p)) throw 1; execSync(`ls ${p}`);"
    head = 'import { execSync } from "child_process";'
    assert told(line, head) == {("p", "command", "strong")}
    assert told(line.replace("\\n", ""), head) == {("p", "command", "weak")}


SCRIPT = """
import { execFile, spawn } from "child_process";
const escaped = (s) => s ESCAPES;
"""
BOTH = r""".replace(/\\/g, '\\\\').replace(/"/g, '\\"')"""


@pytest.mark.parametrize(
    ("escapes", "program", "guarded"),
    [
        (BOTH, "osascript", True),
        (r""".replace(/["\\]/g, '\\$&')""", "osascript", True),
        (r""".replace(/"/g, '\\"')""", "osascript", False),
        (BOTH, "bash", False),
    ],
)
def test_a_text_between_quotes_of_a_script_is_escaped_by_two_characters(
    escapes: str, program: str, *, guarded: bool
) -> None:
    option = "-c" if program == "bash" else "-e"
    body = f"""execFile('{program}', ['{option}', `say "${{escaped(p)}}"`]);"""
    assert (not told(body, SCRIPT.replace("ESCAPES", escapes))) is guarded


@pytest.mark.parametrize(("program", "sure"), [("'bash'", 2), ("'gemini'", None), ("found()", 0)])
def test_what_a_program_is_fed_is_run_by_shells(program: str, sure: int | None) -> None:
    flow = followed(f"const child = spawn({program}, []); child.stdin.write(p);", SCRIPT.replace("ESCAPES", ""))
    assert [each.confidence for each in flow] == ([] if sure is None else [sure])


REAL = """
const root = fs.realpathSync('.');
const real = (f) => { try { return fs.realpathSync(f); } catch { return f; } };
"""


def test_where_a_path_leads_may_be_asked_without_using_the_answer() -> None:
    body = "const f = path.resolve(root, p); if (!ASKED.startsWith(root + path.sep)) throw 1; fs.readFileSync(USED);"
    for asked in ("fs.realpathSync(f)", "real(f)"):
        assert told(body.replace("ASKED", asked).replace("USED", "f"), REAL) >= {("p", "path-read", "strong")}
    other = body.replace("if", "const d = fs.realpathSync(path.dirname(f)); if").replace("ASKED", "d")
    assert ("p", "path-read", "weak") in told(other.replace("USED", "f"), REAL)


@pytest.mark.parametrize(
    ("call", "kinds"),
    [
        ("spawn('ls', { cwd: p })", []),
        ("spawn('ls', { cwd: p, shell: true })", []),
        ("spawn('ls', [p], { shell: true })", ["command"]),
        ("spawn('ls', p, { shell: true })", ["command"]),
        ("spawn(p, { shell: true })", ["command"]),
    ],
)
def test_how_a_program_is_run_is_no_argument_of_it(call: str, kinds: list[str]) -> None:
    assert [each.sink.kind for each in followed(f"{call};", SCRIPT.replace("ESCAPES", ""))] == kinds
