import json

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("json-pretty")


@mcp.tool()
def pretty(text: str, indent: int = 2) -> str:
    """Format a JSON text."""
    return json.dumps(json.loads(text), indent=indent, ensure_ascii=False)


@mcp.tool()
def keys(text: str) -> list[str]:
    """Keys of a JSON object."""
    return list(json.loads(text))


def main() -> None:
    mcp.run()
