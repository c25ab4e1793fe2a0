import os
import sqlite3

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("bench-db", host="127.0.0.1", port=8321, stateless_http=True)
DATABASE = os.environ.get("BENCH_DB", "bench.db")


@mcp.tool()
def measurements(sensor: str, limit: int = 50) -> list[tuple]:
    """Latest measurements of a sensor."""
    with sqlite3.connect(DATABASE) as connection:
        return connection.execute(
            "SELECT taken, value FROM measurement WHERE sensor = ? ORDER BY taken DESC LIMIT ?", (sensor, limit)
        ).fetchall()


@mcp.tool()
def delete_measurements(sensor: str) -> int:
    """Delete everything a sensor measured."""
    with sqlite3.connect(DATABASE) as connection:
        return connection.execute("DELETE FROM measurement WHERE sensor = ?", (sensor,)).rowcount


if __name__ == "__main__":
    mcp.run(transport="streamable-http")
