"""A server on the Python SDK, of whichever major version runs it."""

from __future__ import annotations

import importlib
from typing import Any


def main() -> None:
    """Serve over stdio."""
    try:
        kind: Any = importlib.import_module("mcp.server.mcpserver").MCPServer
    except ImportError:
        # SDK 1.x
        kind = importlib.import_module("mcp.server.fastmcp").FastMCP
    server = kind("real", instructions="Add with care.")

    @server.tool()  # type: ignore[untyped-decorator]  # the SDK is not always there
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @server.prompt()  # type: ignore[untyped-decorator]  # the SDK is not always there
    def greet() -> str:
        """Greet somebody."""
        return "Say hello."

    @server.resource("memo://one")  # type: ignore[untyped-decorator]  # the SDK is not always there
    def memo() -> str:
        """A memo."""
        return "The body of a memo."

    server.run("stdio")


main()
