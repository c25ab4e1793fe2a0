"""What two looks at one server were shown differently, place by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from driftseal import canonical
from driftseal.model.item import Item, Json


@dataclass(frozen=True, slots=True)
class Difference:
    """One place. Empty text means that nothing stands there."""

    item: str
    pointer: str
    old: str
    new: str


def differences(old: Iterable[Item], new: Iterable[Item]) -> Iterator[Difference]:
    """Where two surfaces differ, by item key; the order of items is no difference."""
    before, after = _by_key(old), _by_key(new)
    for key in sorted({*before, *after}):
        left, right = before.get(key, ()), after.get(key, ())
        if sorted(item.digest for item in left) == sorted(item.digest for item in right):
            continue
        for index in range(max(len(left), len(right))):
            a = left[index] if index < len(left) else None
            b = right[index] if index < len(right) else None
            if a is None or b is None:
                yield Difference(
                    key, "", canonical.compact(a.content) if a else "", canonical.compact(b.content) if b else ""
                )
            elif a.digest != b.digest:
                for pointer, was, is_now in _inside(a.content, b.content, ""):
                    yield Difference(key, pointer, was, is_now)


def _by_key(items: Iterable[Item]) -> Mapping[str, tuple[Item, ...]]:
    found: dict[str, tuple[Item, ...]] = {}
    for item in items:
        found[item.key] = (*found.get(item.key, ()), item)
    return found


def _inside(old: Json, new: Json, pointer: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            below = f"{pointer}/{canonical.escape_pointer(key)}"
            if key not in new:
                yield below, canonical.compact(old[key]), ""
            elif key not in old:
                yield below, "", canonical.compact(new[key])
            else:
                yield from _inside(old[key], new[key], below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (was, is_now) in enumerate(zip(old, new, strict=True)):
            yield from _inside(was, is_now, f"{pointer}/{index}")
    elif old != new or type(old) is not type(new):
        yield pointer, canonical.compact(old), canonical.compact(new)
