"""Tools that share a helper: one finding for the sink, which names every tool that meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commands import driftseal

HELPER = "import subprocess\n\n\ndef run(line):\n    return subprocess.check_output(line, shell=True, text=True)\n"
SERVER = '''from mcp.server.fastmcp import FastMCP

from shell import run

mcp = FastMCP("net")


@mcp.tool()
def ping(host: str) -> str:
    """Checks whether a host answers."""
    return run(f"ping -c1 {host}")


@mcp.tool()
def resolve(name: str) -> str:
    """Looks up the address of a name."""
    line = f"dig +short {name}"
    return run(line)


@mcp.tool()
def uptime() -> str:
    """Tells how long the machine has run."""
    return run("uptime")


@mcp.tool()
def trace(hops: int) -> str:
    """Follows a packet for so many hops."""
    return run(f"traceroute -m {hops} example.com")
'''


def scanned(folder: Path, source: str) -> tuple[list[dict[str, Any]], str]:
    (folder / "server.py").write_text(source, encoding="utf-8")
    (folder / "shell.py").write_text(HELPER, encoding="utf-8")
    told = json.loads(driftseal("scan", ".", "--format", "json", cwd=folder).stdout)["findings"]
    shown = driftseal("scan", ".", cwd=folder).stdout
    return [one for one in told if one["rule_id"] == "command-injection"], shown


def test_a_finding_names_the_line_of_every_other_tool_that_meets_the_same_sink(tmp_path: Path) -> None:
    (found,), shown = scanned(tmp_path, SERVER)
    assert found["item"]["name"] == "ping"
    related = [
        (one["item"]["name"], one["location"]["path"], one["location"]["start_line"]) for one in found["related"]
    ]
    assert related == [("resolve", "server.py", 17)]
    assert "also: tool resolve in server.py:17" in " ".join(shown.split())


def test_a_tool_that_is_granted_what_it_meets_is_not_named(tmp_path: Path) -> None:
    quoted = SERVER.replace("{name}", "{shlex.quote(name)}").replace("from shell", "import shlex\n\nfrom shell")
    (found,), _ = scanned(tmp_path, quoted)
    assert (found["item"]["name"], found["related"]) == ("ping", [])


def test_a_value_that_is_handed_on_whole_is_named_where_it_comes_in(tmp_path: Path) -> None:
    whole = SERVER.replace('    line = f"dig +short {name}"\n    return run(line)', "    return run(name)")
    (found,), _ = scanned(tmp_path, whole)
    assert found["item"]["name"] == "ping"
    assert [(one["item"]["name"], one["location"]["start_line"]) for one in found["related"]] == [("resolve", 15)]
