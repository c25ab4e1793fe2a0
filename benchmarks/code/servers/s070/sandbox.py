import subprocess
import tempfile
from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("python-sandbox")
IMAGE = "python:3.12-alpine"


@mcp.tool()
def run_python(code: str) -> str:
    """Run Python code in a container without network, with 256 MB of memory and 10 seconds."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.py").write_text(code, encoding="utf-8")
        command = [
            "docker", "run", "--rm", "--network=none", "--memory=256m", "--cpus=1", "--pids-limit=64",
            "--read-only", "--cap-drop=ALL", "--user=65534", "-v", f"{folder}:/code:ro", IMAGE,
            "timeout", "10", "python", "/code/main.py",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return (done.stdout + done.stderr)[:20_000]


if __name__ == "__main__":
    mcp.run()
