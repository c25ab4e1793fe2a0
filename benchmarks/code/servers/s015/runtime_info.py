import os
import platform
import sys

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("runtime-info")
SHOWN = ("LANG", "TZ", "SHELL", "TERM")


def settings() -> dict[str, str]:
    found = {}
    for name in SHOWN:
        found[name] = os.environ.get(name, "")
    return found


@mcp.tool()
def describe_runtime() -> dict:
    """Python version, platform and settings of this server."""
    return {
        "python": sys.version,
        "platform": platform.platform(),
        "settings": settings(),
    }


@mcp.tool()
def modules() -> list[str]:
    """Modules that are loaded."""
    return sorted(sys.modules)


if __name__ == "__main__":
    mcp.run()
