"""Steps that values take: one that is made once more is what it would be if it were told anew."""

from __future__ import annotations

import pytest

from driftseal.observe.taint.labels import Node


def _told(step: Node) -> tuple[object, ...]:
    return step.size, step.parent, step.path, step.line, step.what, step.normal, step.pure, step.real


@pytest.mark.parametrize("normal", [True, False])
@pytest.mark.parametrize("real", [True, False])
def test_a_step_after_another_one_is_told_as_if_made_there(*, normal: bool, real: bool) -> None:
    step = Node(None, "a.py", 3, "passed through strip()", pure=True, normal=normal)
    before = Node(None, "b.py", 1, "joined to a path", real=real)

    made = step.after(before)

    assert _told(made) == _told(Node(before, "a.py", 3, "passed through strip()", pure=True, normal=normal))
    assert made.real is real
    assert made.normal is normal


def test_the_first_step_made_once_more_has_none_before_it() -> None:
    step = Node(None, "a.py", 3, "put into a string", real=True)

    assert _told(step.after(None)) == _told(step)
    assert step.after(None) is not step


def test_of_a_long_way_the_same_steps_are_kept() -> None:
    step = Node(None, "a.py", 3, "put into a string")
    one: Node | None = None
    other: Node | None = None
    for _ in range(60):
        one = step.after(one)
        other = Node(other, "a.py", 3, "put into a string")

    assert one is not None
    assert other is not None
    assert one.size == other.size
