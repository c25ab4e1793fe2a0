import subprocess
from enum import StrEnum

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("compose-deploy")


class Service(StrEnum):
    WEB = "web"
    WORKER = "worker"
    CACHE = "cache"


def compose(*words: str) -> str:
    done = subprocess.run(["docker", "compose", *words], capture_output=True, text=True, timeout=600, check=False)
    return done.stdout + done.stderr


@mcp.tool()
def deploy(service: Service) -> str:
    """Pull the newest image of a service and start it."""
    return compose("pull", service.value) + compose("up", "-d", service.value)


@mcp.tool()
def logs(service: Service, lines: int = 100) -> str:
    """The last lines that a service logged."""
    return compose("logs", "--tail", str(int(lines)), service.value)


if __name__ == "__main__":
    mcp.run()
