"""Computes something in a second process while this one goes on, where that is safe and there is a core for it.

The process is a fork, so that all that was read is there already; it answers in JSON or in bytes that whoever asks
knows to read, since nothing is ever unpickled.
Only Linux says for certain that no other thread runs, whose locks a fork would inherit; elsewhere nothing is begun, and
whoever asks computes for himself. What comes of it is the same either way.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from driftseal.model.item import Json

Work: TypeAlias = "Callable[[], Json | bytes]"

_TASKS: Final = Path("/proc/self/task")
_DESCRIPTORS: Final = 65_536
"""Open files that a process may have; those of this one are closed in the other."""
_STANDARD: Final = 3
"""Input, output and errors."""
_PIECE: Final = 64 * 1024


class Beside:
    """A computation that goes on in another process."""

    def __init__(self, process: int, answer: int) -> None:
        """``answer`` is the end of a pipe that is read."""
        self._process = process
        self._answer = answer

    def result(self, seconds: float) -> Json:
        """What came of it; None where nothing did within so many seconds."""
        data = self.data(seconds)
        try:
            found: Json = json.loads(data) if data else None
        except ValueError:  # it ended before it had said all
            return None
        return found

    def data(self, seconds: float) -> bytes | None:
        """Its answer as it came, which may have ended early; None where it has not ended within so many seconds."""
        until = time.monotonic() + seconds
        pieces: list[bytes] = []
        try:
            while select.select([self._answer], [], [], max(until - time.monotonic(), 0))[0]:
                pieces.append(os.read(self._answer, _PIECE))
                if not pieces[-1]:
                    return b"".join(pieces)
            return None
        finally:
            os.close(self._answer)
            # It has ended by now, unless it was too slow.
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def begin(work: Work) -> Beside | None:
    """Let another process compute something; None where there should not be one."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) == 1 or not _alone():
        return None
    answer, given = os.pipe()
    process = None
    if min(answer, given) >= _STANDARD:
        with suppress(OSError):  # no memory or no right for one more
            process = os.fork()
    if process == 0:
        _compute(work, given)
    os.close(given)
    if process is None:
        os.close(answer)
        return None
    return Beside(process, answer)


def _alone() -> bool:
    """Whether no other thread runs in this process, of Python or of a library."""
    try:
        return len([*_TASKS.iterdir()]) == 1
    except OSError:
        return False


def _compute(work: Work, given: int) -> None:
    """In the other process: compute, answer and end, whatever happens."""
    try:
        gc.disable()  # it would touch, and so copy, all that both processes share
        # Whoever waits for the end of what this process writes, or for that of a server's input, waits for no copy.
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(_STANDARD):
            os.dup2(nothing, number)
        os.closerange(_STANDARD, given)
        os.closerange(given + 1, _DESCRIPTORS)
        given_back = work()
        left = memoryview(given_back if isinstance(given_back, bytes) else json.dumps(given_back).encode())
        while left:
            left = left[os.write(given, left) :]
    finally:
        os._exit(0)
