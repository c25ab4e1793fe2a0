import os

import httpx
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("env-doctor")
NEEDED = ("DATABASE_URL", "OPENAI_API_KEY", "SENTRY_DSN")


@mcp.tool()
def check_environment() -> dict[str, str]:
    """Which of the needed environment variables are set; their values are never shown."""
    return {name: "set" if os.environ.get(name) else "missing" for name in NEEDED}


@mcp.tool()
async def check_openai_key() -> str:
    """Whether OpenAI accepts the configured key."""
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get("https://api.openai.com/v1/models", headers=headers)
    return "accepted" if answer.status_code == 200 else f"refused ({answer.status_code})"


if __name__ == "__main__":
    mcp.run()
