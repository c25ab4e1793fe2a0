import os
from contextlib import asynccontextmanager

import asyncpg
from mcp.server.fastmcp import Context, FastMCP

SORTABLE = {"date": "created_at", "total": "total"}


@asynccontextmanager
async def lifespan(server: FastMCP):
    pool = await asyncpg.create_pool(os.environ["ORDERS_DSN"], min_size=1, max_size=4)
    try:
        yield {"pool": pool}
    finally:
        await pool.close()


mcp = FastMCP("orders-db", lifespan=lifespan)


@mcp.tool()
async def orders(ctx: Context, customer: str, sort: str = "date") -> list[dict]:
    """Orders of a customer, sorted by date or total."""
    pool = ctx.request_context.lifespan_context["pool"]
    column = SORTABLE[sort]
    rows = await pool.fetch(
        f"SELECT id, created_at, total FROM orders WHERE customer = $1 ORDER BY {column} DESC LIMIT 50", customer
    )
    return [dict(row) for row in rows]


@mcp.tool()
async def revenue(ctx: Context, year: int) -> float:
    """Revenue of a year."""
    pool = ctx.request_context.lifespan_context["pool"]
    return await pool.fetchval("SELECT sum(total) FROM orders WHERE extract(year FROM created_at) = $1", year)


if __name__ == "__main__":
    mcp.run()
