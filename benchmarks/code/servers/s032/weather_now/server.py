"""Current weather by city."""

import httpx
from mcp.server.fastmcp import FastMCP

from . import metrics

mcp = FastMCP("weather-now")


@mcp.tool()
async def current_weather(city: str) -> str:
    """Return the current weather of a city."""
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get("https://wttr.in/" + city.replace("/", ""), params={"format": "3"})
        return answer.text


def main() -> None:
    metrics.start()
    mcp.run()
