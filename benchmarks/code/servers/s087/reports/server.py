from pathlib import Path
from typing import Annotated

from mcp.server.fastmcp import FastMCP
from pydantic import Field

mcp = FastMCP("report-desk")
ROOT = Path("/var/lib/reports").resolve()


def check(folder: Path) -> None:
    if not folder.resolve().is_relative_to(ROOT):
        raise ValueError("that folder does not belong to the reports")


@mcp.tool()
def write_report(
    month: Annotated[str, Field(description="Folder of the month, such as 2025-03")],
    file_name: Annotated[str, Field(description="Name of the report")],
    body: str,
) -> str:
    """Write a report into the folder of its month."""
    folder = ROOT / month
    check(folder)
    folder.mkdir(exist_ok=True)
    target = folder / file_name
    target.write_text(body, encoding="utf-8")
    return f"{len(body)} characters written"


@mcp.tool()
def months() -> list[str]:
    """Months that have reports."""
    return sorted(entry.name for entry in ROOT.iterdir() if entry.is_dir())


if __name__ == "__main__":
    mcp.run()
