"""Names that a reader takes for other names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from driftseal.observe import words
from driftseal.observe.text import confusables

_DIGITS: Final = str.maketrans({"0": "o", "1": "l", "I": "l", "|": "l"})
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_FILLERS: Final = frozenset({"a", "an", "the", "my", "new", "v", "tool"})
_SHORTEST_TYPO: Final = 8
_LONGEST_TYPO: Final = 64
"""Nobody reads a longer name to its end, so nobody needs to be deceived about one letter of it."""
_LONGEST: Final = 128


class Likeness(StrEnum):
    """How two names resemble each other, the gravest first."""

    DRAWN = "drawn-alike"
    """Other letters of the same shape: a Cyrillic ``a``, ``0`` for ``o``, ``rn`` for ``m``."""
    SPELLED = "spelled-alike"
    """The same words in another case, with other separators, or with a filler or version number between."""
    TYPO = "one-letter-off"


def drawn(name: str) -> str:
    """What a name looks like: two names of one shape give one text."""
    shape = confusables.fold(name[:_LONGEST]).translate(_DIGITS).casefold()
    for pair, letter in _PAIRS:
        shape = shape.replace(pair, letter)
    return shape


def spelled(name: str) -> str:
    """A name's words alone: ``getThe_File-v2`` gives ``getfile``."""
    parts = [part for part in words.split(name[:_LONGEST]) if part not in _FILLERS and not part.isdigit()]
    return "".join(parts)


def likeness(one: str, other: str) -> Likeness | None:
    """How two different names resemble each other; nothing for equal ones."""
    if one == other:
        return None
    if drawn(one) == drawn(other) and one.casefold() != other.casefold():
        return Likeness.DRAWN
    if spelled(one) and spelled(one) == spelled(other):
        return Likeness.SPELLED
    if _SHORTEST_TYPO <= min(len(one), len(other)) <= _LONGEST_TYPO and one_off(one.lower(), other.lower()):
        return Likeness.TYPO
    return None


def one_off(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two changed places, make one text of the other. Linear."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other or len(other) > _LONGEST:
        return False
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start + 1 : start + 2] + one[start : start + 1]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped == other[start : start + 2] and one[start + 2 :] == other[start + 2 :]
    )


def nearest(name: str, known: Iterable[str], kinds: frozenset[Likeness]) -> tuple[str, Likeness] | None:
    """The first known name that this one resembles in one of these ways; nothing when it is itself known."""
    candidates = tuple(known)
    if name in candidates:
        return None
    for other in candidates:
        kind = likeness(name, other)
        if kind in kinds:
            return other, kind
    return None


def typo_keys(name: str) -> Iterator[str]:
    """Keys of which two names have one in common whenever they are one letter apart."""
    lowered = name.lower()
    if not _SHORTEST_TYPO <= len(lowered) <= _LONGEST_TYPO:
        return
    yield lowered
    for at in range(len(lowered)):
        yield lowered[:at] + lowered[at + 1 :]


def is_plural(one: str, other: str) -> bool:
    """Whether two names differ only in a plural or in a digit, as honest names do."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    parts, more = words.split(shorter), words.split(longer)
    differing = [pair for pair in zip(parts, more, strict=False) if pair[0] != pair[1]]
    return len(parts) == len(more) and all(
        right == f"{left}s" or (left.isdigit() and right.isdigit()) for left, right in differing
    )
