"""Handlers that whoever reaches a port may call, what flows are told first, and functions that ask for types alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import FunctionRef, Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models, predicates, routes


def project(name: str, text: str) -> Project:
    front = Python() if name.endswith(".py") else JavaScript()
    return Project({name: front.lower(text.encode(), name, DEFAULT_LIMITS)})


def found(name: str, text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.name, one.parameters) for one in routes.find(project(name, text))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("app.post('/run', (req, res) => res.end());", [("post /run", ("req",))]),
        ("function run(req, res) {}\napp.get('/run', run);", [("get /run", ("req",))]),
        ("app.post('/run', checkToken, (req, res) => res.end());", []),
        (
            "app.use(cors({ origin: allowedOrigins }));\napp.post('/run', (req, res) => res.end());",
            [("post /run", ("req",))],
        ),
        ("app.use(requireAuth);\napp.post('/run', (req, res) => res.end());", []),
        ("app.post('/run', (req, res) => { if (!validToken(req)) return; res.end(); });", []),
        ("cache.get('key', (error, value) => value);", []),
        ("class P { redirectToAuthorization(address) { open(address); } }", [("authorization", ("address",))]),
    ],
)
def test_a_route_is_open_where_nothing_asks_who_calls(text: str, told: list[tuple[str, tuple[str, ...]]]) -> None:
    assert found("main.js", text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@app.post('/run')\nasync def run(body):\n    pass\n", [("post /run", ("body",))]),
        ("@app.post(f'{prefix}/run')\nasync def run(body):\n    pass\n", [("post /run", ("body",))]),
        (
            "Made = Annotated[Any, Depends(get)]\n@app.post('/run')\ndef run(service: Made, body: str):\n    pass\n",
            [("post /run", ("body",))],
        ),
        (
            "@app.post('/run')\ndef run(service: Annotated[Service, Depends(get)], body: str):\n    pass\n",
            [("post /run", ("body",))],
        ),
        ("@app.post('/run')\n@requires_login\ndef run(body):\n    pass\n", []),
        ("@app.post('/run')\ndef run(body, user=Depends(someone)):\n    pass\n", []),
        ("app.add_middleware(AuthMiddleware)\n@app.post('/run')\ndef run(body):\n    pass\n", []),
        (
            "app.add_middleware(CORSMiddleware, allow_origins=origins)\n@app.post('/run')\ndef run(body):\n    pass\n",
            [("post /run", ("body",))],
        ),
        ("@cache.get('name')\ndef run(body):\n    pass\n", []),
    ],
)
def test_a_decorated_route_is_open_where_nothing_asks_who_calls(
    text: str, told: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert found("main.py", text) == told


def test_what_callers_choose_is_told_before_what_the_machine_says() -> None:
    whole = project("main.py", "import os, requests\ndef tool(p):\n    requests.get(os.environ['A'])\n    open(p)\n")
    entry = flows.Entry(FunctionRef("main.py", 1), "tool:x")
    few = replace(DEFAULT_LIMITS, taint_flows=1)
    told = flows.analyse(whole, [entry], {"python": models.load("python")}, few)
    assert [(one.source.kind, one.sink.kind) for one in told.flows] == [("parameter", "path-read")]
    assert not told.complete


@pytest.mark.parametrize(
    ("body", "alone"),
    [
        ("return typeof p === 'object' && p !== null && typeof p.url === 'string';", True),
        ("return Array.isArray(p.tags) && p.tags.every((tag) => typeof tag === 'string');", True),
        ("if (!p) return false; const q = p; return 'url' in q && q.url.length > 0;", True),
        ("if (typeof p !== 'string') throw new Error('no text'); return true;", True),
        ("return typeof p === 'string' && p.startsWith('https://docs.example.com/');", False),
        ("return HOSTS.includes(p.host);", False),
        ("return true;", False),
    ],
)
def test_a_function_that_asks_for_types_alone_keeps_no_text_out(body: str, *, alone: bool) -> None:
    whole = project("main.js", f"function isValid(p) {{ {body} }}\n")
    assert predicates.of_types_alone(whole, FunctionRef("main.js", 1)) is alone


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "def run(request):\n    pass\nroutes = [Route('/run', endpoint=run, methods=['POST'])]\n",
            [("route /run", ("request",), True)],
        ),
        (
            (
                "class P:\n    def agree(self, request):\n        secret = request.form()\n"
                "    def all(self):\n        return [Route('/consent', self.agree), Route('/x', self.agree)]\n"
            ),
            [("route /consent", ("request",), True)],
        ),
        (
            (
                "from starlette.responses import HTMLResponse\n@app.get('/run')\n@needs_login\ndef run(request):\n"
                "    pass\n"
            ),
            [("get /run", ("request",), False)],
        ),
        (
            "def serve(path):\n    async def handler(request): pass\n    return Route(path, handler)\n",
            [("a route", ("request",), True)],
        ),
    ],
)
def test_a_table_of_routes_is_read_and_whoever_logs_in_is_not_known_yet(
    text: str, told: list[tuple[str, tuple[str, ...], bool]]
) -> None:
    assert [(one.name, one.parameters, one.open) for one in routes.find(project("main.py", text))] == told


@pytest.mark.parametrize(
    ("kept", "guard"),
    [
        ("{k: v for k, v in p.items() if k in NAMES}", "weak"),
        ("{k: v for k, v in p.items() if v in NAMES}", "strong"),
    ],
)
def test_a_check_of_a_key_says_nothing_of_what_lies_under_it(kept: str, guard: str) -> None:
    text = f"NAMES = ('a', 'b')\ndef tool(p):\n    open({kept})\n"
    entry = flows.Entry(FunctionRef("main.py", 1), "tool:x")
    told = flows.analyse(project("main.py", text), [entry], {"python": models.load("python")}, DEFAULT_LIMITS)
    assert [one.guard for one in told.flows if one.sink.kind == "path-read"] == [guard]
