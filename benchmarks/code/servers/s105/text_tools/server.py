from mcp.server.fastmcp import FastMCP

from text_tools.state import tick

mcp = FastMCP("text-tools")


@mcp.tool()
def word_count(text: str) -> int:
    """Count the words of a text."""
    tick(text)
    return len(text.split())


@mcp.tool()
def title_case(text: str) -> str:
    """Write a text in title case."""
    tick(text)
    return text.title()


if __name__ == "__main__":
    mcp.run()
