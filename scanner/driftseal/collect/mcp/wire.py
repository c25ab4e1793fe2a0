"""The words of the protocol: versions, eras, method names, reserved keys, error codes.

Sources: MCP specification 2026-07-28 (``basic/index``, ``basic/versioning``) and 2025-11-25 (``basic/lifecycle``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from driftseal.model.item import Json

MODERN_VERSIONS: Final = ("2026-07-28",)
"""Stateless revisions, newest first: every request carries version, client and capabilities."""
HANDSHAKE_VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Revisions that begin with ``initialize``, newest first."""

DISCOVER: Final = "server/discover"
INITIALIZE: Final = "initialize"
INITIALIZED: Final = "notifications/initialized"

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CLIENT: Final = "io.modelcontextprotocol/clientInfo"
META_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
META_SERVER: Final = "io.modelcontextprotocol/serverInfo"

METHOD_NOT_FOUND: Final = -32601
UNSUPPORTED_VERSION: Final = -32022

NAME_PARAMETERS: Final[Mapping[str, str]] = {"prompts/get": "name", "resources/read": "uri"}
"""Requests whose parameter of this name is also told as the ``Mcp-Name`` header (2026-07-28, streamable-http)."""


class Era(StrEnum):
    """Which of the two ways to speak a connection is opened in."""

    AUTO = "auto"
    """As the server prefers: ``server/discover`` first, the handshake if it is not understood."""
    HANDSHAKE = "handshake"


def request(number: int, method: str, params: Mapping[str, Json] | None) -> dict[str, Json]:
    """A JSON-RPC request."""
    message: dict[str, Json] = {"jsonrpc": "2.0", "id": number, "method": method}
    if params is not None:
        message["params"] = dict(params)
    return message


def notification(method: str) -> dict[str, Json]:
    """A JSON-RPC notification without parameters."""
    return {"jsonrpc": "2.0", "method": method}


def result(number: Json, value: dict[str, Json]) -> dict[str, Json]:
    """The answer to a request of the server's."""
    return {"jsonrpc": "2.0", "id": number, "result": value}


def refusal(number: Json, code: int, message: str) -> dict[str, Json]:
    """The refusal of a request of the server's."""
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
