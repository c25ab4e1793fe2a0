"""The sentences that only the new side of a change holds, and what is spoken of in them.

A sentence counts as new when the old side has none like it. What it speaks of is told by groups of patterns
(``says`` in ``rules/lists/drift.yaml``); a rule names the groups that must meet in one sentence. A sentence that was
merely reworded speaks of what it always spoke of, and is no reason for alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.limits import Limits
from driftseal.model.item import Item
from driftseal.observe import views, words
from driftseal.observe.text.patterns import Pattern

# After a full stop only before a blank, so that file names and hosts stay whole.
# and anywhere after its ideographic and full-width sisters.
_END: Final = re.compile("[.!?;]\\s+|\n\\s*\n|\n\\s*[-*#<]|[\u3002\uff01\uff1f\uff1b]")
_BLANKS: Final = re.compile(r"\s+")
_LONGEST: Final = 360
_STEP: Final = 240
"""A longer sentence is read in windows that overlap."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z][\w-]{11,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an item."""

    text: str
    pointer: str
    decoded: str = ""
    """How it was made readable, where it was not."""


class Spoken:
    """What one sentence speaks of; each group is looked for once, when first asked for."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self._found: dict[str, frozenset[str]] = {}

    def of(self, group: str) -> frozenset[str]:
        """The words that a group found, in lower case; empty where it is not spoken of."""
        known = self._found.get(group)
        if known is None:
            text = self.sentence.text
            known = self._found[group] = frozenset(
                text[start:end].lower() for pattern in _patterns(group) for start, end in pattern.spans(text)
            )
        return known

    def speaks_of(self, groups: Sequence[str]) -> bool:
        """Whether all of the groups meet in it."""
        return all(self.of(group) for group in groups)


@dataclass(frozen=True, slots=True)
class Fresh:
    """New sentences beside all the old ones."""

    new: tuple[Spoken, ...]
    old: tuple[Spoken, ...]

    def saying(self, groups: Sequence[str], without: Sequence[str]) -> Iterator[Sentence]:
        """New sentences in which the groups meet, unless an old one spoke of the same in the same company."""
        for spoken in self.new:
            if not spoken.speaks_of(groups) or any(spoken.of(group) for group in without):
                continue
            first = spoken.of(groups[0])
            if not any(first <= before.of(groups[0]) and before.speaks_of(groups) for before in self.old):
                yield spoken.sentence


def fresh(old: Item | None, new: Item | None, limits: Limits) -> Fresh:
    """The sentences that ``new`` holds and ``old`` does not, at most ``limits.sentences`` of each."""
    before = list(islice(_sentences(old, limits), limits.sentences)) if old else []
    known = {_plain(sentence.text) for sentence in before}
    after = islice(_sentences(new, limits), limits.sentences) if new else ()
    come = {_plain(sentence.text): sentence for sentence in after if _plain(sentence.text) not in known}
    return Fresh(tuple(map(Spoken, come.values())), tuple(map(Spoken, before)))


def split(text: str) -> Iterator[str]:
    """The sentences of a text, none longer than what one person says in one breath."""
    start = 0
    for end in (*(found.end() for found in _END.finditer(text)), len(text)):
        yield from _windows(text[start:end])
        start = end


def _windows(text: str) -> Iterator[str]:
    text = _BLANKS.sub(" ", text).strip()
    for start in range(0, max(1, len(text) - (_LONGEST - _STEP)), _STEP):
        part = text[start : start + _LONGEST]
        if part:
            yield part


def _sentences(item: Item, limits: Limits) -> Iterator[Sentence]:
    for view in views.of_item(item, limits):
        if view.joined:
            continue
        if view.is_key:
            # A long name is a sentence of its own: content_from_reading_ssh_id_rsa.
            if _IDENTIFIER.fullmatch(view.text):
                yield Sentence(f"{view.text} {' '.join(words.split(view.text))}", view.pointer, view.name)
            continue
        for text in split(view.text):
            yield Sentence(text, view.pointer, view.name)


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text).strip(" .!?;:-*#<").casefold()


@cache
def _patterns(group: str) -> tuple[Pattern, ...]:
    """Patterns of one group.

    Raises:
        RuleError: there is no such group, or a pattern is malformed.
    """
    given = rulebook.load_list("drift")
    says = given.get("says") if isinstance(given, Mapping) else None
    sources = says.get(group) if isinstance(says, Mapping) else None
    if not isinstance(sources, list) or not sources:
        raise RuleError(f"rules/lists/drift.yaml: says has no group {group!r}")
    return tuple(Pattern(f"(?i){source}", f"rules/lists/drift.yaml: {group}") for source in sources)


def check_groups(groups: Iterable[str]) -> None:
    """Make sure that each group exists.

    Raises:
        RuleError: one does not.
    """
    for group in groups:
        _patterns(group)
