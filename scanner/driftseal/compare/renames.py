"""Which removed and added items are one item under another name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from driftseal import canonical
from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind
from driftseal.narrow import object_or_empty, text_or_empty
from driftseal.observe import words

_ALIKE: Final = 0.6
"""Share of what two items say that must be common to both."""
_FEW_WORDS: Final = 4
"""Items that say less than this are alike by accident."""
_SINGLE: Final = frozenset({ItemKind.SERVER, ItemKind.LAUNCH})
"""Kinds of which a target has one: whatever its name, it is the same one."""
_PLACED: Final = frozenset({ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE})
"""Kinds that go by a place and have a name beside it: the same name elsewhere is the same one, moved."""
_NAMES: Final = frozenset({"name", "title", "uri", "uriTemplate"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What an item says, apart from its name."""

    item: Item
    digests: frozenset[str]
    words: frozenset[str]
    name: frozenset[str]


def pair(removed: Sequence[Item], added: Sequence[Item], limits: Limits) -> tuple[tuple[Item, Item], ...]:
    """Pairs of an old item and the new one that took its place, the likest first; never across kinds.

    At most ``limits.rename_pairs`` pairs are compared; what lies beyond stays removed and added.
    """
    scored = [
        (score, before.item.key, after.item.key, before.item, after.item)
        for before, after in _candidates(removed, added, limits)
        if (score := _likeness(before, after)) >= _ALIKE
    ]
    scored.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    taken: set[str] = set()
    pairs = []
    for _, old_key, new_key, before, after in scored:
        if f"- {old_key}" not in taken and f"+ {new_key}" not in taken:
            taken |= {f"- {old_key}", f"+ {new_key}"}
            pairs.append((before, after))
    return tuple(pairs)


def _candidates(removed: Iterable[Item], added: Iterable[Item], limits: Limits) -> Iterator[tuple[_Said, _Said]]:
    olds = [_said(item) for item in sorted(removed, key=lambda item: item.key)]
    news = [_said(item) for item in sorted(added, key=lambda item: item.key)]
    exact: dict[tuple[ItemKind, frozenset[str]], list[_Said]] = {}
    for after in news:
        exact.setdefault((after.item.kind, after.digests), []).append(after)
    # Those that differ in their names alone are found without comparing each with each.
    for before in olds:
        for after in exact.get((before.item.kind, before.digests), ())[:2]:
            yield before, after
    left = limits.rename_pairs
    for before in olds:
        for after in news:
            if before.item.kind is after.item.kind and before.digests != after.digests:
                left -= 1
                if left < 0:
                    return
                yield before, after


def _said(item: Item) -> _Said:
    content = item.content
    digests = frozenset(str(digest) for key, digest in item.fields.items() if key not in _NAMES)
    spoken: set[str] = set()
    if isinstance(content, dict):
        for pointer, text, _ in canonical.leaves(content):
            if pointer.lstrip("/") not in _NAMES:
                spoken.update(text[:2000].lower().split())
    return _Said(item, digests, frozenset(spoken), frozenset(words.split(item.name)))


def _likeness(before: _Said, after: _Said) -> float:
    """From 0 to 1. Equal apart from the name is 1 where there is anything to be equal in."""
    if before.item.kind in _SINGLE:
        return 1.0
    if before.item.kind in _PLACED and _title(before.item) and _title(before.item) == _title(after.item):
        return 1.0
    if len(before.words) < _FEW_WORDS or len(after.words) < _FEW_WORDS:
        return 1.0 if before.item.digest == after.item.digest else _overlap(before.name, after.name)
    said = _overlap(before.words, after.words)
    # A new name with a common word, or an equal field, supports what the texts say.
    return said + (1 - said) * 0.3 * max(_overlap(before.name, after.name), float(bool(before.digests & after.digests)))


def _title(item: Item) -> str:
    return text_or_empty(object_or_empty(item.content).get("name"))


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
