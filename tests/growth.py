"""How time grows with the size of an input, on machines of any speed that do other things as well."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final

AGES: Final = 120.0
"""Seconds of computing that nothing takes which ends as it should, however slow the machine."""
_FACTOR: Final = 8
_MOST: Final = 28
"""Eight times the input takes eight times as long where time is linear, and 64 times where it is not."""
_TRIES: Final = 5
_ENOUGH: Final = 0.01
"""Seconds, which the coarsest of clocks tells from none."""
_CALLS: Final = 64
"""Of what takes less than that, measured together."""


def grows_linearly(run: Callable[[int], object], count: int) -> bool:
    """Whether ``run(8 * count)`` takes about eight times as long as ``run(count)``.

    The best of a few tries counts, since a busy machine makes each of them slower and none faster.
    """
    run(count)  # what is prepared but once is no part of either
    calls = 1
    while (small := _seconds(run, count, calls)) < _ENOUGH and calls < _CALLS:
        calls *= 2
    large = float("inf")
    for _ in range(_TRIES):
        small = min(small, _seconds(run, count, calls))
        large = min(large, _seconds(run, _FACTOR * count, calls))
        if large < _MOST * max(small, _ENOUGH / 2):
            return True
    return False


def fastest(run: Callable[[], object]) -> float:
    """Seconds of computing that the best of a few tries takes."""
    return min(_seconds(lambda _: run(), 0, 1) for _ in range(_TRIES))


def _seconds(run: Callable[[int], object], size: int, calls: int) -> float:
    """Of computing on this thread, without the collector, which goes through all that earlier tests have left."""
    collects = gc.isenabled()
    gc.disable()
    try:
        started = time.thread_time()
        for _ in range(calls):
            run(size)
        return time.thread_time() - started
    finally:
        if collects:
            gc.enable()
