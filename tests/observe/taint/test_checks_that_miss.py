"""Checks that look at the wrong thing, or too early: of links, of redirects, of a promise, of half a name."""

from __future__ import annotations

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, judged, models
from driftseal.observe.taint.labels import GIVEN, LISTED, Guard, Label
from driftseal.observe.taint.summary import Hit, Spot
from driftseal.observe.taint.transactions import Transactions

JS = (
    'import { execFile, spawn } from "child_process";\nimport fs from "fs";\nimport fsp from "fs/promises";\n'
    'import path from "path";\nimport { lookup } from "dns/promises";\n'
)
PY = "import ipaddress, os, socket, subprocess, requests\nfrom pathlib import Path\n"


def told(name: str, text: str) -> list[tuple[str, str, str]]:
    """Parameter, kind of sink and guard of what reaches a sink of files, requests or variables."""
    front = Python() if name.endswith(".py") else JavaScript()
    module = front.lower(text.encode(), name, DEFAULT_LIMITS)
    project = Project({name: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    chosen = [each for each in found.flows if each.source.kind == "parameter" and each.sink.kind != "outward"]
    return sorted((each.source.name, each.sink.kind, each.guard) for each in chosen)


def js(body: str, head: str = "") -> list[tuple[str, str, str]]:
    return told("main.js", f"{JS}{head}\nexport async function tool({{ p }}) {{\n{body}\n}}\n")


def py(body: str, head: str = "") -> list[tuple[str, str, str]]:
    return told("main.py", f"{PY}{head}\ndef tool(p: str):\n    {body}\n")


@pytest.mark.parametrize(
    ("root", "body", "guard"),
    [
        ("fs.realpathSync('.')", "const f = path.resolve(root, p); CHECK; fs.readFileSync(f);", "text"),
        ("path.resolve('.')", "const f = path.resolve(root, p); CHECK; fs.readFileSync(f);", "strong"),
        (
            "fs.realpathSync('.')",
            "const f = fs.realpathSync(path.resolve(root, p)); CHECK; fs.readFileSync(f);",
            "strong",
        ),
        (
            "fs.realpathSync('.')",
            "const f = path.join(fs.realpathSync(path.dirname(p)), path.basename(p)); CHECK; fs.readFileSync(f);",
            "strong",
        ),
        (
            "fs.realpathSync('.')",
            "const f = path.resolve(root, p); CHECK; if (fs.lstatSync(f).isSymbolicLink()) throw 1; fs.openSync(f);",
            "strong",
        ),
        ("path.resolve('.')", "const f = path.resolve(root, p); CHECK; fs.readFileSync(fs.realpathSync(f));", "weak"),
    ],
)
def test_a_path_is_compared_once_its_links_are_resolved(root: str, body: str, guard: str) -> None:
    check = "if (f !== root && !f.startsWith(root + path.sep)) throw 1"
    found = js(body.replace("CHECK", check), f"const root = {root};")
    assert ("p", "path-read", guard) in found
    assert {each[2] for each in found} <= {guard, "strong"}


@pytest.mark.parametrize(
    ("root", "made", "guard"),
    [
        ("Path('.').resolve()", "Path(os.path.normpath(ROOT / p))", "text"),
        ("Path('.').absolute()", "Path(os.path.normpath(ROOT / p))", "strong"),
        ("Path('.').resolve()", "(ROOT / p).resolve()", "strong"),
    ],
)
def test_resolve_of_pathlib_follows_links_and_normpath_does_not(root: str, made: str, guard: str) -> None:
    body = f"f = {made}\n    if not f.is_relative_to(ROOT):\n        raise ValueError\n    f.read_text()"
    assert py(body, f"ROOT = {root}\n") == [("p", "path-read", guard)]


@pytest.mark.parametrize(("call", "guard"), [("inside(f)", "weak"), ("await inside(f)", "strong")])
def test_a_check_that_nobody_waits_for_is_none(call: str, guard: str) -> None:
    head = (
        "const root = '/srv/x';\nasync function inside(f) {\n  await fsp.access(f);\n"
        "  if (!f.startsWith(root + path.sep)) throw 1;\n}\n"
    )
    found = js(f"const f = path.resolve(root, p);\n{call};\nfs.readFileSync(f);", head)
    assert ("p", "path-read", guard) in found


@pytest.mark.parametrize(
    ("check", "options", "guard"),
    [
        ("if (isPrivate(new URL(p).hostname)) throw 1;", '{ redirect: "error" }', "weak"),
        ("const { address } = await lookup(new URL(p).hostname); if (isPrivate(address)) throw 1;", "{}", "weak"),
        (
            "const { address } = await lookup(new URL(p).hostname); if (isPrivate(address)) throw 1;",
            '{ redirect: "manual" }',
            "strong",
        ),
        (
            "const all = await lookup(new URL(p).hostname); if (all.some((a) => isPrivate(a.ip))) throw 1;",
            '{ redirect: "error" }',
            "strong",
        ),
    ],
)
def test_private_addresses_are_refused_once_names_are_looked_up_and_no_redirect_is_followed(
    check: str, options: str, guard: str
) -> None:
    head = "function isPrivate(ip) { return /^(10\\.|127\\.|192\\.168\\.)/.test(ip); }\n"
    assert js(f"{check}\nreturn await fetch(p, {options});", head) == [("p", "ssrf", guard)]


@pytest.mark.parametrize(
    ("name", "guard"),
    [("atlassian.net", "weak"), (".atlassian.net", "strong")],
)
def test_the_host_is_known_by_the_name_that_it_is_taken_apart_into(name: str, guard: str) -> None:
    body = f'const {{ hostname }} = new URL(p);\nif (!hostname.endsWith("{name}")) throw 1;\nawait fetch(p);'
    assert js(body) == [("p", "ssrf", guard)]


def test_a_list_of_private_names_is_told_as_what_it_is() -> None:
    body = "if p.startswith(('10.', '192.168.')):\n        raise ValueError\n    requests.get('http://' + p + '/')"
    assert py(body) == [("p", "ssrf", "weak")]


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ("{ ...process.env, ...p }", [("p", "process-environment", "")]),
        ("{ ...process.env, LEVEL: p }", []),
        (
            '{ ...Object.fromEntries(Object.entries(p).filter(([k]) => ["TZ", "LANG"].includes(k))) }',
            [("p", "process-environment", "strong")],
        ),
    ],
)
def test_who_names_variables_of_a_program_chooses_what_it_does(
    environment: str, found: list[tuple[str, str, str]]
) -> None:
    assert js(f'return spawn("make", ["docs"], {{ env: {environment} }});') == found


@pytest.mark.parametrize(("used", "guard"), [("p", "weak"), ("safe", None)])
def test_a_check_of_the_last_part_says_nothing_of_the_path(used: str, guard: str | None) -> None:
    body = 'const safe = path.basename(p); if (!/^[a-z]+$/.test(safe)) throw 1;\nfs.readFileSync("/srv/x/" + USED);'
    assert js(body.replace("USED", used)) == ([("p", "path-read", guard)] if guard else [])


def test_what_stands_behind_two_dashes_in_a_helper_is_no_option() -> None:
    head = 'function git(...args) { return execFile("git", ["-C", "/srv", ...args]); }\n'
    assert js('return git("clone", "--", p);', head) == []
    assert js('return git("clone", p);', head) == [("p", "argv-option", "")]


def test_a_text_that_is_quoted_for_a_shell_is_one_word() -> None:
    head = "import { execSync } from 'child_process';\nconst quote = (s) => `'${s.replace(/'/g, `'\\\\''`)}'`;\n"
    assert js("return execSync(`ls -- ${quote(p)}`);", head) == []
    assert js("return execSync(`ls -- '${p}'`);", head) == [("p", "command", "")]


@pytest.mark.parametrize("check", ["Path(p).suffix.lower() not in {'.png', '.jpg'}", "not p.endswith('.png')"])
def test_the_ending_of_a_name_says_nothing_of_the_rest(check: str) -> None:
    found = py(f"if {check}:\n        raise ValueError\n    Path('/srv/x/' + p).read_text()")
    assert [each for each in found if each[2] == "strong"] == []
    assert found


def test_what_stands_behind_the_last_slash_leads_into_no_folder() -> None:
    assert py("Path('/srv/x/' + p.rsplit('/', 1)[-1]).read_text()") == []
    assert py("Path('/srv/x/' + p.rsplit('.', 1)[-1]).read_text()") == [("p", "path-read", "")]


READ = "fs.readFileSync(confined(p));"


@pytest.mark.parametrize(
    ("leaves", "guard"),
    [
        ("", "strong"),
        ("if (process.env.ANY_FOLDER === 'yes') return f;", ""),
        ("if (roots.length === 0) return true;", "weak"),
        ("if (process.env.ANY_FOLDER === 'yes') return true;", "weak"),
        ("if (settings().lax) return true;", "weak"),
        ("if (process.env.KEEP_TO_FOLDER !== 'yes') return true;", ""),
        ("if (!settings().strict || settings().lax) return true;", ""),
        ("if (f === 'any') return true;", ""),
    ],
)
def test_a_check_that_settings_leave_out_counts_as_far_as_it_is_made_by_default(leaves: str, guard: str) -> None:
    head = (
        "const on = (text) => text === 'true';\n"
        "function settings() { return { strict: on(process.env.STRICT), lax: on(process.env.LAX) }; }\n"
        "const roots = load();\n"
        f"function below(f) {{ {leaves} return f.startsWith('/srv/notes/'); }}\n"
        "function confined(p) { const f = path.resolve(p); if (!below(f)) throw 1; return f; }"
    )
    assert js(READ, head) == [("p", "path-read", guard)]


def test_a_check_that_nobody_has_turned_on_is_none_whatever_it_is_called() -> None:
    head = (
        "function assertPublic(address) { const url = new URL(address); if (!(process.env.HARDEN === 'true')) return;\n"
        "if (url.hostname.endsWith('.internal')) throw new Error(address); }"
    )
    body = "assertPublic(p); await fetch(p);"
    assert js(body, head) == [("p", "ssrf", "")]
    assert js(body, head.replace("!(process.env.HARDEN === 'true')", "process.env.LAX === 'true'"))[0][2] == "weak"


def test_what_a_promise_is_settled_with_comes_out_of_it() -> None:
    head = (
        "function soon(work) { return new Promise((resolve, reject) => {\n"
        "  work.then((done) => { resolve(done); }).catch(reject); }); }\n"
        "const named = async (p) => path.join('/srv', p);"
    )
    assert js("fs.readFileSync(await soon(named(p)));", head) == [("p", "path-read", "")]
    other = head.replace("resolve(done)", "resolve(1)")
    assert js("fs.readFileSync(await soon(named(p)));", other) == []


def test_a_drive_has_no_longer_name() -> None:
    checked = "if (!f.startsWith('PREFIX')) throw 1; fs.readFileSync(f);"
    assert js("const f = path.resolve(p);" + checked.replace("PREFIX", "c:"))[0][2] == "strong"
    assert js("const f = path.resolve(p);" + checked.replace("PREFIX", "c"))[0][2] == "weak"


@pytest.mark.parametrize(
    ("body", "kind", "guard"),
    [
        (r"if (!/^[\w.\/-]+$/.test(p)) throw 1; fs.readFileSync('/srv/' + p);", "path-read", "weak"),
        (r"if (!/^[\w.-]+$/.test(p)) throw 1; fs.readFileSync('/srv/' + p);", "path-read", "strong"),
        (r"if (!/^(?!.*\.\.)[\w.\/-]+$/.test(p)) throw 1; fs.readFileSync('/srv/' + p);", "path-read", "strong"),
        (r"if (!/^[\w\s()+]+$/.test(p)) throw 1; eval(p);", "code", "weak"),
        (r"if (!/^[\d\s()+]+$/.test(p)) throw 1; eval(p);", "code", "strong"),
        (r"const q = p.replace(/[^\w()+]/g, ''); eval(q);", "code", ""),
    ],
)
def test_a_pattern_holds_where_what_it_lets_through_can_do_no_harm(body: str, kind: str, guard: str) -> None:
    assert js(body) == [("p", kind, guard)]


def test_a_sum_is_no_code_once_all_but_figures_and_signs_is_taken_out() -> None:
    assert js(r"const q = p.replace(/[^-()\d\/*+.]/g, ''); eval(q);") == []


def test_that_an_object_has_a_member_says_nothing_of_it() -> None:
    assert js("if (!('url' in p)) throw 1; await fetch(p.url);") == [("p.url", "ssrf", "")]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("connection.query(`DESCRIBE ${p}`)", [("p", "sql", "")]),
        ("this.pool.query('SELECT a FROM ' + p)", [("p", "sql", "")]),
        ("connection.query('SELECT a FROM b WHERE c = ?', [p])", []),
        ("params.query(`DESCRIBE ${p}`)", []),
    ],
)
def test_what_is_called_a_database_runs_statements_wherever_it_comes_from(
    call: str, found: list[tuple[str, str, str]]
) -> None:
    assert js(f"const connection = await elsewhere(); await {call};") == found


STAR = (
    'ALLOWED = os.environ["ALLOWED"].split()\n\n\ndef host(p: str) -> bool:\n    from urllib.parse import urlsplit\n'
    "    HELPER\n    return urlsplit(p).hostname in ALLOWED\n"
)


@pytest.mark.parametrize(
    ("helper", "test", "guard"),
    [
        ("pass", "not host(p)", "strong"),
        ('if "*" in ALLOWED:\n        return True', "not host(p)", "weak"),
        ("pass", '"*" not in ALLOWED and not host(p)', "weak"),
        ("pass", 'os.environ["ALLOWED"] != "*" and not host(p)', "weak"),
    ],
)
def test_a_star_in_the_settings_leaves_a_check_to_those_who_set_the_server_up(
    helper: str, test: str, guard: str
) -> None:
    body = f"if {test}:\n        raise ValueError\n    requests.get(p)"
    assert [each[2] for each in py(body, STAR.replace("HELPER", helper)) if each[1] == "ssrf"] == [guard]


def test_a_star_in_the_settings_of_javascript_leaves_a_check_to_them_too() -> None:
    head = 'const allowed = (process.env.ALLOWED ?? "").split(",");'
    check = "if (STAR!allowed.includes(new URL(p).hostname)) throw 1; await fetch(p);"
    assert ("p", "ssrf", "strong") in js(check.replace("STAR", ""), head)
    assert ("p", "ssrf", "weak") in js(check.replace("STAR", '!allowed.includes("*") && '), head)


@pytest.mark.parametrize(
    ("schemes", "guard"),
    [('("s3", "gs")', "strong"), ('{"s3": "s3fs", "gs": "gcsfs"}', "strong"), ('("s3", "https")', "weak")],
)
def test_the_scheme_of_a_store_chooses_no_host(schemes: str, guard: str) -> None:
    body = "if urlsplit(p).scheme not in KNOWN:\n        raise ValueError\n    requests.get(p)"
    found = py(body, f"from urllib.parse import urlsplit\nKNOWN = {schemes}\n")
    assert [each[2] for each in found if each[1] == "ssrf"] == [guard]


@pytest.mark.parametrize(("name", "runs"), [("cursor", True), ("storage", False)])
def test_what_is_called_a_cursor_is_the_drivers_and_no_method_of_the_same_name(name: str, *, runs: bool) -> None:
    head = f"class Store:\n    def execute(self, text):\n        return text\n\n\ndef ask({name}, text):\n"
    found = py("return ask(unknown(), p)", f"{head}    return {name}.execute(text)\n")
    assert (("p", "sql", "") in found) is runs


@pytest.mark.parametrize(
    ("patterns", "guard"), [("(r'^https://docs\\.desk\\.example/',)", "strong"), ("(r'^https://',)", "weak")]
)
def test_patterns_that_a_helper_is_handed_are_those_of_its_caller(patterns: str, guard: str) -> None:
    head = "import re\n\n\ndef matches(url, patterns):\n    return any(re.match(one, url) for one in patterns)\n"
    body = "if not matches(p, KNOWN):\n        raise ValueError\n    requests.get(p)"
    assert [each[2] for each in py(body, f"{head}KNOWN = {patterns}\n") if each[1] == "ssrf"] == [guard]


PERMITS = (
    "from urllib.parse import urlparse\nBASES = os.environ.get('BASES', '').split(',')\n"
    "NAMES = ['a.example', 'b.example']\n"
)


@pytest.mark.parametrize(
    ("loop", "guard"),
    [
        (
            "for base in BASES:\n        if urlparse(p).hostname == base:\n            return True\n    return False",
            "strong",
        ),
        ("return any(urlparse(p).hostname == base for base in BASES)", "strong"),
        ("for name in NAMES:\n        if name in p:\n            return True\n    return False", "weak"),
        ("return any(base in p for base in BASES)", "weak"),
        ("for base in BASES:\n        if p.startswith(base):\n            return True\n    return False", ""),
    ],
)
def test_a_loop_that_says_yes_at_the_first_that_fits_checks_as_any_does(loop: str, guard: str) -> None:
    head = f"{PERMITS}def permits(p):\n    {loop}\n"
    found = py("if not permits(p):\n        return 'no'\n    return requests.get(p, allow_redirects=False)", head)
    assert [each for each in found if each[1] == "ssrf" and each[2] != "strong"] == (
        [] if guard == "strong" else [("p", "ssrf", guard)]
    )


@pytest.mark.parametrize(
    "left",
    ["set(p) - KNOWN", "sorted(set(p) - set(KNOWN))", "p.keys() - KNOWN", "set(p).difference(KNOWN)"],
)
def test_names_of_which_none_is_left_once_the_known_are_taken_away_are_known(left: str) -> None:
    head = "KNOWN = {'CI', 'LANG'}\n"
    body = f"foreign = {left}\n    if foreign:\n        raise ValueError(foreign)\n    subprocess.run(['ls'], env=p)"
    assert py(body, head) == [] or {each[2] for each in py(body, head)} == {"strong"}
    assert {each[2] for each in py("subprocess.run(['ls'], env=p)", head)} == {""}


def test_names_in_a_table_that_is_written_out_are_the_servers_own() -> None:
    head = "def made(terms):\n    return '&'.join(f'{k}={os.path.basename(v)}' for k, v in terms.items())\n"
    assert py("open('/srv/' + made({'name': p}))", head) == py("open('/srv/' + os.path.basename(p))")
    whole = py("open('/srv/' + made(p))", head)
    assert {each[1] for each in whole} == {"path-read"}


def test_what_is_looked_for_stands_in_no_text_that_it_was_replaced_in() -> None:
    assert py("open('/srv/{a}/b'.replace('{' + p + '}', 'x'))") == []
    assert {each[1] for each in py("open('/srv/{a}/b'.replace('{a}', p))")} == {"path-read"}


def test_a_closure_asks_each_of_what_is_allowed_and_leaves_the_rest_to_settings() -> None:
    head = """
const ALLOWED = (process.env.ALLOWED ?? "").split(",");
function allowed(given) {
  const asked = path.normalize(given);
  return ALLOWED.some((each) => {
    const dir = path.normalize(each);
    if (asked === dir) { return true; }
    const below = asked.startsWith(dir + path.sep);
    if (below) { return true; }
    if (dir === "c:" && process.platform === "win32") { return asked.startsWith("c:"); }
    return false;
  });
}
"""
    found = js("const full = path.resolve(p); if (!allowed(full)) throw 1; fs.readFileSync(full);", head)
    assert {each[2] for each in found if each[1] == "path-read"} == {"weak"}


@pytest.mark.parametrize(
    ("hosts", "guard"),
    [
        ("os.environ.get('HOSTS', 'a.example,b.example').lower()", "weak"),
        ("os.environ['HOSTS']", "weak"),
        ("frozenset(os.environ['HOSTS'].split(','))", "strong"),
        ("'a.example,b.example'", "weak"),
    ],
)
def test_a_host_that_stands_somewhere_in_a_text_is_none_of_a_list(hosts: str, guard: str) -> None:
    body = "if urlsplit(p).hostname not in HOSTS:\n        raise ValueError\n    requests.get(p, allow_redirects=False)"
    assert ("p", "ssrf", guard) in py(body, f"from urllib.parse import urlsplit\nHOSTS = {hosts}\n")


@pytest.mark.parametrize(("part", "guard"), [("port", ""), ("path", ""), ("hostname", "strong")])
def test_a_port_and_a_path_say_nothing_of_the_host(part: str, guard: str) -> None:
    body = f"if urlsplit(p).{part} not in (None, 443):\n        raise ValueError\n    requests.get(p)"
    assert ("p", "ssrf", guard) in py(body, "from urllib.parse import urlsplit\n")


REFERENCE = """
from urllib.parse import unquote
class Reference:
    def __init__(self, raw):
        if ".." in Path(raw).parts or Path(raw).is_absolute():
            raise ValueError
        self.raw = raw
    @property
    def relative(self):
        return DECODE
"""


@pytest.mark.parametrize(
    ("decode", "after", "guard"),
    [
        ("unquote(self.raw)", "", "weak"),
        ("unquote(self.raw)", "if not f.is_relative_to(ROOT):\n        raise ValueError", "strong"),
    ],
)
def test_what_is_decoded_by_its_holder_was_checked_too_early(decode: str, after: str, guard: str) -> None:
    head = REFERENCE.replace("DECODE", decode) + "ROOT = Path('/srv').resolve()\n"
    body = f"f = (ROOT / Reference(p).relative).resolve()\n    {after or 'pass'}\n    f.read_text()"
    assert ("p", "path-read", guard) in py(body, head)


@pytest.mark.parametrize(("run", "guard"), [("execute(p)", "strong"), ("execute(one)", "weak")])
def test_the_first_word_says_nothing_of_further_statements(run: str, guard: str) -> None:
    body = (
        "if not p.lower().startswith('select'):\n        raise ValueError\n"
        f"    db = sqlite3.connect('x')\n    for one in sqlparse.split(p):\n        db.{run}"
    )
    assert ("p", "sql", guard) in py(body, "import sqlite3, sqlparse\n")


@pytest.mark.parametrize(
    ("client", "asks", "guard"),
    [
        ("httpx.Client(follow_redirects=True)", "get(p)", "weak"),
        ("httpx.Client()", "get(p, follow_redirects=True)", "weak"),
        ("httpx.Client()", "get(p)", "strong"),
    ],
)
def test_a_client_follows_redirects_that_was_made_to(client: str, asks: str, guard: str) -> None:
    head = "import httpx\nfrom urllib.parse import urlsplit\n"
    body = (
        "for each in socket.getaddrinfo(urlsplit(p).hostname, 443):\n"
        "        if not ipaddress.ip_address(each[4][0]).is_global:\n            raise ValueError\n"
        f"    with {client} as client:\n        client.{asks}"
    )
    assert ("p", "ssrf", guard) in py(body, head)


@pytest.mark.parametrize(("end", "guard"), [(".example.org", "strong"), ("example.org", "weak")])
def test_who_is_chosen_by_a_condition_has_met_it(end: str, guard: str) -> None:
    head = (
        "from urllib.parse import urlsplit\nclass Source:\n"
        f"    def owns(self, url):\n        return urlsplit(url).hostname.endswith('{end}')\nALL = [Source()]\n"
    )
    body = (
        "source = next((one for one in ALL if one.owns(p)), None)\n    if source is None:\n        raise ValueError\n"
        "    requests.get(p, allow_redirects=False)"
    )
    assert ("p", "ssrf", guard) in py(body, head)


def test_what_is_unpacked_piece_by_piece_is_what_was_packed() -> None:
    body = "raw = zlib.decompressobj().decompress(base64.b64decode(p), 1000)\n    pickle.loads(raw)"
    assert ("p", "deserialise", "") in py(body, "import base64, pickle, zlib\n")


@pytest.mark.parametrize(
    ("head", "body", "guard"),
    [
        (
            (
                "class Docs { constructor(of) { this.of = new Set(of); }\n"
                "read(p) { if (!this.of.has(p)) throw 1; fs.readFileSync(p); } }\nconst docs = new Docs(['a']);"
            ),
            "docs.read(p);",
            "strong",
        ),
        (
            (
                "function make(allowed) { return (f) => { if (!allowed.includes(f)) throw 1; fs.readFileSync(f); }; }\n"
                "const run = make(['a']);"
            ),
            "run(p);",
            "strong",
        ),
        ("function check(f, allowed) { if (!allowed.includes(f)) throw 1; }", "check(p, ['a']); CALL", "strong"),
        ("function check(f, allowed) { if (!allowed.includes(f)) throw 1; }", "check(p, p.all); CALL", "weak"),
        ("function check(f, all) { if (!all.includes(path.extname(f))) throw 1; }", "check(p, ['.a']); CALL", ""),
        ("function check(f) { if (!['a'].includes(path.basename(f))) throw 1; }", "check(p); CALL", "weak"),
    ],
)
def test_a_list_is_as_good_as_those_who_give_it(head: str, body: str, guard: str) -> None:
    assert js(body.replace("CALL", "fs.readFileSync(p);"), head) == [("p", "path-read", guard)]


@pytest.mark.parametrize(
    ("base", "prefix", "guard"),
    [
        ("process.env.BASE ?? 'https://api.example'", "BASE", "weak"),
        ("process.env.BASE ?? 'https://api.example'", "BASE + '/'", "strong"),
        ("'https://api.example'", "BASE", "weak"),
        ("'https://api.example/'", "BASE", "strong"),
    ],
)
def test_a_longer_name_begins_as_the_host_of_the_settings_does(base: str, prefix: str, guard: str) -> None:
    body = f"if (p.startsWith('/')) return fetch(BASE + p);\nif (p.startsWith({prefix})) return fetch(p); throw 1;"
    found = {each[2] for each in js(body, f"const BASE = {base};") if each[1] == "ssrf"}
    assert found - {"strong"} == {guard} - {"strong"}


@pytest.mark.parametrize(
    ("known", "opened", "guard"),
    [
        ("('select', 'with')", "sqlite3.connect('x')", "weak"),
        ("('select', 'with')", "sqlite3.connect('file:x?mode=ro', uri=True)", "strong"),
        ("('select', 'explain')", "sqlite3.connect('x')", "strong"),
    ],
)
def test_with_stands_before_statements_that_write_too(known: str, opened: str, guard: str) -> None:
    body = f"if not p.lower().startswith({known}):\n        raise ValueError\n    {opened}.execute(p)"
    assert ("p", "sql", guard) in py(body, "import sqlite3\n")
    body = f"if kind(p) not in {known}:\n        raise ValueError\n    {opened}.execute(p)"
    head = "import sqlite3\ndef kind(text):\n    words = text.split()\n    return words[0].lower() if words else ''\n"
    assert ("p", "sql", guard) in py(body, head)


@pytest.mark.parametrize(
    ("check", "guard"),
    [
        ("if (/[;&|`$<>\\n]/.test(p)) throw 1", ""),
        ("if (!/^[^;&|`$\\s]+$/.test(p)) throw 1", "weak"),
        ("if (!/^[a-z0-9]+$/.test(p)) throw 1", "strong"),
        ("if (p.startsWith('-')) throw 1", "strong"),
        ("if (!Array.isArray(p)) throw 1", ""),
    ],
)
def test_who_refuses_what_a_shell_reads_lets_options_through(check: str, guard: str) -> None:
    body = f"{check}; const args = ['-a']; args.push(...[p], 'x'); spawn('rsync', args);"
    assert js(body) == [("p", "argv-option", guard)]


@pytest.mark.parametrize(("name", "guard"), [("key.isidentifier()", ""), ("key in ('LANG', 'TZ')", "strong")])
def test_the_letters_of_a_variable_say_nothing_of_what_listens_to_it(name: str, guard: str) -> None:
    body = (
        "env = {}\n    for key, value in p.items():\n"
        f"        if not {name}:\n            raise ValueError\n        env[key] = value\n"
        "    subprocess.run(['make'], env=env)"
    )
    assert {each[2] for each in py(body) if each[1] == "process-environment"} == {guard}


@pytest.mark.parametrize(("what", "verdict"), [(LISTED, "strong"), (f"{GIVEN}1", "weak")])
def test_names_of_variables_that_their_caller_allows_are_not_allowed_by_the_server(what: str, verdict: str) -> None:
    check = Guard(strong=False, what=what, kinds=frozenset())
    spot = Spot("process-environment", "subprocess.run", "main.py", 1, "tool")
    hit = Hit(Label(0, ()), spot.kind, spot, None, (check,), None, ("main.py", 1, "run()"), False, "", 2)
    assert judged.guard(Transactions(Project({})), hit)[0] == verdict
