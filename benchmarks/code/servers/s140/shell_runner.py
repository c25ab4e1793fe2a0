"""Runs shell commands. Everything that the user may do, the agent may do."""

import asyncio

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

mcp = FastMCP("shell-runner", instructions="Executes arbitrary shell commands on the user's machine.")


@mcp.tool(annotations=ToolAnnotations(destructiveHint=True, openWorldHint=True))
async def run_command(command: str, timeout: float = 60) -> str:
    """Execute a shell command on this machine and return what it prints."""
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        return "timed out"
    return output.decode(errors="replace")


if __name__ == "__main__":
    mcp.run()
