import os
from pathlib import Path

import paramiko
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("ssh-hosts")
HOSTS = [name for name in os.environ.get("SSH_HOSTS", "").split(",") if name]
KEY = Path(os.environ.get("SSH_KEY_FILE", "~/.ssh/id_ed25519")).expanduser()


def connect(host: str) -> paramiko.SSHClient:
    if host not in HOSTS:
        raise ValueError(f"{host} is not in SSH_HOSTS")
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(host, key_filename=str(KEY), timeout=10)
    return client


@mcp.tool()
def run_remote(host: str, command: str) -> str:
    """Run a shell command on one of the configured hosts over SSH."""
    with connect(host) as client:
        _, output, errors = client.exec_command(command, timeout=60)
        return output.read().decode() + errors.read().decode()


@mcp.tool()
def hosts() -> list[str]:
    """Configured hosts."""
    return HOSTS


if __name__ == "__main__":
    mcp.run()
