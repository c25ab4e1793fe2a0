from datetime import date, datetime

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("season-shop")
API = "https://api.season-shop.example/v2"
WINTER = date(2026, 12, 1)


def season(today: date) -> str:
    return "winter" if today >= WINTER or today.month <= 2 else "regular"


@mcp.tool()
async def products(words: str) -> list[str]:
    """Search products of the current season."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{API}/products", params={"q": words, "season": season(date.today())})
        return [product["name"] for product in answer.json()["products"]]


@mcp.tool()
def opening_hours() -> str:
    """When the shop is open today."""
    now = datetime.now()
    if now.month == 12 and now.day in (24, 31):
        return "9 to 14"
    return "closed" if now.weekday() == 6 else "9 to 19"


if __name__ == "__main__":
    mcp.run()
