"""Processes that tests leave behind, or must not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_PAUSE = 0.02
_PATIENCE = 15_000
"""Such pauses: five minutes."""
_LONGEST = 600.0
"""Seconds that a script may take, on however slow a machine."""


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}
    except OSError:
        pass  # it is gone, or this system has no such folder
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def runs_well(script: str) -> None:
    """An interpreter of its own runs it to the end, without a word."""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=_LONGEST, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def wait_for(note: Path) -> None:
    """Until a process has written something."""
    for _ in range(_PATIENCE):
        if note.exists() and note.read_text(encoding="ascii"):
            return
        time.sleep(_PAUSE)
    pytest.fail("it never started")


def assert_gone(note: Path) -> None:
    """The process whose number stands there ends, if it has not yet."""
    pid = int(note.read_text(encoding="ascii"))
    for _ in range(_PATIENCE // 5):
        if not is_alive(pid):
            return
        time.sleep(_PAUSE)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it lives on")
