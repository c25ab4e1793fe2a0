"""A real server of the Python SDK, of whichever major version is installed. Usage: http_real.py TRANSPORT.

Prints its port as the first line. TRANSPORT is ``streamable-http`` or ``sse``.
"""

from __future__ import annotations

import importlib
import socket
import sys
from typing import Any

import uvicorn


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello {name}"


def note() -> str:
    """A note."""
    return "one"


def main() -> None:
    package: Any = importlib.import_module("mcp.server")
    kind = getattr(package, "MCPServer", None) or importlib.import_module("mcp.server.fastmcp").FastMCP
    server = kind("real", instructions="Add with care.")
    server.tool()(add)
    server.prompt()(greet)
    server.resource("note://one")(note)
    app = server.sse_app() if sys.argv[1] == "sse" else server.streamable_http_app()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
