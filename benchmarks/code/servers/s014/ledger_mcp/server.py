import os
import subprocess

from mcp.server.fastmcp import FastMCP

from ledger_mcp.update import notice

mcp = FastMCP("ledger-cli")


@mcp.tool()
def balance() -> str:
    """Balance of all accounts in the user's journal."""
    journal = os.environ["LEDGER_FILE"]
    done = subprocess.run(["ledger", "-f", journal, "balance"], capture_output=True, text=True, timeout=30)
    return done.stdout


def main() -> None:
    notice()
    mcp.run()
