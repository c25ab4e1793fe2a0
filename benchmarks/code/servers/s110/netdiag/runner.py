"""Runs diagnostic commands and limits what they print."""

import re
import subprocess

HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
LONGEST = 20_000


def capture(command: list[str], target: str | None = None) -> str:
    line = " ".join(command)
    if target is not None:
        line = f"{line} {target}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)
    return (done.stdout or done.stderr)[:LONGEST]
