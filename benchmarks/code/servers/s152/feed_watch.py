import ipaddress
import socket
from urllib.parse import urlparse

import requests
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("feed-watch")
watched: dict[str, str] = {}


def assert_public(url: str) -> None:
    host = urlparse(url).hostname
    if host is None:
        raise ValueError("no host")
    for *_, address in socket.getaddrinfo(host, 443):
        if not ipaddress.ip_address(address[0]).is_global:
            raise ValueError("host is not public")


@mcp.tool()
def watch(name: str, url: str) -> str:
    """Watch a feed under a name."""
    assert_public(url)
    watched[name] = url
    return f"watching {name}"


@mcp.tool()
def latest(url: str) -> str:
    """The newest text of a feed."""
    assert_public(url)
    answer = requests.get(url, timeout=15, allow_redirects=True)
    answer.raise_for_status()
    return answer.text[:10_000]


@mcp.tool()
def names() -> list[str]:
    """Names of all feeds."""
    return sorted(watched)


if __name__ == "__main__":
    mcp.run()
