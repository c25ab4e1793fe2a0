"""Servers whose processes misbehave, or that tell where they run. Usage: hostile_processes.py NAME [ARGUMENT]."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from speak import initialized, send, serve, tool  # type: ignore[import-not-found]  # it lies beside this script

TOOLS = {"tools": [tool("add")]}
DECLARED: dict[str, Any] = {"tools": {}, "prompts": {}, "resources": {}}


def leaves_child() -> None:
    _sleeper(sys.argv[2])
    serve({"tools/list": TOOLS})


def leaves_orphan() -> None:
    """The child has a session of its own, and forgets whose it is."""
    _sleeper(sys.argv[2], start_new_session=True, env={})
    serve({"tools/list": TOOLS})


def leaves_grandchild() -> None:
    """Its parent is gone before anybody looks."""
    code = "import subprocess, sys; child = subprocess.Popen(['sleep', '600'], start_new_session=True, env={})"
    code += "; open(sys.argv[1], 'w').write(str(child.pid))"
    subprocess.run([sys.executable, "-c", code, sys.argv[2]], check=True, stdin=subprocess.DEVNULL)
    serve({"tools/list": TOOLS})


def _sleeper(note: str, **more: Any) -> None:
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(["sleep", "600"], stdin=quiet, stdout=quiet, stderr=quiet, **more)
    Path(note).write_text(str(child.pid), encoding="ascii")


def ignores_term() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(sys.argv[2]).write_text(str(os.getpid()), encoding="ascii")
    serve({"tools/list": TOOLS})
    time.sleep(600)


def ends_when_told() -> None:
    """Does not mind the end of its input, and tidies up at SIGTERM."""

    def tidy(*_: object) -> None:
        Path(sys.argv[2]).write_text("tidied", encoding="ascii")
        sys.exit(0)

    signal.signal(signal.SIGTERM, tidy)
    serve({"tools/list": TOOLS})
    time.sleep(600)


def hangs_after_note() -> None:
    Path(sys.argv[2]).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(600)


def tells_environment() -> None:
    serve({"tools/list": {"tools": [tool("env", json.dumps(dict(os.environ))), tool("argv", " ".join(sys.argv[2:]))]}})


def tells_home() -> None:
    """What it shows hangs on where its home lies."""
    place = str(Path.home() / "notes.db")
    escaped = json.dumps({"tools": [tool("php", place)]}).replace("/", "\\/")
    found = {"resources": [{"uri": f"file://{place}", "name": "notes"}]}

    def read(message: dict[str, Any]) -> Any:
        return {
            "contents": [{"uri": message["params"]["uri"], "text": str(message["params"]["uri"] == f"file://{place}")}]
        }

    def listing(message: dict[str, Any]) -> Any:
        if (message.get("params") or {}).get("cursor") is None:
            return {"tools": [tool("db", f"Stores into {place}.")], "nextCursor": "2"}
        return send(f'{{"jsonrpc":"2.0","id":{message["id"]},"result":{escaped}}}')

    lists = {"tools/list": listing, "resources/list": found, "resources/read": read}
    serve({"initialize": initialized(DECLARED), "prompts/list": {"prompts": []}, **lists})


if __name__ == "__main__":
    globals()[sys.argv[1]]()
