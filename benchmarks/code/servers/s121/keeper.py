import shutil
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("trash-keeper")
WORKSPACE = Path.cwd().resolve()


def within(path: Path) -> bool:
    return path != WORKSPACE and path.is_relative_to(WORKSPACE)


@mcp.tool()
def remove_folder(path: str) -> str:
    """Delete a folder of the workspace with everything in it."""
    target = (WORKSPACE / path).resolve()
    if not within(target):
        raise ValueError("only folders of the workspace can be removed")
    shutil.rmtree(target)
    return f"removed {target.relative_to(WORKSPACE)}"


@mcp.tool()
def largest(limit: int = 10) -> list[str]:
    """The largest files of the workspace."""
    files = [path for path in WORKSPACE.rglob("*") if path.is_file()]
    files.sort(key=lambda path: path.stat().st_size, reverse=True)
    return [str(path.relative_to(WORKSPACE)) for path in files[:limit]]


if __name__ == "__main__":
    mcp.run()
