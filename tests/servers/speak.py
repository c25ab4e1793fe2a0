"""The least of an MCP server over stdio that the test servers share. Standard library only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Handler = Callable[[dict[str, Any]], Any]
MODERN = "2026-07-28"
CLIENT = "io.modelcontextprotocol/clientInfo"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class Refused(Exception):
    """Answered as a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


def tool(name: str, description: str = "Does it.", **more: Any) -> dict[str, Any]:
    """A tool as servers list it."""
    return {"name": name, "description": description, "inputSchema": {"type": "object"}, **more}


def messages() -> Iterator[dict[str, Any]]:
    """What the client sends, one by one."""
    for line in sys.stdin:
        yield json.loads(line)


def send(message: Any) -> None:
    """One message, or any text as it stands."""
    sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
    sys.stdout.flush()


def answer(request: Mapping[str, Any], result: Any) -> None:
    """The result of a request."""
    send({"jsonrpc": "2.0", "id": request["id"], "result": result})


def initialized(capabilities: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The result of ``initialize``."""
    declared = {"tools": {}} if capabilities is None else capabilities
    info = {"name": "fixture", "version": "1"}
    return {"protocolVersion": "2025-11-25", "capabilities": declared, "serverInfo": info, **more}


def serve(handlers: Mapping[str, Any]) -> None:
    """Answer each method with its value, or with what its function returns; refuse all others."""
    known = {"initialize": initialized(), **handlers}
    for message in messages():
        if "id" not in message or "method" not in message:
            continue
        value = known.get(message["method"], Refused(-32601, "Method not found"))
        try:
            if callable(value):
                value = value(message)
            if isinstance(value, Refused):
                raise value
        except Refused as refusal:
            send({"jsonrpc": "2.0", "id": message["id"], "error": refusal.error})
        else:
            if value is not None:
                answer(message, value)
