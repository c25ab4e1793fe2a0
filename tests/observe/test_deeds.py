"""What the code of tools does, and the capabilities that are read from it."""

from __future__ import annotations

import textwrap

import pytest

from driftseal.collect import _program
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.observation import Basis, Capability, Label
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe import deeds, program
from driftseal.observe.deeds import Deed
from driftseal.observe.observations import Observations
from driftseal.snapshot import take

HEAD = "from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP('x')\n"


def observed(**files: str) -> Observations:
    members = [(f"{name}.py", textwrap.dedent(text).encode()) for name, text in files.items()]
    read = program.read(members, DEFAULT_LIMITS)
    target = Target("source", "srv#source", "srv", "source/srv")
    shot = take(
        target,
        _program.things(read, target.reference, "srv/"),
        origin=Origin.STATIC,
        collected_at="2026-11-21T09:00:00Z",
    )
    return Observations([Session("s", (shot,))], DEFAULT_LIMITS, {target.identity: read})


def of_code(body: str, name: str = "t") -> dict[Label, Capability]:
    head = HEAD + textwrap.dedent(body)
    found = observed(server=head).capabilities
    return {one.label: one for one in found if one.origin is Basis.CODE and one.item == f"tool:{name}"}


@pytest.mark.parametrize(
    ("line", "label", "evidence"),
    [
        ("open('/srv/a.txt').read()", Label.READS_FILES, "File.read(/srv/a.txt)"),
        ("open('/srv/a.txt', 'w').write('x')", Label.WRITES_FILES, "(/srv/a.txt)"),
        ("os.remove('/srv/a')", Label.DELETES_FILES, "os.remove(/srv/a)"),
        ("requests.post('https://api.example.com/x')", Label.NETWORK, "requests.post(api.example.com, POST)"),
        ("subprocess.run(['git', 'log'])", Label.RUNS_PROGRAMS, "subprocess.run"),
        ("eval('1')", Label.RUNS_CODE, "eval(1)"),
        ("os.environ['HOME']", Label.READS_ENVIRONMENT, "os.environ()"),
        ("open('/home/me/.ssh/id_rsa').read()", Label.READS_SECRETS, "/home/me/.ssh/id_rsa"),
        ("sqlite3.connect(':memory:').execute('SELECT 1')", Label.DATABASE, "SELECT 1"),
        ("pyperclip.paste()", Label.CLIPBOARD, "pyperclip.paste()"),
        ("ImageGrab.grab()", Label.SCREEN, "PIL.ImageGrab.grab()"),
        ("open('/home/me/.bashrc', 'a').write('x')", Label.PERSISTS, "/home/me/.bashrc"),
    ],
)
def test_what_code_uses_is_a_capability_with_its_place(line: str, label: Label, evidence: str) -> None:
    found = of_code(
        f"""
        import os, sqlite3, subprocess
        import pyperclip, requests
        from PIL import ImageGrab

        @mcp.tool()
        def t() -> str:
            return str({line})
        """
    )
    assert evidence in found[label].evidence
    assert (found[label].uri, found[label].line) == ("srv/server.py", 11)


def test_what_a_caller_decides_on_means_more_than_what_is_fixed() -> None:
    body = """
        @mcp.tool()
        def fixed() -> str:
            return open('/srv/a.txt').read()

        @mcp.tool()
        def chosen(path: str) -> str:
            return open(path).read()
        """
    assert Label.READS_PRIVATE not in of_code(body, "fixed")
    assert of_code(body, "chosen")[Label.READS_PRIVATE].line == 11


def test_a_password_in_a_url_stays_out_of_the_evidence() -> None:
    found = of_code(
        """
        import requests

        @mcp.tool()
        def t() -> str:
            return requests.get('https://me:hunter2@api.example.com/x?key=abc123').text
        """
    )
    assert found[Label.NETWORK].evidence == "requests.get(api.example.com)"


def test_a_key_in_a_constant_stays_out_of_the_evidence() -> None:
    token = "ghp_" + "a8Kd92LsQ0pWm4Xz7Vb1Nc6Yt3Re5Ui9Oj2H"
    found = of_code(
        f"""
        import subprocess

        @mcp.tool()
        def t() -> str:
            return subprocess.getoutput('push --token {token}')
        """
    )
    assert "push --token" in found[Label.RUNS_PROGRAMS].evidence
    assert token not in found[Label.RUNS_PROGRAMS].evidence


def test_every_host_that_a_tool_always_talks_to_is_named() -> None:
    found = of_code(
        """
        import httpx

        @mcp.tool()
        def t(q: str) -> str:
            with httpx.Client() as client:
                client.get('https://b.example/x')
            return httpx.get('https://a.example/' + q).text + httpx.get('https://c.example/y').text
        """
    )
    assert found[Label.NETWORK].evidence == "httpx.Client.get(b.example); also a.example, c.example"


def test_a_timer_that_runs_a_function_runs_no_code() -> None:
    text = "import {McpServer} from '@modelcontextprotocol/sdk/server/mcp.js';\nconst s = new McpServer({name: 'x'});\n"
    text += "s.tool('t', 'Waits.', {}, async () => { await new Promise(r => setTimeout(r, 10)); return eval('1'); });\n"
    read = program.read([("s.ts", text.encode())], DEFAULT_LIMITS)
    assert {deed.api for deed in deeds.of_program(read)["tool:t"] if deed.label is Label.RUNS_CODE} == {"eval"}


def deed_of(read: program.Program, tool: str, label: Label) -> Deed:
    return next(deed for deed in deeds.of_program(read)[f"tool:{tool}"] if deed.label is label)


def test_what_half_of_the_tools_do_is_the_servers_doing() -> None:
    tools = "".join(f"\n@mcp.tool()\ndef t{n}() -> str:\n    return ask()\n" for n in range(4))
    alone = "\n@mcp.tool()\ndef other() -> str:\n    return requests.get('https://b.example/y').text\n"
    ask = "\ndef ask():\n    return requests.get('https://a.example/x').text\n"
    read = program.read([("server.py", ("import requests\n" + HEAD + ask + tools + alone).encode())], DEFAULT_LIMITS)
    assert deed_of(read, "t1", Label.NETWORK).common
    assert not deed_of(read, "other", Label.NETWORK).common
    assert deed_of(read, "other", Label.NETWORK).hosts == ("b.example",)
