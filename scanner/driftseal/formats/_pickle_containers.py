"""Containers on the stack: a few of their items, how many there are, and how much they are when written out in full."""

from __future__ import annotations

from typing import Final

from driftseal.formats._pickle_values import HEAVIEST, REMEMBERED, Call, Container, Value

_HEAVY: Final = frozenset({Container, Call})


def container(kind: str, items: list[Value]) -> Container:
    """A container of these, its weight reckoned."""
    count = len(items)
    weight = 1 + count
    # Most containers hold constants alone, which one look in C tells.
    if not _HEAVY.isdisjoint(map(type, items)):
        for item in items:
            if item.__class__ in _HEAVY:
                weight += item.weight - 1  # type: ignore[union-attr]
        weight = min(weight, HEAVIEST)
    return Container(kind, items if count <= REMEMBERED else items[:REMEMBERED], count, weight)


def extend(target: Container, items: list[Value]) -> None:
    """Put more into a container that was there before."""
    count = target.count
    target.count = count + len(items)
    if target.count <= REMEMBERED:
        target.items += items
    elif count < REMEMBERED:
        target.items += items[: REMEMBERED - count]
    weight = target.weight + len(items)
    if not _HEAVY.isdisjoint(map(type, items)):
        for item in items:
            if item.__class__ in _HEAVY:
                weight += item.weight - 1  # type: ignore[union-attr]
        inner = [item for item in items if item.__class__ is Container]
        if inner:
            if target.inner is None:
                target.inner = []
            target.inner += inner
    target.weight = min(HEAVIEST, weight)


def weigh(target: Call, items: list[Value]) -> None:
    """Add the weight of what is put into an object."""
    target.weight = min(target.weight + sum(map(weight_of, items)), HEAVIEST)


def weight_of(value: Value) -> int:
    """Values in it when it is written out in full."""
    return value.weight if value.__class__ in _HEAVY else 1  # type: ignore[union-attr]


def unfolded(roots: list[Value]) -> int:
    """Values in the largest of these when it is written out in full, however late its parts were filled.

    A part that holds itself counts once.
    """
    done: dict[int, int] = {}
    for root in roots:
        if isinstance(root, Container):
            _unfold(root, done)
    largest = max(done.values(), default=0)
    return max([largest, *(root.weight for root in roots if isinstance(root, Container | Call))])


def _unfold(root: Container, done: dict[int, int]) -> None:
    stack = [(root, False)]
    while stack:
        current, ready = stack.pop()
        if not ready:
            if id(current) in done:
                continue
            done[id(current)] = 1
            stack.append((current, True))
            stack.extend((inner, False) for inner in _inner(current) if id(inner) not in done)
        else:
            done[id(current)] = min(current.count + sum(done.get(id(one), 1) for one in _inner(current)), HEAVIEST)


def _inner(current: Container) -> list[Container]:
    return current.inner or [one for one in current.items if isinstance(one, Container)]
