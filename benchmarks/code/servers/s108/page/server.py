from fastmcp import FastMCP

from page.load import load
from page.text import to_markdown

mcp = FastMCP("page-to-markdown")


@mcp.tool
async def read_page(url: str, limit: int = 20_000) -> str:
    """Load a public web page and return it as Markdown."""
    html = await load(url)
    return to_markdown(html)[:limit]


if __name__ == "__main__":
    mcp.run()
