"""Flows through a server's source become findings, with every step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commands import driftseal

HELPER = "import subprocess\n\n\ndef run(host):\n    return subprocess.check_output(f'ping -c1 {host}', shell=True)\n"
SERVER = '''from mcp.server.fastmcp import FastMCP

from net import run

mcp = FastMCP("net")


@mcp.tool()
def ping(host: str) -> str:
    """Checks whether a host answers."""
    return run(host)


@mcp.tool()
def run_command(command: str) -> str:
    """Runs a shell command."""
    return run(command)
'''


def findings(folder: Path) -> list[dict[str, Any]]:
    done = driftseal("scan", ".", "--format", "json", cwd=folder)
    assert done.returncode == 1
    return [one for one in json.loads(done.stdout)["findings"] if one["rule_id"] == "command-injection"]


def test_a_flow_into_another_file_is_told_step_by_step(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "net.py").write_text(HELPER, encoding="utf-8")
    (found,) = [one for one in findings(tmp_path) if one["item"]["name"] == "ping"]
    assert (found["severity"], found["confidence"]) == ("high", "high")
    assert (found["location"]["path"], found["location"]["start_line"]) == ("net.py", 5)
    steps = [(step["location"]["path"], step["location"]["start_line"]) for step in found["steps"]]
    assert steps[0] == ("server.py", 9)
    assert steps[-1] == ("net.py", 5)
    assert "shell=True" in found["evidence"]


def test_power_by_design_is_told_with_low_confidence(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(
        SERVER.replace("def ping(host", "def ping(command").replace("run(host)", "run(command)"), encoding="utf-8"
    )
    (tmp_path / "net.py").write_text(HELPER, encoding="utf-8")
    done = driftseal("scan", ".", "--format", "json", cwd=tmp_path)
    told = [one for one in json.loads(done.stdout)["findings"] if one["rule_id"] == "command-injection"]
    assert {one["confidence"] for one in told} == {"low"}
