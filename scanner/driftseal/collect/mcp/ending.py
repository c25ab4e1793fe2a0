"""The end of a started server: asked first, told then, made at last, with everything that it started."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

from driftseal.collect.mcp import family

_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.05


async def end(process: Process, home: Path, seconds: float) -> bool:
    """Close its input, then SIGTERM, then SIGKILL to its group, each after up to ``seconds``.

    Returns whether processes lived on that nobody had asked to end, or that had left the group.
    """
    group = process.pid
    tree = set(family.descendants(group))
    if process.stdin is not None:
        process.stdin.close()
    by_itself = await gone(process, seconds / 2)
    for forced in (False, True):
        if process.returncode is None:
            tree |= set(family.descendants(group))
            family.end(group, forced=forced)
            await gone(process, seconds)
    left = await _left(group, home, tree, seconds / 2)
    escaped = any(pid != group and family.group_of(pid) != group for pid in left)
    family.end(group, forced=True)
    family.kill(left)
    # Once more, for what was started while we looked.
    family.kill(family.members(group, home, tree))
    return escaped or (by_itself and bool(left))


async def gone(process: Process, seconds: float) -> bool:
    """Whether the process itself has ended, within this time."""
    # Not process.wait(): that one also waits for pipes, which a child may hold open.
    for pause in _pauses(seconds):
        if process.returncode is not None:
            return True
        await asyncio.sleep(pause)
    return process.returncode is not None


async def shielded(work: Coroutine[Any, Any, None]) -> None:
    """Do this to its end even when cancelled meanwhile: an interrupted scan leaves no half-ended server behind."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cause:
            cancelled = cause
    if cancelled is not None:
        raise cancelled


async def _left(group: int, home: Path, tree: set[int], seconds: float) -> list[int]:
    """Members of the family that live on, after a moment in which they may still end."""
    for pause in _pauses(seconds):
        left = family.members(group, home, tree)
        if not left:
            return []
        await asyncio.sleep(pause)
    return family.members(group, home, tree)


def _pauses(seconds: float) -> Iterator[float]:
    """Pauses that add up to this time, short ones first: most processes end at once."""
    pause, left = _FIRST_PAUSE, seconds
    while left > 0:
        yield min(pause, left)
        left -= pause
        pause = min(2 * pause, _LONGEST_PAUSE)
