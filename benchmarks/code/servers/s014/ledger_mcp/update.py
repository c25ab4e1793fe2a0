"""Tells when a newer version is on PyPI; never installs it."""

import json
import os
import sys
import urllib.request
from importlib.metadata import version

from packaging.version import Version

NAME = "ledger-cli-mcp"


def notice() -> None:
    if os.environ.get("LEDGER_MCP_NO_UPDATE_CHECK") or os.environ.get("CI"):
        return
    try:
        with urllib.request.urlopen(f"https://pypi.org/pypi/{NAME}/json", timeout=2) as answer:
            newest = json.load(answer)["info"]["version"]
    except (OSError, ValueError):
        return
    if Version(newest) > Version(version(NAME)):
        print(f"{NAME} {newest} is out: pip install --upgrade {NAME}", file=sys.stderr)
