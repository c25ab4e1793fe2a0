"""One server from both sides, and the words of its source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from driftseal.limits import Limits
from driftseal.model.item import Item
from driftseal.model.rule import Confidence
from driftseal.observe import pairs
from driftseal.regexes import regex

if TYPE_CHECKING:
    from driftseal.observe.pairs import Pair

_ESCAPE: Final = regex(r"\\(?:[nrt]|u\{?[0-9a-fA-F]{1,6}\}?|x[0-9a-fA-F]{2})")
_WORD: Final = regex(r"\w+")
_MOST: Final = 0.8
"""Share of the listed tools that the source must declare before what it lacks says something."""


class Difference(NamedTuple):
    """One thing on which the sides do not agree."""

    item: str
    """Key of the tool; one that is declared where it is about several."""
    pointer: str
    old: str
    """What the source says."""
    new: str
    """What the running server says."""
    why: str
    confidence: Confidence | None = None


class Both:
    """See the module."""

    def __init__(self, pair: Pair, limits: Limits) -> None:
        self.live = pair.live
        self.static = pair.static
        self.program = pair.program
        self.listed = pairs.tools(pair.live)
        self.declared = pairs.tools(pair.static)
        self._left = limits.source_lookups

    @property
    def shared(self) -> list[tuple[Item, Item]]:
        """Tools that both sides know: as declared, as listed."""
        return [(self.declared[key], item) for key, item in self.listed.items() if key in self.declared]

    @cached_property
    def is_whole(self) -> bool:
        """Whether the source tells of all tools, as far as anybody can say."""
        known = len(self.listed.keys() & self.declared.keys())
        made = self.program.found.dynamic or self.program.unread
        return not made and known >= _MOST * len(self.listed)

    @property
    def is_spent(self) -> bool:
        """Whether so much was looked for that nothing more is; what was not looked for may be there."""
        return self._left <= 0

    @cached_property
    def _words(self) -> str:
        """All words of the source, so that a text is found however it is quoted, wrapped and put together."""
        texts = (data.decode("utf-8", "replace") for data in self.program.sources.values())
        return f" {' '.join(word for text in texts for word in words(text))} "

    def holds(self, text: str) -> bool:
        """Whether the source holds these words one after the other; not where no more is looked for."""
        return self._has(words(text))

    def gap(self, text: str) -> str:
        """What stands between the longest beginning and the longest end of a text that the source holds."""
        said = words(text)
        start = _longest(len(said), lambda many: self._has(said[:many]))
        end = _longest(len(said) - start, lambda many: self._has(said[len(said) - many :]))
        return " ".join(said[start : len(said) - end])

    def _has(self, said: Sequence[str]) -> bool:
        self._left -= len(self._words) if said and not self.is_spent else 0
        return not said or (not self.is_spent and f" {' '.join(said)} " in self._words)


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """The greatest number up to ``most`` for which something holds, given that it then holds for all below."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def words(text: str) -> list[str]:
    """Words in lower case; escapes of strings end them."""
    return _WORD.findall(_ESCAPE.sub(" ", text).lower())
