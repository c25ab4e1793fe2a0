import re
import subprocess

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

mcp = FastMCP("cron-manager")
SCHEDULE = re.compile(r"(?:[\d*/,-]+ ){4}[\d*/,-]+")


def current() -> list[str]:
    done = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def store(lines: list[str]) -> None:
    subprocess.run(["crontab", "-"], input="\n".join(lines) + "\n", text=True, check=True)


@mcp.tool()
def list_cron_entries() -> list[str]:
    """The user's cron entries."""
    return current()


@mcp.tool(annotations=ToolAnnotations(destructiveHint=True))
def add_cron_entry(schedule: str, command: str) -> str:
    """Add a cron entry that runs a shell command of the user's choice on a schedule."""
    if not SCHEDULE.fullmatch(schedule) or "\n" in command:
        raise ValueError("five fields and one line")
    store([*current(), f"{schedule} {command}"])
    return "added"


if __name__ == "__main__":
    mcp.run()
