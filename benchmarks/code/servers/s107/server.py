import subprocess
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("repo-history")
REPOSITORY = Path.cwd()


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    return done.stdout or done.stderr


@mcp.tool()
def status() -> str:
    """Working tree status in short form."""
    return git("status", "--short", "--branch")


@mcp.tool()
def compare(revision: str) -> str:
    """Difference between a revision and the working tree."""
    return git("diff", revision)


@mcp.tool()
def recent(limit: int = 10) -> str:
    """The latest commits, one line each."""
    return git("log", "--oneline", f"-n{limit}")


if __name__ == "__main__":
    mcp.run(transport="stdio")
