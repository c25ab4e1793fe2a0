"""A tiny JSON-RPC loop over a transport: what a session does, without its wisdom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from driftseal.collect.base import Consent, Context
from driftseal.collect.mcp.http import open_transport
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport
from driftseal.collect.mcp.transport import Budget, Transport
from driftseal.limits import Limits

T = TypeVar("T")
MODERN = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
}
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
VERSION = {"MCP-Protocol-Version": "2025-11-25"}
# For servers that answer, however slowly their machine lets them.
PATIENT = Limits(
    request_seconds=120.0, probe_seconds=60.0, server_seconds=300.0, shutdown_seconds=60.0, repeat_seconds=0.1
)


def a_context(
    *,
    limits: Limits = PATIENT,
    environment: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    **consent: Any,
) -> Context:
    """A context whose consent is as given."""
    return Context(
        Consent(**consent),
        limits,
        "2026-11-21T00:00:00Z",
        Path("/nowhere"),
        Path("/nowhere"),
        dict(environment or {}),
        progress=progress,
    )


class Talk:
    """One conversation."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.other: list[Any] = []
        """Messages that answered nothing."""
        self._number = 0

    async def ask(self, method: str, params: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """The answering message."""
        self._number += 1
        message: dict[str, Any] = {"jsonrpc": "2.0", "id": self._number, "method": method}
        if params is not None:
            message["params"] = params
        await self.transport.send(message, headers=headers)
        while True:
            async with asyncio.timeout(300):
                received = await self.transport.receive()
            value: Any = received.parsed.value
            if isinstance(value, dict) and value.get("id") == self._number and "method" not in value:
                return value
            self.other.append(value)

    async def shake_hands(self) -> Any:
        """The result of the handshake."""
        answer = await self.ask("initialize", INITIALIZE)
        await self.transport.send({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=VERSION)
        return answer["result"]


def talk(
    url: str,
    script: Callable[[Talk], Awaitable[T]],
    *,
    context: Context | None = None,
    transport: HttpTransport = HttpTransport.AUTO,
    **spec: Any,
) -> T:
    """Open a transport to this URL, run the script over it, close it."""
    context = context or a_context()

    async def run() -> T:
        given = replace(HttpSpec(url, transport=transport, named=True), **spec)
        opened = open_transport(given, context, Budget(context.limits), client_name="claude-ai")
        try:
            await opened.open()
            return await script(Talk(opened))
        finally:
            await opened.close()

    return asyncio.run(run())
