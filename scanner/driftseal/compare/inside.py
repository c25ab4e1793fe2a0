"""What changed inside one item: every place as a JSON pointer, with its old and new text."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final

from driftseal import canonical
from driftseal.limits import Limits
from driftseal.model.drift import PathChange
from driftseal.model.item import Item, Json

_ABSENT: Final = object()
_SHORT: Final = 64


def paths(old: Item, new: Item, limits: Limits) -> tuple[PathChange, ...]:
    """The places where two items of one kind differ, in the order of their pointers.

    Only top-level fields whose digests differ are looked into. Whatever cannot be told place by place, for
    size or depth, is told as a whole: a change is never lost.
    """
    if not (isinstance(old.content, dict) and isinstance(new.content, dict)):
        return (PathChange("", _text(old.content), _text(new.content)),)
    fields = [key for key in {**old.content, **new.content} if old.fields.get(key) != new.fields.get(key)]
    found: list[PathChange] = []
    for field in sorted(fields):
        pointer = f"/{canonical.escape_pointer(field)}"
        before, after = old.content.get(field, _ABSENT), new.content.get(field, _ABSENT)
        told = _of_field(before, after, pointer, limits) if len(found) < limits.diff_paths else ()
        inside = sorted(told, key=lambda path: path.pointer)
        if not inside or len(found) + len(inside) > limits.diff_paths:
            inside = [_whole(pointer, before, after)]
        found += inside
    return tuple(found)


def _of_field(before: object, after: object, pointer: str, limits: Limits) -> Iterator[PathChange]:
    if before is _ABSENT or after is _ABSENT or not _same_container(before, after):
        yield _whole(pointer, before, after)
        return
    places = _places(before, after, limits)
    if places is None:
        yield _whole(pointer, before, after)
        return
    for steps in places:
        old_place, old = _follow(before, steps)
        new_place, new = _follow(after, steps)
        # Elements of lists may have moved: the place is told as it is now, or as it was for what is gone.
        place = old_place if new is _ABSENT else new_place
        yield PathChange(pointer + place, _told(old), _told(new))


def _same_container(before: object, after: object) -> bool:
    return (isinstance(before, dict) and isinstance(after, dict)) or (
        isinstance(before, list) and isinstance(after, list)
    )


def _whole(pointer: str, before: object, after: object) -> PathChange:
    return PathChange(pointer, _told(before), _told(after))


def _told(value: object) -> str | None:
    return None if value is _ABSENT else _text(value)  # type: ignore[arg-type]  # all else is JSON


def _text(value: Json) -> str:
    return canonical.compact(value)


# --- deepdiff --------------------------------------------------------------------------------

_Step = Hashable
"""A member's name, or ``_Entry`` for an element of a list."""


class _Entry(tuple[str, int]):
    """An element of a list by what it is, not by where it stands: its name or digest, and its count among equals."""

    __slots__ = ()


def _places(before: object, after: object, limits: Limits) -> list[tuple[_Step, ...]] | None:
    """Steps to every place that differs; ``None`` where that cannot be told within the limits."""
    from deepdiff import DeepDiff

    budget = _Budget(limits.diff_nodes)
    try:
        found = DeepDiff(
            _skeleton(before, budget),
            _skeleton(after, budget),
            view="tree",
            # By default members whose names begin with two underscores are passed over,
            ignore_private_variables=False,
            # and objects that share few members are told as one change.
            threshold_to_diff_deeper=0,
            zip_ordered_iterables=True,
            max_passes=limits.diff_passes,
            max_diffs=limits.diff_nodes,
        )
        # Elements that only moved stand under the same key on both sides; nothing is found for them.
        return sorted(
            (tuple(level.path(output_format="list")) for levels in found.values() for level in levels),
            key=str,
        )
    except (_TooLarge, RecursionError):
        return None


class _TooLarge(Exception):  # never leaves this file
    """More values than may be compared one by one."""


class _Budget:
    """Counts values down."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes

    def spend(self) -> None:
        self.nodes -= 1
        if self.nodes < 0:
            raise _TooLarge


def _skeleton(value: object, budget: _Budget) -> object:
    """A value as deepdiff is given it: lists of objects keyed by entry, lists of scalars and long texts as digests.

    deepdiff compares texts of several lines by a quadratic method, and lists by position.
    """
    budget.spend()
    if isinstance(value, dict):
        return {key: _skeleton(child, budget) for key, child in value.items()}
    if isinstance(value, list):
        if not any(isinstance(child, dict | list) for child in value):
            return _digest(value)
        return {key: _skeleton(child, budget) for key, child in _entries(value)}
    if isinstance(value, str) and (len(value) > _SHORT or not value.isprintable()):
        return _digest(value)
    if isinstance(value, float) and value.is_integer():
        # RFC 8785 writes 1.0 as 1: no difference.
        return int(value)
    return value


def _digest(value: object) -> str:
    return hashlib.sha256(canonical.canonicalize(value)).hexdigest()  # type: ignore[arg-type]  # parsed JSON


def _entries(values: Sequence[object]) -> Iterator[tuple[_Entry, object]]:
    seen: Counter[str] = Counter()
    for value in values:
        name = value.get("name") if isinstance(value, Mapping) else None
        # An element without a name is the same one as long as its place among the nameless is the same.
        label = f"name {name}" if isinstance(name, str) else "#"
        seen[label] += 1
        yield _Entry((label, seen[label])), value


def _follow(value: object, steps: Sequence[_Step]) -> tuple[str, object]:
    """The JSON pointer of these steps in a value, and what stands there."""
    pointer = ""
    for step in steps:
        if isinstance(step, _Entry) and isinstance(value, list):
            index, value = next(
                ((at, child) for at, (entry, child) in enumerate(_entries(value)) if entry == step), (0, _ABSENT)
            )
            pointer += f"/{index}"
        else:
            value = value.get(str(step), _ABSENT) if isinstance(value, dict) else _ABSENT
            pointer += f"/{canonical.escape_pointer(str(step))}"
    return pointer, value
