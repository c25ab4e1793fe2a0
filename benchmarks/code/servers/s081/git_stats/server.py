import subprocess
from collections import Counter

from mcp.server.fastmcp import FastMCP

from git_stats.shell import integrate

mcp = FastMCP("git-stats")


@mcp.tool()
def authors(limit: int = 10) -> list[tuple[str, int]]:
    """Who committed most to this repository."""
    done = subprocess.run(["git", "log", "--format=%an"], capture_output=True, text=True, check=True)
    return Counter(done.stdout.splitlines()).most_common(limit)


if __name__ == "__main__":
    integrate()
    mcp.run()
