import ipaddress
import socket
from typing import Literal
from urllib.parse import urlsplit

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("api-console")


def public_only(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("http and https only")
    for *_, address in socket.getaddrinfo(parts.hostname, parts.port or 443):
        if not ipaddress.ip_address(address[0]).is_global:
            raise ValueError("public hosts only")


@mcp.tool()
async def request(
    method: Literal["GET", "POST", "PUT", "DELETE"], url: str, headers: dict[str, str] | None = None, body: str = ""
) -> str:
    """Send an HTTP request to any public URL and return status and body."""
    public_only(url)
    async with httpx.AsyncClient(follow_redirects=False, timeout=30) as client:
        answer = await client.request(method, url, headers=headers, content=body or None)
    return f"{answer.status_code}\n{answer.text[:50_000]}"


if __name__ == "__main__":
    mcp.run()
