import sys
from pathlib import Path

from fastmcp import FastMCP

from files.roots import Roots

mcp = FastMCP("files")
roots = Roots(Path(argument) for argument in sys.argv[1:])


@mcp.tool
def read_file(path: str) -> str:
    """Read a text file inside of the allowed folders."""
    return roots.resolve(path).read_text(encoding="utf-8")


@mcp.tool(annotations={"destructiveHint": True})
def write_file(path: str, text: str) -> str:
    """Write a text file inside of the allowed folders, replacing what it held."""
    target = roots.resolve(path)
    target.write_text(text, encoding="utf-8")
    return f"{len(text)} characters"


@mcp.tool(annotations={"destructiveHint": True})
def delete_file(path: str) -> str:
    """Delete a file inside of the allowed folders."""
    roots.resolve(path).unlink()
    return "deleted"


if __name__ == "__main__":
    mcp.run()
