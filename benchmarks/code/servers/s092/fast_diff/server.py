import difflib

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("fast-diff")


@mcp.tool()
def diff(before: str, after: str) -> str:
    """Difference between two texts."""
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))


def main() -> None:
    mcp.run()
