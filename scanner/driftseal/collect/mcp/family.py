"""Every process that a started server leaves behind, and its end.

A process group dies at one word. What leaves the group (``setsid``) is found on Linux by its parent: with
``PR_SET_CHILD_SUBREAPER`` (prctl(2)) an orphan becomes our own child, so the tree below the server and the
strangers among our children are all there is. On macOS only the group is found, on Windows the tree.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SET_SUBREAPER: Final = 36
_GET_SUBREAPER: Final = 37
_PROC: Final = Path("/proc")


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """While inside, orphaned descendants become our children instead of getting out of sight (Linux)."""
    if sys.platform != "linux":
        yield
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    before = ctypes.c_int(0)
    libc.prctl(_GET_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(_SET_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        kill_strangers()
        libc.prctl(_SET_SUBREAPER, before.value, 0, 0, 0)


def kill_strangers() -> None:
    """Kill orphans that came to us and hid whose they are: children of ours in a session that is not ours.

    What other parts of this program start stays in our session.
    """
    if sys.platform == "win32":
        return
    session = os.getsid(0)
    for pid in _children(os.getpid()):
        status = _status(pid)
        if status and int(status[3]) != session:
            kill([*descendants(pid), pid])


def descendants(pid: int) -> list[int]:
    """Process ids below this one, nearest first; empty where they cannot be told."""
    found: list[int] = []
    frontier = [pid]
    while frontier:
        frontier = [child for parent in frontier for child in _children(parent) if child not in found]
        found.extend(frontier)
    return found


def members(group: int, home: Path, tree: set[int]) -> list[int]:
    """Living processes of a server whose own process has ended: of its group, its former tree, or with its home.

    Only our own children, and those below them, can be orphans of it, so few files are read.
    """
    if sys.platform != "linux":
        return [group] if sys.platform != "win32" and _group_lives(group) else []
    adopted = [pid for pid in _children(os.getpid()) if pid != group]
    ours = [pid for pid in adopted if pid in tree or group_of(pid) == group or _has_home(pid, home)]
    below = [pid for known in ours for pid in descendants(known)]
    return [pid for pid in dict.fromkeys((*ours, *below)) if _lives(pid, adopted=pid in ours)]


def end(group: int, *, forced: bool) -> None:
    """Tell a whole process group to end, or make it."""
    if sys.platform == "win32":
        _end_tree(group)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL if forced else signal.SIGTERM)


def kill(pids: list[int]) -> None:
    """Kill each of these; those that were adopted are reaped."""
    for pid in pids:
        _signal(pid)
    for pid in pids:
        _reap(pid)


def _end_tree(pid: int) -> None:
    # taskkill is the system's own way to end a tree; its output is of no use.
    tool = str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe")
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run([tool, "/T", "/F", "/PID", str(pid)], capture_output=True, check=False, timeout=5)  # noqa: S603 - a fixed system tool and a number


def _signal(pid: int) -> None:
    if sys.platform != "win32" and pid > 1 and pid != os.getpid():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _reap(pid: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for thread in (_PROC / str(pid) / "task").iterdir():
            found.extend(map(int, (thread / "children").read_bytes().split()))
    return found


def _status(pid: int) -> list[bytes]:
    """Fields of ``/proc/PID/stat`` after the name: state, parent, group, session."""
    try:
        return (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []


def group_of(pid: int) -> int:
    """The process group, or 0 where it cannot be told."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            return os.getpgid(pid)
    return 0


def _group_lives(group: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _lives(pid: int, *, adopted: bool) -> bool:
    if adopted:
        _reap(pid)
    status = _status(pid)
    return bool(status) and status[0] not in {b"Z", b"X"}


def _has_home(pid: int, home: Path) -> bool:
    try:
        return b"HOME=" + os.fsencode(home) in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
