"""The outside programs that some tests need: real MCP servers of both SDKs and independent verifiers.

``python tests/tools.py FOLDER`` installs them by name; ``DRIFTSEAL_TEST_TOOLS=FOLDER`` lets the tests use them.
With ``DRIFTSEAL_TEST_INSTALL=1`` the tests install them themselves. Standard library only: a bare Python runs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NPM = (
    "@modelcontextprotocol/server-everything@2026.8.31",
    "@modelcontextprotocol/server-filesystem@2026.8.31",
    "@modelcontextprotocol/server-memory@2026.8.31",
    "sigstore",
    "ajv@8.20.0",
    "ajv-formats@3.0.1",
    "ajv-formats-draft2019@1.6.1",
)
VENVS = {
    "mcp1": ("mcp==1.30.0",),
    "mcp2": ("mcp==2.3.0",),
    "hub": ("huggingface_hub==2.4.0",),
    # It imports pyOpenSSL and does not say so.
    "oms": ("model-signing==1.1.1", "pyOpenSSL"),
    "spdx": ("spdx3-validate==0.0.7", "spdx-python-model==0.0.6"),
    # Client and server without the libraries for charts and learning, which weigh more than all the rest.
    "mlflow": (
        *("mlflow-skinny==3.17.2", "aiohttp", "alembic", "cryptography", "flask", "flask-cors", "graphene"),
        *("gunicorn", "huey", "pandas", "sqlalchemy"),
    ),
}
TRIES = 3
"""How often an installer is begun: what it downloads comes from afar, and is not there every time."""
PAUSE = 5.0
"""Seconds before the second time; twice as long before the third."""
COMPLETE = ".complete"
WANTED = f"{NPM} {VENVS}\n"
"""What a complete folder holds, so that one of another version of this file is made anew."""


def prepare(folder: Path) -> Path:
    """Install what is not there yet; the folder.

    Raises:
        subprocess.CalledProcessError: npm or pip cannot install something.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if _is_complete(folder):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *NPM], folder)
    for name, requirements in VENVS.items():
        run([sys.executable, "-m", "venv", "--clear", str(folder / name)], folder)
        run([str(python(folder, name)), "-m", "pip", "install", "--quiet", *requirements], folder)
    (folder / COMPLETE).write_text(WANTED, encoding="utf-8")
    return folder


def _is_complete(folder: Path) -> bool:
    path = folder / COMPLETE
    return path.is_file() and path.read_text(encoding="utf-8") == WANTED


def python(folder: Path, name: str) -> Path:
    """The interpreter of one of the environments."""
    return folder / name / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def script(folder: Path, package: str) -> Path:
    """The program of an npm server."""
    return folder / "node_modules" / package / "dist" / "index.js"


def find() -> tuple[Path | None, str]:
    """The folder with the tools, or why there is none."""
    given = os.environ.get("DRIFTSEAL_TEST_TOOLS")
    if given:
        return Path(given), ""
    if os.environ.get("DRIFTSEAL_TEST_INSTALL") != "1":
        return None, "real servers: set DRIFTSEAL_TEST_TOOLS, or DRIFTSEAL_TEST_INSTALL=1 to install them"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "driftseal-test-tools"
    try:
        return prepare_once(cache), ""
    except (OSError, subprocess.CalledProcessError) as cause:
        return None, f"real servers cannot be installed: {cause}"


def prepare_once(cache: Path) -> Path:
    """``prepare`` into a folder of its own and moved into place, since test workers run side by side."""
    if not _is_complete(cache):
        cache.parent.mkdir(parents=True, exist_ok=True)
        lock = cache.with_suffix(".lock")
        with lock.open("w") as held:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(held, fcntl.LOCK_EX)
            prepare(cache)
    return cache


def run(command: list[str], folder: Path) -> None:
    """Run an installer quietly, and again where it fails."""
    for tried in range(1, TRIES + 1):
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False)
            if not done.returncode:
                return
            output.seek(0)
            sys.stderr.write(output.read().decode("utf-8", "replace")[-2000:])
        if tried < TRIES:
            time.sleep(PAUSE * tried)
    raise subprocess.CalledProcessError(done.returncode, command)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
