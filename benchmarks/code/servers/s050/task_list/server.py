import json
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("task-list")
FILE = Path.home() / ".task-list.json"


def load() -> list[str]:
    return json.loads(FILE.read_text()) if FILE.exists() else []


@mcp.tool()
def add_task(text: str) -> int:
    """Add a task."""
    tasks = [*load(), text]
    FILE.write_text(json.dumps(tasks))
    return len(tasks)


@mcp.tool()
def tasks() -> list[str]:
    """All tasks."""
    return load()
