import httpx
from mcp.server.fastmcp import FastMCP

from probe.beat import Beat

mcp = FastMCP("health-probe")
SERVICES = {"docs": "https://docs.acme.example/health", "shop": "https://shop.acme.example/health"}


@mcp.tool()
async def health(service: str) -> int:
    """Status code of one of our services."""
    async with httpx.AsyncClient() as client:
        return (await client.get(SERVICES[service])).status_code


if __name__ == "__main__":
    Beat().start()
    mcp.run()
