"""Network diagnostics: reachability, routes and name lookups."""

from mcp.server.fastmcp import FastMCP

from netdiag.runner import capture

mcp = FastMCP("netdiag")


@mcp.tool()
def ping(host: str, count: int = 3) -> str:
    """Ping a host and return the round-trip times."""
    return capture(["ping", "-c", str(count)], host)


@mcp.tool()
def trace(host: str) -> str:
    """Show the route to a host."""
    return capture(["traceroute", "-w", "2"], host)


@mcp.resource("netdiag://interfaces")
def interfaces() -> str:
    """The machine's own interfaces."""
    return capture(["ip", "-brief", "address"])


if __name__ == "__main__":
    mcp.run()
