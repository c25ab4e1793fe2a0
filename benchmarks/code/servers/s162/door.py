import logging
from datetime import datetime, timezone

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("door-log")
logging.basicConfig(filename="visits.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("door")
present: dict[str, datetime] = {}


def one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")[:200]


@mcp.tool()
def arrive(visitor: str, host: str) -> str:
    """Record that a visitor came to see a host."""
    present[visitor] = datetime.now(timezone.utc)
    log.info("arrived: %s to see %s", visitor, host)
    return "welcome"


@mcp.tool()
def who_is_here() -> list[str]:
    """Visitors in the house."""
    return sorted(present)


if __name__ == "__main__":
    mcp.run()
