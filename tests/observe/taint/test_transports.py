"""Requests that a transport of the program's own may refuse: nobody knows what it lets through."""

from __future__ import annotations

import pytest

from driftseal.code.javascript import JavaScript
from driftseal.code.project import Project
from driftseal.code.python import Python
from driftseal.limits import DEFAULT_LIMITS
from driftseal.observe.taint import flows, models
from driftseal.observe.taint.transports import OWN

PYTHON = """
import httpx

class Guarded(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        return await super().handle_async_request(request)

client = httpx.AsyncClient(transport=TRANSPORT)

async def tool(url):
    return await client.get(url)
"""
NODE = """
import { lookup } from "node:dns";
import { Agent, request } from "undici";

const agent = new Agent({ connect: { timeout: 9, LOOKUP } });

export async function tool({ url }) {
  return request(url, { dispatcher: agent });
}
"""


def checks(name: str, text: str) -> list[str]:
    """What the address of a request is checked by."""
    front = Python() if name.endswith(".py") else JavaScript()
    module = front.lower(text.encode(), name, DEFAULT_LIMITS)
    project = Project({name: module})
    entries = [flows.Entry(ref, "tool") for ref in project.functions() if project.function(ref).name == "tool"]
    found = flows.analyse(project, entries, {module.language: models.load(module.language)}, DEFAULT_LIMITS)
    return [each.checks for each in found.flows if each.sink.kind == "ssrf"]


@pytest.mark.parametrize(
    ("transport", "told"), [("Guarded()", [OWN]), ("httpx.AsyncHTTPTransport(retries=3)", [""]), ("None", [""])]
)
def test_a_class_of_the_program_may_look_at_addresses(transport: str, told: list[str]) -> None:
    assert checks("main.py", PYTHON.replace("TRANSPORT", transport)) == told


@pytest.mark.parametrize(
    ("option", "told"),
    [("lookup: (name, options, done) => lookup(name, options, done)", [OWN]), ("keepAlive: true", [""])],
)
def test_an_agent_may_look_hosts_up_by_itself(option: str, told: list[str]) -> None:
    assert checks("main.js", NODE.replace("LOOKUP", option)) == told
