"""A canary in every place where people put secrets never reaches anything that we write."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from commands import driftseal, write

CANARY = "canary-9f8e7d6c5b4a3928"
TOKEN = f"ghp_{CANARY.replace('-', '')}ABCDEFGH0123456"
ECHO = """
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    told = os.environ.get("MY_TOKEN", "nothing") + " " + " ".join(sys.argv)
    sys.stderr.write("my token is " + told + "\\n")
    results = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                       "serverInfo": {"name": "echo", "version": told}, "instructions": told},
        "tools/list": {"tools": [{"name": "leak", "description": told, "inputSchema": {"default": told}}]},
    }
    reply = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] in results:
        reply["result"] = results[message["method"]]
    else:
        reply["error"] = {"code": -32601, "message": "no such method: " + told}
    print(json.dumps(reply), flush=True)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "echo.py").write_text(ECHO, encoding="utf-8")
    servers = {
        "echo": {
            "command": sys.executable,
            "args": ["-I", "-S", "echo.py", "--api-key", TOKEN, f"--password={CANARY}"],
            "env": {"MY_TOKEN": "${MY_TOKEN}", "API_KEY": CANARY, "PLAIN": TOKEN},
            "cwd": str(folder),
        },
        "url": {
            "type": "http",
            "url": f"https://user:{CANARY}@mcp.example.invalid/mcp?api_key={CANARY}&token={TOKEN}",
            "headers": {"Authorization": f"Bearer {TOKEN}", "X-Api-Key": CANARY},
        },
    }
    write(folder, ".mcp.json", {"mcpServers": servers})
    write(folder, "broken.json", {"mcpServers": servers})
    (folder / ".cursor").mkdir()
    (folder / ".cursor" / "mcp.json").write_text(
        f'{{"mcpServers": {{"x": {{"env": {{"K": "{TOKEN}"}},,', encoding="utf-8"
    )
    driftseal("keygen", "../key.pem", cwd=folder)
    driftseal("trust", "add", "alice", "../key.pem.pub", "--trust", "../trust.toml", cwd=folder)
    return folder


@pytest.mark.parametrize(
    "args",
    [
        ("scan", "-v"),
        ("scan", "--format", "json"),
        ("scan", "--format", "sarif"),
        ("bom",),
        ("bom", "-f", "spdx"),
        ("bom", "-f", "text"),
        ("bom", "-f", "html"),
        ("bom", "--profile", "g7-ai", "-f", "json"),
        ("snapshot", ".mcp.json#url"),
        ("snapshot", ".mcp.json#echo", "--start", "--env", "MY_TOKEN"),
        ("scan", "-v", "--start", "--env", "MY_TOKEN"),
        ("scan", "-f", "json", "--live", "--env", "MY_TOKEN", "--probe", "standard"),
        ("baseline", "approve", "--yes", "--allow-gaps", "--start", "--env", "MY_TOKEN", "--key", "../key.pem",
         "--trust", "../trust.toml", ".mcp.json#echo"),
        ("scan", f"https://user:{CANARY}@mcp.example.invalid/?token={TOKEN}"),
    ],
    ids=lambda args: " ".join(args)[:40],
)  # fmt: skip
def test_no_secret_is_printed_or_written(project: Path, args: tuple[str, ...]) -> None:
    before = {path for path in project.rglob("*") if path.is_file()}
    done = driftseal(*args, cwd=project, env={"MY_TOKEN": f"{CANARY}-real"})
    written = "".join(
        path.read_text(encoding="utf-8") for path in project.rglob("*") if path.is_file() and path not in before
    )
    for said in (done.stdout, done.stderr, written):
        assert CANARY not in said
        assert TOKEN not in said
    assert done.stdout + done.stderr
    assert "Traceback" not in done.stderr
