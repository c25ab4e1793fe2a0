import csv
import io

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("csv-query")


@mcp.tool()
def column(table: str, name: str) -> list[str]:
    """Values of one column of a CSV text."""
    return [row[name] for row in csv.DictReader(io.StringIO(table))]


@mcp.tool()
def total(table: str, name: str) -> float:
    """Sum of a column of numbers."""
    return sum(float(value) for value in column(table, name))


def main() -> None:
    mcp.run()
