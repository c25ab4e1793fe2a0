"""All that drift rules may ask about one difference, each part computed when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from driftseal.compare import addresses, edits, sentences
from driftseal.compare.diff import ItemDiff
from driftseal.compare.facts import Fact, texts
from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.item import Item
from driftseal.model.observation import Basis, Label
from driftseal.model.rule import Rule
from driftseal.observe.text import hidden


class Evidence:
    """One difference with everything that is known of it."""

    def __init__(
        self,
        part: ItemDiff,
        *,
        introduced: Sequence[tuple[Rule, Match]],
        before: frozenset[tuple[Label, Basis]],
        after: frozenset[tuple[Label, Basis]],
        limits: Limits,
    ) -> None:
        self.part = part
        self.introduced = introduced
        self._before, self._after = before, after
        self._limits = limits

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What was done, place by place."""
        return edits.of_diff(self.part)

    @cached_property
    def fresh(self) -> sentences.Fresh:
        """New sentences."""
        return sentences.fresh(self.part.old, self.part.new, self._limits)

    @cached_property
    def gone(self) -> sentences.Fresh:
        """Sentences that only the old side had; none where a side is missing as a whole."""
        both = self.part.old is not None and self.part.new is not None
        return sentences.fresh(self.part.new, self.part.old if both else None, self._limits)

    @cached_property
    def gains(self) -> tuple[Label, ...]:
        """Capabilities that the old side had on no basis."""
        had = {label for label, _ in self._before}
        return tuple(sorted({label for label, _ in self._after} - had))

    @cached_property
    def moves(self) -> tuple[addresses.Move, ...]:
        """Addresses that are new."""
        new = self.part.new
        # A launch names hosts as its own facts tell, and versions that look like addresses.
        if new is None or new.kind in edits.CONFIGURED:
            return ()
        return tuple(addresses.moves(self.part.old, new))

    @cached_property
    def tricks(self) -> tuple[str, ...]:
        """Ways of hiding text that the new side uses more than the old one."""
        old, new = self._tricks(self.part.old), self._tricks(self.part.new)
        return tuple(sorted(trick for trick, count in new.items() if count > old.get(trick, 0)))

    @staticmethod
    def _tricks(item: Item | None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for _, text in texts(item.content) if item else ():
            for found in hidden.find(text):
                counts[found.trick] = counts.get(found.trick, 0) + found.count
        return counts

    @cached_property
    def scripts(self) -> tuple[str, ...]:
        """Writing systems that the new side has and the old one had not."""
        if self.part.old is None or self.part.new is None:
            return ()
        return tuple(sorted(_scripts(self.part.new) - _scripts(self.part.old)))

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """Characters of text on the old and the new side."""
        old, new = self.part.old, self.part.new
        return _size(old), _size(new)


def _size(item: Item | None) -> int:
    return sum(len(text) for _, text in texts(item.content)) if item else 0


_RANGES = (
    ("Cyrillic", "\u0400", "\u052f"),
    ("Hebrew", "\u0590", "\u05ff"),
    ("Arabic", "\u0600", "\u06ff"),
    ("Devanagari", "\u0900", "\u097f"),
    ("Thai", "\u0e00", "\u0e7f"),
    ("Japanese", "\u3040", "\u30ff"),
    ("Han", "\u4e00", "\u9fff"),
    ("Hangul", "\uac00", "\ud7af"),
)
_FEW = 6
"""Letters of another script from which on it is a text and no name."""


def _scripts(item: Item) -> frozenset[str]:
    foreign = [char for _, text in texts(item.content) if not text.isascii() for char in text if char > "\u03ff"]
    return frozenset(name for name, first, last in _RANGES if sum(first <= char <= last for char in foreign) >= _FEW)
