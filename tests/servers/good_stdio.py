"""A well-behaved server. Usage: good_stdio.py [handshake|modern|dual|silent|strict|slow|racing|deaf].

``handshake`` knows no ``server/discover``; ``silent`` does not answer it; ``strict`` ends at it. ``slow`` starts
late, and is locked into the modern era by the probe that it then reads. ``racing`` refuses the handshake beside
the probe before it answers the probe; ``deaf`` answers the probe late and the handshake never.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from speak import MODERN, Refused, answer, initialized, send, serve, tool  # type: ignore[import-not-found]  # it lies beside this script

mode = next((word for word in sys.argv[1:2] if not word.startswith("-")), "handshake")
if mode == "slow":
    time.sleep(1)

CAPABILITIES: dict[str, Any] = {"tools": {"listChanged": True}, "prompts": {}, "resources": {}}
INFO = {"name": "good", "title": "Good", "version": "1.2.3"}
INSTRUCTIONS = "Add before you subtract."
locked = False


waiting: list[dict[str, Any]] = []


def initialize(message: dict[str, Any]) -> Any:
    if mode == "racing":
        error = {"code": -32022, "message": "Unsupported protocol version", "data": {"supported": [MODERN]}}
        send({"jsonrpc": "2.0", "id": message["id"], "error": error})
        answer(waiting[0], described())
    if mode in {"racing", "deaf"}:
        return None
    if mode == "modern" or locked:
        raise Refused(-32022, "Unsupported protocol version", {"supported": [MODERN], "requested": "2025-11-25"})
    return initialized(CAPABILITIES, serverInfo=INFO, instructions=INSTRUCTIONS)


def discover(message: dict[str, Any]) -> Any:
    global locked  # noqa: PLW0603 - one connection, one state
    if mode == "racing":
        waiting.append(message)
    if mode in {"silent", "racing"}:
        return None
    if mode == "deaf":
        time.sleep(1)
    if mode == "strict":
        sys.exit(3)
    if mode == "handshake":
        raise Refused(-32602, "Invalid request parameters")
    if mode == "slow":
        locked = True
    assert message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == MODERN
    return described()


def described() -> dict[str, Any]:
    return {
        "resultType": "complete",
        "supportedVersions": [MODERN],
        "capabilities": CAPABILITIES,
        "instructions": INSTRUCTIONS,
        "ttlMs": int(time.time()),
        "_meta": {"io.modelcontextprotocol/serverInfo": INFO},
    }


def tools(message: dict[str, Any]) -> Any:
    if (message.get("params") or {}).get("cursor") is None:
        return {"tools": [tool("add", title="Add", **{"x-note": "kept"})], "nextCursor": ""}
    return {"tools": [tool("subtract")], "ttlMs": int(time.time()), "_meta": {"at": time.time()}}


PROMPTS = [
    {"name": "greet", "description": "Greets."},
    {"name": "letter", "arguments": [{"name": "to", "required": True}]},
]


def prompt(message: dict[str, Any]) -> Any:
    assert message["params"]["name"] == "greet"
    return {"resultType": "complete", "messages": [{"role": "user", "content": {"type": "text", "text": "Hello."}}]}


serve({
    "initialize": initialize,
    "server/discover": discover,
    "tools/list": tools,
    "prompts/list": {"prompts": PROMPTS},
    "prompts/get": prompt,
    "resources/list": {"resources": [{"uri": "memo://one", "name": "one"}, {"uri": "memo://two", "name": "two"}]},
    "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "memo://{id}", "name": "any"}]},
    "resources/read": lambda message: {
        "contents": [{"uri": message["params"]["uri"], "text": "A memo."}]
        if message["params"]["uri"] == "memo://one"
        else [{"uri": "memo://two", "blob": "aGVsbG8gYmxvYg=="}]
    },
})  # fmt: skip
