"""What no caller chooses: the host before a path, what a pattern leaves, what a function is handed in its place."""

from __future__ import annotations

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models, patterns

_BESIDE = {"outward", "result", "network"}
HEAD = 'import fs from "fs";\nimport path from "path";\nimport { JSDOM } from "jsdom";\nimport base from "./base";\n'
PYTHON = """import base64, os, re, threading

def load(name, kind):
    return open('/srv/' + name).read()

"""


def told(body: str, head: str = "") -> set[tuple[str, str]]:
    """What of `p` and `q` reaches which kind of sink, and how well it is checked, in JavaScript."""
    text = f"{HEAD}{head}\nexport async function tool({{ p, q }}) {{\n{body}\n}}\n"
    return _told("main.js", JavaScript().lower(text.encode(), "main.js", DEFAULT_LIMITS))


def told_python(body: str) -> set[tuple[str, str]]:
    """The same in Python."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{PYTHON}def tool(p, q):\n{lines}"
    return _told("main.py", Python().lower(text.encode(), "main.py", DEFAULT_LIMITS))


def _told(path: str, module: object) -> set[tuple[str, str]]:
    project = Project({path: module})  # type: ignore[dict-item]
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    language = project.modules[path].language
    found = flows.analyse(project, entries, {language: models.load(language)}, DEFAULT_LIMITS)
    return {
        (each.source.name, each.sink.kind)
        for each in found.flows
        if each.sink.kind not in _BESIDE and each.guard != "strong"
    }


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("`https://${base.id}-search.example.net/1/${base.index}?${p}`", "url-path"),
        ("`https://${base.host}/items/${p}`", "url-path"),
        ("`https://${base.host}?q=${p}`", "url-path"),
        ("`https://${base.host}${p}`", "ssrf"),
        ("`https://${p}.${base.host}/items`", "ssrf"),
        ("`https://${base.id}-${p}.example.net/1`", "ssrf"),
    ],
)
def test_once_a_host_has_ended_nothing_behind_it_changes_it(address: str, kind: str) -> None:
    assert told(f"await fetch({address});") == {("p", kind)}


@pytest.mark.parametrize(
    ("options", "runs"),
    [("", False), ("{ runScripts: 'outside-only' }", False), ("{ runScripts: 'dangerously' }", True), ("base", False)],
)
def test_a_document_runs_its_scripts_only_where_it_is_told_to(options: str, *, runs: bool) -> None:
    assert (("p", "code") in told(f"return new JSDOM(p, {options or '{}'});")) is runs


@pytest.mark.parametrize(
    ("pattern", "reached"),
    [
        (r"/(\d{4})-(\d+)\.json$/", False),
        (r"/([a-z]+)\/([\w-]+)/", False),
        (r"/(?<year>\d+)-(.+)/", True),
        (r"/(x)-([^/]+)/", True),
        (r"/(x)-([\w.]+)/", True),
    ],
)
def test_a_group_of_digits_and_letters_leads_into_no_folder(pattern: str, *, reached: bool) -> None:
    body = f"const found = p.match({pattern}); if (!found) return; const [, one, two] = found; "
    assert (("p", "path-read") in told(body + "fs.readFileSync(`/srv/${two}`);")) is reached


def test_a_group_is_told_from_another_by_its_number_and_its_name() -> None:
    head = r"m = re.search(r'(?P<kind>\w+)/(?P<rest>.*)', p)" + "\n"
    assert not told_python(head + "open('/srv/' + m.group(1))")
    assert not told_python(head + "open('/srv/' + m.group('kind'))")
    assert told_python(head + "open('/srv/' + m.group(2))") == {("p", "path-read")}
    assert told_python(head + "open('/srv/' + m.group('rest'))") == {("p", "path-read")}
    assert told_python(head + "open('/srv/' + m.group())") == {("p", "path-read")}


def test_groups_are_counted_by_their_parentheses() -> None:
    assert patterns.groups(r"/^(?:a|(b))[()](?<name>\(c(d))$/") == [("", "b"), ("name", r"\(c(d)"), ("", "d")]


@pytest.mark.parametrize(
    ("call", "reached"),
    [
        ("base.retry(load, ['a', p])", False),
        ("base.retry(load, [p, 'a'])", True),
        ("base.map([p, 'a'], load)", True),
        ("base.each(load, [p])", True),
    ],
)
def test_a_list_behind_a_function_is_what_it_is_given_in_its_place(call: str, *, reached: bool) -> None:
    head = "function load(name, kind) { return fs.readFileSync(`/srv/${name}`); }"
    assert (("p", "path-read") in told(f"return {call};", head)) is reached


@pytest.mark.parametrize(("args", "reached"), [("('a', p)", False), ("(p, 'a')", True)])
def test_a_thread_hands_each_argument_over_in_its_place(args: str, *, reached: bool) -> None:
    found = told_python(f"threading.Thread(target=load, args={args}).start()")
    assert (("p", "path-read") in found) is reached


def test_what_is_kept_of_a_list_is_not_what_it_was_chosen_by() -> None:
    kept = "const kept = base.list.filter((each) => each.title.includes(p)); "
    assert not told(kept + "fs.readFileSync(`/srv/${kept[0].file}`);")
    assert told("const made = base.list.map((each) => each.title + p); fs.readFileSync(`/srv/${made[0]}`);")


@pytest.mark.parametrize("form", ["base64", "base64url", "hex"])
def test_what_is_encoded_leads_out_of_no_folder(form: str) -> None:
    assert not told(f"fs.readFileSync(`/srv/${{Buffer.from(p).toString('{form}')}}.txt`);")
    assert told("fs.readFileSync(`/srv/${Buffer.from(p).toString('utf8')}.txt`);") == {("p", "path-read")}


def test_what_is_encoded_leads_out_of_no_folder_in_python_either() -> None:
    assert not told_python("open('/srv/' + base64.urlsafe_b64encode(p.encode()).decode())")
    assert told_python("open('/srv/' + base64.b64decode(p).decode())") == {("p", "path-read")}


@pytest.mark.parametrize(
    ("written", "enough"),
    [
        ("folder.endsWith(path.sep) ? folder : folder + path.sep", True),
        ("path.resolve(folder) + '/'", True),
        ("path.resolve(folder)", False),
        ("this.other", False),
    ],
)
def test_a_member_that_was_set_with_a_separator_is_a_whole_folder(written: str, *, enough: bool) -> None:
    head = f"""class Files {{
      constructor(folder) {{ this.folder = null; this.other = this.folder; }}
      async open(folder) {{ this.folder = {written}; }}
      read(name) {{
        const whole = path.resolve(name);
        if (!whole.startsWith(this.folder)) throw new Error("outside");
        return fs.readFileSync(whole);
      }}
    }}
    const files = new Files("/srv");"""
    assert (("p", "path-read") not in told("return files.read(p);", head)) is enough


def test_what_is_found_under_a_key_is_not_the_key() -> None:
    head = """class Sessions {
      constructor(kept) { this.kept = kept; }
      close(key) { const found = this.kept.get(key); fs.rmSync(found); }
      drop(key) { const made = this.kept.folder(key); fs.rmSync(made); }
    }
    const sessions = new Sessions(base());"""
    assert not told("sessions.close(p);", head)
    assert told("sessions.drop(p);", head) == {("p", "path-delete")}
    assert told("const found = q.get(p); fs.rmSync(found.folder);") == {("q.folder", "path-delete")}


@pytest.mark.parametrize(
    ("made", "reached"),
    [
        ("p.map(() => '?').join(', ')", False),
        ("p.map((_, at) => `$${at + 1}`).join(', ')", False),
        ("p.map(one).join(' and ')", False),
        ("Array.from(p, () => '?').join(', ')", False),
        ("p.map((each) => `'${each}'`).join(', ')", True),
        ("p.map(String).join(', ')", True),
    ],
)
def test_of_a_list_comes_what_is_made_of_each_element(made: str, *, reached: bool) -> None:
    head = (
        "import mysql from 'mysql2/promise';\nconst pool = mysql.createPool({}), NAMES = { a: 'x', b: 'y' };\n"
        "function one(each) { return `${NAMES[each.name]} ${each.part ? 'LIKE' : '='} ?`; }"
    )
    assert bool(told(f"return pool.query(`SELECT ${{{made}}}`);", head)) == reached


@pytest.mark.parametrize(("made", "reached"), [("map(one, p)", False), ("map(str, p)", True)])
def test_of_a_list_comes_what_is_made_of_each_element_in_python_too(made: str, *, reached: bool) -> None:
    body = f"def one(each):\n    return '?'\nos.system('ls ' + ' '.join({made}))"
    assert bool(told_python(body)) == reached


def test_a_map_of_the_entries_of_a_table_is_that_table() -> None:
    head = "const TABLE = new Map(Object.entries({ log: () => 1, read: (name) => fs.readFileSync(name) }));"
    assert told("return TABLE.get(q)(p);", head)


@pytest.mark.parametrize(
    ("name", "reached"), [("splitext(p)[1]", False), ("splitext(p)[0]", True), ("basename(p)", False)]
)
def test_the_ending_of_a_name_leads_into_no_folder(name: str, *, reached: bool) -> None:
    assert bool(told_python(f"open('/srv/' + 'name' + os.path.{name})")) == reached


@pytest.mark.parametrize(("name", "reached"), [("extname(p)", False), ("normalize(p)", True)])
def test_the_ending_of_a_name_leads_into_no_folder_in_javascript_either(name: str, *, reached: bool) -> None:
    assert bool(told(f"return fs.readFileSync('/srv/name' + path.{name})")) == reached
