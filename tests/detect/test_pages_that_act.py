"""What a page gains by a server that believes it: as much as callers have a say in what the code does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import driftseal

SERVER = """import subprocess

from fastmcp import FastMCP

mcp = FastMCP("desk")


@mcp.tool()
def build(target: str) -> str:
    \"\"\"Builds.\"\"\"
    return subprocess.run(["make", WHAT], capture_output=True, text=True).stdout


def main(transport: str, host: str, port: int) -> None:
    mcp.run(transport=transport, host=host, port=port)
"""


@pytest.mark.parametrize(("what", "sure"), [('"docs"', {"low"}), ("target", {"medium"})])
def test_a_page_gains_little_by_a_server_whose_tools_hand_nothing_on(what: str, sure: set[str], tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER.replace("WHAT", what), encoding="utf-8")
    found = json.loads(driftseal("scan", ".", "--format", "json", cwd=tmp_path).stdout)["findings"]
    assert {one["confidence"] for one in found if one["rule_id"] == "any-page-acts-by-rebinding"} == sure
