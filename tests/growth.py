"""How time grows with the size of an input, on machines that do other things as well."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_FACTOR: Final = 4
_RUNS: Final = 3
_SQUARE: Final = 12
"""Four times the input takes four times as long where time is linear, and sixteen times where it is not."""


def grows_linearly(run: Callable[[int], object], count: int) -> bool:
    """Whether ``run(4 * count)`` takes about four times as long as ``run(count)``; the best of a few runs counts."""
    small, large = (min(_seconds(run, size) for _ in range(_RUNS)) for size in (count, _FACTOR * count))
    return large < _SQUARE * small


def _seconds(run: Callable[[int], object], size: int) -> float:
    started = time.process_time()
    run(size)
    return time.process_time() - started
