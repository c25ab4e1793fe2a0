import re

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("markdown-toc")


@mcp.tool()
def contents(markdown: str) -> str:
    """Make a table of contents."""
    lines = []
    for marks, title in re.findall(r"^(#{1,6})\s+(.+)$", markdown, re.M):
        anchor = re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        lines.append(f"{'  ' * (len(marks) - 1)}- [{title}](#{anchor})")
    return "\n".join(lines)


def main() -> None:
    mcp.run()
