"""How tests tell time that grows with the square, by a clock that shows nothing but the work."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable

import pytest

from growth import fastest, grows_linearly


class Machine:
    """It takes so long for an input of a size, and as much longer as it is busy at that time."""

    def __init__(self, patch: pytest.MonkeyPatch, takes: Callable[[int], float], *busy: float) -> None:
        self.now = 0.0
        self.takes = takes
        self.busy = itertools.cycle(busy or (1.0,))
        patch.setattr(time, "thread_time", lambda: self.now)

    def run(self, size: int) -> None:
        self.now += self.takes(size) * next(self.busy)


@pytest.mark.parametrize("second", [1e-7, 1e-5, 1e-3])
def test_lines_are_told_from_squares_on_machines_of_any_speed(monkeypatch: pytest.MonkeyPatch, second: float) -> None:
    assert grows_linearly(Machine(monkeypatch, lambda size: second * size).run, 1000)
    assert grows_linearly(Machine(monkeypatch, lambda size: second * size * math.log(size)).run, 1000)
    assert not grows_linearly(Machine(monkeypatch, lambda size: second * size**2).run, 1000)


def test_a_machine_that_is_busy_now_and_then_makes_no_square(monkeypatch: pytest.MonkeyPatch) -> None:
    assert grows_linearly(Machine(monkeypatch, lambda size: 1e-4 * size, 1.0, 1.0, 1.0, 20.0).run, 1000)


def test_the_best_of_a_few_tries_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, lambda _: 1.0, 9.0, 2.0, 7.0)
    assert math.isclose(fastest(lambda: machine.run(0)), 2.0)
