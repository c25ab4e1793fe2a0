"""What each sentence of a server betrays: signals, words that fit nothing around them, names from elsewhere.

Poison that is polite has one thing left to give it away: it speaks of something that its tool is not about. So every
signal is told apart by whether the tool's own name and first sentence show it too, and every sentence by how many of
its words occur nowhere else in the tool or in its siblings' names.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Final, NamedTuple

from driftseal import rulebook
from driftseal.limits import Limits
from driftseal.model.item import Item, ItemKind
from driftseal.observe import passages, signals
from driftseal.observe.passages import Passage, Place, Spoken
from driftseal.observe.text import tokens
from driftseal.observe.views import View
from driftseal.records import dataclass

_IDENTIFIER: Final = re.compile(
    r"\b[A-Za-z]{1,60}(?:_[A-Za-z0-9]{1,60})+\b|\b[a-z]{1,60}(?:[A-Z][a-z0-9]{1,60})+\b|`[\w.-]{3,60}`"
)
_REMEMBERED: Final = 1 << 11
"""Texts of which it is remembered what they show."""
_SHORT: Final = 400
"""Characters of a text that may well come again."""
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


class Glimpse(NamedTuple):
    """One passage, and what it shows before it is held against the rest of its item."""

    said: _Said
    heard: _Heard
    own: frozenset[int]
    """As in `Trace`."""
    leads: bool

    @property
    def place(self) -> Place:
        """As in `Trace`."""
        return self.said.place

    @property
    def text(self) -> str:
        """That of the passage."""
        return self.heard.text

    @property
    def words(self) -> tuple[str, ...]:
        """As in `Trace`."""
        return tokens.words(self.heard.text)

    @property
    def subject(self) -> tuple[str, ...]:
        """As in `Trace`."""
        return self.said.words

    @property
    def signals(self) -> frozenset[int]:
        """As in `Trace`."""
        return self.heard.signals

    @property
    def view(self) -> View:
        """That of the passage."""
        return self.said.view


class Told:
    """The passages of an item. What only the whole of it can tell is worked out when first asked for."""

    def __init__(self, said: Sequence[_Said], name: str, around: Surroundings) -> None:
        """``name`` is that of the item, where it says what the item is for."""
        self._said = said
        self._name = name
        self._around = around

    @classmethod
    def of_item(cls, item: Item, views: Sequence[View], around: Surroundings, limits: Limits) -> Told:
        """What an item tells, in the order of the views."""
        name = item.name if item.kind in {ItemKind.TOOL, ItemKind.PROMPT} else ""
        return cls(tuple(_said(passages.parts(item, views, limits), limits)), name, around)

    @classmethod
    def of_tools(cls, view: View, around: Surroundings, limits: Limits) -> Told:
        """The sentences that the description of one tool begins and that of the next goes on with.

        ``view`` is that of `views.of_tools`.
        """
        return cls(tuple(_said(passages.across(ItemKind.TOOL, view, limits), limits)), "", around)

    def odd(self) -> Iterator[Glimpse]:
        """The passages that show a signal which is not the item's own business."""
        for said in self._said:
            # Most texts show nothing, and what the item's name and first sentence show need not be known then.
            if not said.signals:
                continue
            leads = said is self._lead
            if not leads and said.signals <= self._by_purpose:
                continue
            for heard in said.sentences:
                own = self._by_name if leads else self._by_purpose
                if not heard.signals <= own:
                    yield Glimpse(said, heard, heard.signals & own, leads)
                leads = False

    def all(self) -> Iterator[Glimpse]:
        """Every passage."""
        for said in self._said:
            for number, heard in enumerate(said.sentences):
                leads = said is self._lead and number == 0
                yield Glimpse(said, heard, heard.signals & (self._by_name if leads else self._by_purpose), leads)

    @cached_property
    def _by_name(self) -> frozenset[int]:
        """The signals of the item's name."""
        return signals.of_text(" ".join(tokens.words(self._name)))

    @cached_property
    def _by_purpose(self) -> frozenset[int]:
        """The signals of the item's name and first sentence."""
        lead = self._lead.sentences[0].text if self._lead else ""
        return signals.of_text(f"{' '.join(tokens.words(self._name))}. {lead}")

    @cached_property
    def _lead(self) -> _Said | None:
        """The text that the item's first sentence begins."""
        leading = (one for one in self._said if one.place in _LEADING and one.sentences)
        return next((one for one in leading if not one.view.decodings and not one.view.joined), None)

    def trace(self, glimpse: Glimpse) -> Trace:
        """All that a passage shows."""
        said, heard, around = glimpse.said, glimpse.heard, self._around
        words = tokens.words(heard.text)
        stems = _stems_of(heard.text)
        mentioned = [name.strip("`") for name in _IDENTIFIER.findall(heard.text)]
        counted, own_stems = self._counted, self._own_stems
        new = [
            stem
            for stem in stems
            if counted[stem] <= 1 and stem not in own_stems and around.stems[stem] <= (stem in own_stems)
        ]
        return Trace(
            Passage(heard.text, said.place, said.subject, said.view, heard.start, heard.end),
            said.place,
            words,
            said.words,
            heard.signals,
            glimpse.own,
            len(new) / len(stems) if not glimpse.leads and len(stems) >= _FEWEST_STEMS else None,
            tuple([word for word in mentioned if self._is_foreign(word)]),
            tuple([word for word in mentioned if word in around.names and word != self._name]),
            glimpse.leads,
        )

    @cached_property
    def _counted(self) -> Counter[str]:
        """In how many passages a stem stands. A sentence over two fields says their words once more."""
        stems = [_stems_of(heard.text) for one in self._said if not one.view.joined for heard in one.sentences]
        return Counter(itertools.chain.from_iterable(stems))

    @cached_property
    def _own_stems(self) -> frozenset[str]:
        return _stems(tokens.words(self._name))

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(one.subject for one in self._said if one.subject and one.sentences)

    def _is_foreign(self, word: str) -> bool:
        if word in self._around.names or word in self._parameters:
            return False
        return word.lower() not in self._name.lower()


def of_item(item: Item, views: Sequence[View], around: Surroundings, limits: Limits) -> Iterator[Trace]:
    """Every passage of an item with what it shows, in the order of the views."""
    told = Told.of_item(item, views, around, limits)
    return map(told.trace, told.all())


_LEADING: Final = frozenset({Place.DESCRIPTION, Place.PROMPT})


class _Heard(NamedTuple):
    """A sentence of a text."""

    start: int
    end: int
    text: str
    signals: frozenset[int]
    """Those that it shows when read with the name of the parameter that it is about."""


class _Said(NamedTuple):
    """A text of an item, taken apart."""

    view: View
    place: Place
    subject: str
    words: tuple[str, ...]
    """Of the subject."""
    sentences: Sequence[_Heard]
    signals: frozenset[int]
    """Those of all its sentences."""


def _said(parts: Iterable[Spoken | Passage], limits: Limits) -> Iterator[_Said]:
    """Texts with their sentences, ``limits.passages`` of these at most."""
    left = limits.passages
    for part in parts:
        view, place, subject = part.view, part.place, part.subject
        # The name of a parameter is read as words, and is about nothing else.
        words = tokens.words(subject) if place is not Place.NAME else ()
        if isinstance(part, Passage):
            heard: Sequence[_Heard] = (_heard(part.text, part.start, part.end, words, is_name=place is Place.NAME),)
            shown = heard[0].signals
        else:
            listen = _remembered if len(view.text) <= _SHORT else _listen
            heard, shown = listen(view.text, words, place is Place.NAME, limits.passage_chars)
        yield _Said(view, place, subject, words, heard[:left], shown)
        left -= len(heard)
        if left <= 0:
            return


def _listen(
    text: str,
    subject: tuple[str, ...],
    is_name: bool,  # noqa: FBT001 - a cache's key
    longest: int,
) -> tuple[Sequence[_Heard], frozenset[int]]:
    found = passages.stretches(text, longest)
    heard = tuple([_heard(text[start:end], start, end, subject, is_name=is_name) for start, end in found])
    # Most texts are one sentence.
    return heard, heard[0].signals if len(heard) == 1 else frozenset().union(*[each.signals for each in heard])


# Servers document the same parameter for many tools.
_remembered = lru_cache(_REMEMBERED)(_listen)


def _heard(text: str, start: int, end: int, subject: tuple[str, ...], *, is_name: bool) -> _Heard:
    if is_name:
        return _Heard(start, end, text, signals.of_text(" ".join(tokens.words(text))))
    return _Heard(start, end, text, signals.of_text(f"{' '.join(subject)}: {text}" if subject else text))


@lru_cache(_REMEMBERED)
def _stems_of(text: str) -> frozenset[str]:
    return _stems(tokens.words(text))


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
