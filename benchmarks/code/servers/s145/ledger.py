import os

import psycopg
from mcp.server.fastmcp import FastMCP
from psycopg.rows import dict_row

mcp = FastMCP("stock-ledger")
COLUMNS = {"name": "item_name", "amount": "amount", "changed": "changed_at"}


def connect() -> psycopg.Connection:
    return psycopg.connect(os.environ["LEDGER_DSN"], row_factory=dict_row)


@mcp.tool()
def stock(warehouse: str, order_by: str = "name", descending: bool = False) -> list[dict]:
    """Items of a warehouse, in the wanted order."""
    column = order_by or "name"
    direction = "DESC" if descending else "ASC"
    statement = "SELECT item_name, amount, changed_at FROM stock WHERE warehouse = %s"
    statement += f" ORDER BY {column} {direction} LIMIT 200"
    with connect() as connection:
        return connection.execute(statement, (warehouse,)).fetchall()


@mcp.tool()
def warehouses() -> list[str]:
    """Names of all warehouses."""
    with connect() as connection:
        rows = connection.execute("SELECT DISTINCT warehouse FROM stock ORDER BY 1").fetchall()
    return [row["warehouse"] for row in rows]


if __name__ == "__main__":
    mcp.run()
