"""What each sentence of a server betrays: signals, words that fit nothing around them, names from elsewhere.

Poison that is polite has one thing left to give it away: it speaks of something that its tool is not about. So every
signal is told apart by whether the tool's own name and first sentence show it too, and every sentence by how many of
its words occur nowhere else in the tool or in its siblings' names.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from driftseal import rulebook
from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind
from driftseal.observe import passages, signals
from driftseal.observe.passages import Passage, Place
from driftseal.observe.text import tokens
from driftseal.observe.views import View
from driftseal.records import dataclass

_IDENTIFIER: Final = re.compile(
    r"\b[A-Za-z]{1,60}(?:_[A-Za-z0-9]{1,60})+\b|\b[a-z]{1,60}(?:[A-Z][a-z0-9]{1,60})+\b|`[\w.-]{3,60}`"
)
_REMEMBERED: Final = 1 << 13
"""Sentences of which it is remembered what they show: servers document the same parameter for many tools."""
_SHORTEST: Final = 3
_FEWEST_STEMS: Final = 4
"""With fewer words, how many of them are new says nothing."""


class Trace(NamedTuple):
    """One passage, and what it shows."""

    passage: Passage
    place: Place
    words: tuple[str, ...]
    subject: tuple[str, ...]
    """Words of the parameter's name."""
    signals: frozenset[int]
    """Indices into ``signals.known()``."""
    own: frozenset[int]
    """Those that the item's own name and first sentence show as well: its business, not a digression."""
    novelty: float | None
    """Share of its content words that occur nowhere else in the item or its siblings' names, 0 to 1; None where too
    short to tell."""
    foreign: tuple[str, ...]
    """Identifiers that are neither parameters nor tools of this server."""
    siblings: tuple[str, ...]
    """Other tools of this server that it names."""
    leads: bool
    """The first sentence of the description, which says what the item is."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The tools beside which an item stands."""

    names: frozenset[str]
    stems: Counter[str]
    """How many tools' names hold a stem."""

    @classmethod
    def of(cls, items: Sequence[Item]) -> Surroundings:
        """Of all items of one server."""
        names = [item.name for item in items if item.kind is ItemKind.TOOL]
        return cls(frozenset(names), Counter(stem for name in names for stem in _stems(tokens.words(name))))


def of_item(
    item: Item, views: Sequence[View], around: Surroundings, limits: Limits, *, odd: bool = False
) -> Iterator[Trace]:
    """Every passage of an item with what it shows, in the order of the views.

    With ``odd`` only those that show a signal which is not the item's own business.
    """
    found = tuple(passages.of_views(item, views, limits))
    name = item.name if item.kind in {ItemKind.TOOL, ItemKind.PROMPT} else ""
    yield from _of(found, name, around, odd=odd)


def of_tools(view: View, around: Surroundings, limits: Limits, *, odd: bool = False) -> Iterator[Trace]:
    """The sentences that the description of one tool begins and that of the next goes on with, with what they show.

    ``view`` is that of `views.of_tools`.
    """
    found = tuple(itertools.islice(passages.across(ItemKind.TOOL, view, limits), limits.passages))
    yield from _of(found, "", around, odd=odd)


def _of(found: Sequence[Passage], name: str, around: Surroundings, *, odd: bool) -> Iterator[Trace]:
    if not found:
        return
    lead = next(
        (one for one in found if one.place in _LEADING and not one.view.decodings and not one.view.joined), None
    )
    name_words = tokens.words(name)
    by_name = signals.of_text(" ".join(name_words))
    by_purpose = signals.of_text(f"{' '.join(name_words)}. {lead.text if lead else ''}")
    shown = [_shown(one.text, one.subject, one.place is Place.NAME) for one in found]
    read = [_read(one.text) for one in found]
    # A sentence over two fields says their words once more.
    once = [each.stems for one, each in zip(found, read, strict=True) if not one.view.joined]
    counted = Counter(itertools.chain.from_iterable(once))
    own_stems = _stems(name_words)
    parameters = frozenset(one.subject for one in found if one.subject)
    for one, (subject, numbers), (text_words, stems, mentioned) in zip(found, shown, read, strict=True):
        own = numbers & (by_name if one is lead else by_purpose)
        if odd and numbers == own:
            continue
        new = [
            stem
            for stem in stems
            if counted[stem] <= 1 and stem not in own_stems and around.stems[stem] <= (stem in own_stems)
        ]
        yield Trace(
            one,
            one.place,
            text_words,
            subject,
            numbers,
            own,
            len(new) / len(stems) if one is not lead and len(stems) >= _FEWEST_STEMS else None,
            tuple([word for word in mentioned if _is_foreign(word, name, parameters, around)]),
            tuple([word for word in mentioned if word in around.names and word != name]),
            one is lead,
        )


_LEADING: Final = frozenset({Place.DESCRIPTION, Place.PROMPT})


def _is_foreign(word: str, name: str, parameters: frozenset[str], around: Surroundings) -> bool:
    return word not in around.names and word not in parameters and word.lower() not in name.lower()


class _Shown(NamedTuple):
    """What a sentence about a parameter shows, whatever tool it is one of."""

    subject: tuple[str, ...]
    """Words of the parameter's name."""
    signals: frozenset[int]


@lru_cache(_REMEMBERED)
def _shown(text: str, parameter: str, is_name: bool) -> _Shown:  # noqa: FBT001 - a cache's key
    if is_name:
        return _Shown((), signals.of_text(" ".join(tokens.words(text))))
    subject = tokens.words(parameter)
    return _Shown(subject, signals.of_text(f"{' '.join(subject)}: {text}" if subject else text))


class _Read(NamedTuple):
    """What a text shows wherever it stands."""

    words: tuple[str, ...]
    stems: frozenset[str]
    mentioned: tuple[str, ...]


@lru_cache(_REMEMBERED)
def _read(text: str) -> _Read:
    words = tokens.words(text)
    return _Read(words, _stems(words), tuple(name.strip("`") for name in _IDENTIFIER.findall(text)))


def _stems(given: Sequence[str]) -> frozenset[str]:
    common = _common()
    return frozenset(
        [tokens.stem(word) for word in given if (len(word) >= _SHORTEST and word not in common) or not word.isascii()]
    )


@cache
def _common() -> frozenset[str]:
    listed = rulebook.load_list("function-words")
    by_language = listed.values() if isinstance(listed, dict) else ()
    return frozenset(str(word) for words in by_language if isinstance(words, list) for word in words)
