from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import tools
from driftseal.collect.mcp.spec import HttpTransport
from servers.http_talk import MODERN, VERSION, Talk, talk

SERVER = Path(__file__).parents[1] / "servers" / "http_real.py"


@contextmanager
def started(python: str | Path, transport: str) -> Iterator[str]:
    """A real server of the SDK that this interpreter has; gives its URL."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    process = subprocess.Popen(
        [str(python), str(SERVER), transport],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        yield f"http://127.0.0.1:{port}/{'sse' if transport == 'sse' else 'mcp'}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def first_sdk() -> Path:
    """An interpreter with SDK 1.x."""
    folder, why = tools.find()
    if folder is None:
        pytest.skip(why)
    return tools.python(folder, "mcp1")


async def handshake(conversation: Talk) -> dict[str, Any]:
    """What a server of the handshake era is asked: the probe that it does not know first."""
    probe = await conversation.ask("server/discover", MODERN)
    greeting = await conversation.shake_hands()
    lists = [await conversation.ask(f"{kind}/list", None, VERSION) for kind in ("tools", "prompts", "resources")]
    return {"probe": probe, "greeting": greeting, "lists": [answer["result"] for answer in lists]}


async def modern(conversation: Talk) -> dict[str, Any]:
    found = await conversation.ask("server/discover", MODERN)
    lists = [await conversation.ask(f"{kind}/list", MODERN) for kind in ("tools", "prompts", "resources")]
    note = await conversation.ask("resources/read", {"uri": "note://one", **MODERN})
    return {"greeting": found["result"], "lists": [answer["result"] for answer in lists], "note": note["result"]}


def names(lists: list[Any]) -> list[str]:
    return [
        entry["name"]
        for kind, held in zip(("tools", "prompts", "resources"), lists, strict=True)
        for entry in held[kind]
    ]


def test_a_server_of_sdk_2_is_asked_in_both_eras() -> None:
    with started(sys.executable, "streamable-http") as url:
        new = talk(url, modern)
        old = talk(url, handshake)
    assert new["greeting"]["supportedVersions"] == ["2026-07-28"]
    assert new["greeting"]["instructions"] == "Add with care."
    assert new["note"]["contents"][0]["text"] == "one"
    assert old["greeting"]["protocolVersion"] == "2025-11-25"
    assert names(new["lists"]) == names(old["lists"]) == ["add", "greet", "note"]
    assert new["lists"][0]["tools"] == old["lists"][0]["tools"]


def test_a_legacy_sse_server_of_sdk_2_is_found_behind_its_url_and_asked_by_name() -> None:
    with started(sys.executable, "sse") as url:
        found = talk(url, handshake)

        async def by_name(conversation: Talk) -> Any:
            await conversation.shake_hands()
            return await conversation.ask("tools/list", None, VERSION)

        named = talk(url, by_name, transport=HttpTransport.SSE)
    assert found["probe"]["error"]["message"] == "HTTP 405 Method Not Allowed"
    assert names(found["lists"]) == ["add", "greet", "note"]
    assert named["result"]["tools"][0]["name"] == "add"


@pytest.mark.parametrize("transport", ["streamable-http", "sse"])
def test_a_server_of_sdk_1_is_asked_over_both_transports(transport: str) -> None:
    with started(first_sdk(), transport) as url:
        found = talk(url, handshake)
    assert "error" in found["probe"]
    assert found["greeting"]["protocolVersion"] == "2025-11-25"
    assert names(found["lists"]) == ["add", "greet", "note"]
