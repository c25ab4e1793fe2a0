"""What servers do only where those who set them up ask for it, beside those that do it unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

HEAD = """import os
import ssl
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")


@mcp.tool()
def build(target: str) -> str:
    \"\"\"Builds.\"\"\"
    return subprocess.run(["make", "--", target], capture_output=True, text=True).stdout


"""


def told(folder: Path, text: str) -> set[str]:
    """The flaws that are told with medium severity and confidence or more."""
    (folder / "server.py").write_text(text, encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]
    return {one["rule_id"] for one in found if one["confidence"] != "low" and one["severity"] not in {"info", "low"}}


@pytest.mark.parametrize(
    ("test", "flaw"), [("in_docker()", False), ('os.environ.get("PORT")', True), ('os.path.exists("/srv")', True)]
)
def test_all_interfaces_of_a_container_are_those_of_a_network_of_its_own(
    test: str, tmp_path: Path, *, flaw: bool
) -> None:
    text = f'{HEAD}if {test}:\n    mcp.settings.host = "0.0.0.0"\nmcp.run(transport="sse")\n'
    assert ("listens-without-authentication" in told(tmp_path, text)) is flaw


@pytest.mark.parametrize(
    ("power", "way", "flaw"),
    [
        ("[target]", "stdio", False),
        ("[target]", "http", True),
        ('subprocess.run(["make", target], capture_output=True).stdout', "stdio", True),
    ],
)
def test_http_that_somebody_has_to_ask_for_opens_a_server_without_powers_by_choice(
    power: str, way: str, tmp_path: Path, *, flaw: bool
) -> None:
    text = HEAD.partition("    return")[0] + f"    return str({power})\n\n\n"
    text += f'way = os.environ.get("WAY", "{way}")\nif way == "http":\n    mcp.run(transport="http", host="0.0.0.0")\n'
    assert ("listens-without-authentication" in told(tmp_path, f"{text}else:\n    mcp.run()\n")) is flaw


@pytest.mark.parametrize(
    ("given", "test", "flaw"),
    [
        ("verify, tls", "not verify", False),
        ("verify=True", "not verify", False),
        ("verify=False", "not verify", True),
        ("settings", "settings.insecure", False),
        ("insecure=True", "insecure", True),
        ("use_tls", "use_tls", True),
    ],
)
def test_a_setting_may_leave_the_check_of_certificates_out_unless_it_does_by_default(
    given: str, test: str, tmp_path: Path, *, flaw: bool
) -> None:
    made = f"def connect({given}):\n    context = ssl.create_default_context()\n    if {test}:\n"
    text = f"{HEAD}{made}        context.verify_mode = ssl.CERT_NONE\n    return context\n"
    assert ("certificates-unchecked" in told(tmp_path, text)) is flaw


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ("    if verify_ssl:\n        return None\n", False),
        ("    if use_tls:\n        return None\n", True),
        ("    if verify_ssl:\n        print('checked')\n", True),
    ],
)
def test_what_follows_where_a_setting_has_left_hangs_on_the_setting(body: str, tmp_path: Path, *, flaw: bool) -> None:
    made = f"def connect(verify_ssl, use_tls):\n{body}    context = ssl.create_default_context()\n"
    text = f"{HEAD}{made}    context.verify_mode = ssl.CERT_NONE\n    return context\n"
    assert ("certificates-unchecked" in told(tmp_path, text)) is flaw


@pytest.mark.parametrize(("name", "flaw"), [("skipTlsVerify", False), ("pooled", True)])
def test_a_setting_may_be_spelled_in_capitals_and_asked_in_place(name: str, tmp_path: Path, *, flaw: bool) -> None:
    made = "new https.Agent({ rejectUnauthorized: false })"
    text = f'import https from "node:https";\nexport const agent = (options) => options.{name} ? {made} : undefined;\n'
    server = 'import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({ name: "x" });\n'
    (tmp_path / "main.js").write_text(server + text, encoding="utf-8")
    assert ("certificates-unchecked" in told(tmp_path, HEAD)) is flaw


@pytest.mark.parametrize(("command", "flaw"), [('["make", target]', True), ('["make", "all"]', False)])
def test_http_that_has_to_be_asked_for_lets_run_what_callers_have_a_say_in(
    command: str, tmp_path: Path, *, flaw: bool
) -> None:
    text = HEAD.replace('["make", "--", target]', command)
    text += 'if os.environ.get("WAY", "stdio") == "http":\n    mcp.run(transport="http", host="0.0.0.0")\n'
    assert ("listens-without-authentication" in told(tmp_path, f"{text}else:\n    mcp.run()\n")) is flaw
