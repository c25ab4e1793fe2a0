"""Containers on the stack: a few of their items, how many there are, and how much they are when written out in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.formats._pickle_values import HEAVIEST, REMEMBERED, Call, Container, Value

_HEAVY: Final = frozenset({Container, Call})


def pair(first: Value, second: Value) -> Container:
    """A tuple of two; half of all containers are such."""
    if first.__class__ in _HEAVY or second.__class__ in _HEAVY:
        return container("tuple", [first, second])
    return Container("tuple", [first, second], 2, 3)


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
    more = len(items)
    target.count = count + more
    if target.count <= REMEMBERED:
        if count:
            target.items += items
        else:
            target.items = items
    elif count < REMEMBERED:
        target.items += items[: REMEMBERED - count]
    weight = target.weight + more
    # Most containers hold constants alone, which one look in C tells.
    if not _HEAVY.isdisjoint(map(type, items)):
        inner: list[Container] = []
        for item in items:
            kind = item.__class__
            if kind is Container:
                inner.append(item)  # type: ignore[arg-type]  # told by its class, which is quicker
                weight += item.weight - 1  # type: ignore[union-attr]
            elif kind is Call:
                weight += item.weight - 1  # type: ignore[union-attr]
        if inner:
            if target.inner is None:
                target.inner = []
            target.inner += inner
        weight = min(weight, HEAVIEST)
    target.weight = weight


def add(target: Container, item: Value) -> None:
    """Put one more into a container that was there before."""
    kind = item.__class__
    if kind is Call:
        extend(target, [item])
        return
    if kind is Container:
        target.weight = min(target.weight + item.weight, HEAVIEST)  # type: ignore[union-attr]
        if target.inner is None:
            target.inner = [item]  # type: ignore[list-item]
        else:
            target.inner.append(item)  # type: ignore[arg-type]
    else:
        target.weight += 1
    target.count += 1
    if target.count <= REMEMBERED:
        target.items.append(item)


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


def unfolded_at_most(written: int, fetched: Mapping[Container | Call, int]) -> int:
    """A bound of the same, told by what was fetched alone: whatever was not stands there once, as it was written."""
    done: dict[int, int] = {}
    for one in fetched:
        if isinstance(one, Container):
            _unfold(one, done)
    return written + sum(max(done.get(id(one), 1), one.weight) * times for one, times in fetched.items())


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
