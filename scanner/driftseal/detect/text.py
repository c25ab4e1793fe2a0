"""Words that give orders to a model where descriptions belong: patterns over every text of an item."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple, TypeAlias

from driftseal.detect._clauses import Clause, Reading, TextRule, Words, parse
from driftseal.detect._rules import cut, place
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import parameters, words
from driftseal.observe import views as views_of
from driftseal.observe.observations import Observations
from driftseal.observe.text import patterns
from driftseal.observe.text.patterns import Pattern, Screen
from driftseal.observe.views import View

_JOINED: Final = "joined"
_SHORT: Final = 400
_REMEMBERED: Final = 1 << 11
"""Short texts of which it is remembered what they hold: servers document the same parameter for many tools."""
_OWN_NAMES: Final = frozenset({"/name", "/title"})
_Possible: TypeAlias = Sequence[tuple[TextRule, tuple[Clause, ...]]]
"""Rules that may match, each with its clauses that may hold."""


class Text(Detector):
    """See ``Detector``."""

    name: ClassVar[str] = "text"
    within_sessions: ClassVar[bool] = True

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``. One match at most for a rule, an item and a pointer."""
        present = {item.kind for session in sessions for _, item in session.items() if views_of.speaks(item)}
        # Configurations alone hold no text for models: a pre-commit run need not wait for the rules to compile.
        if not any(rule.looks_at(kind) for rule in rules for kind in present):
            return
        program = _program(_Rules(tuple(rules)))
        for session in sessions:
            for snapshot, item in session.items():
                yield from program.matches(snapshot, item, seen.views(item), seen.limits)
            for snapshot in session.snapshots:
                yield from program.across(snapshot, seen.limits)


@dataclass(frozen=True, slots=True, eq=False)
class _Rules:
    """Rules as a key of a cache: what they look for tells them apart."""

    rules: tuple[Rule, ...]

    def _key(self) -> str:
        found: list[Json] = [
            [rule.id, rule.source, [str(kind) for kind in sorted(rule.applies_to)], dict(rule.match)]
            for rule in self.rules
        ]
        return json.dumps(found)

    def __eq__(self, other: object) -> bool:
        # Those of one rulebook are the same tuple, and to write them down takes as long as a tool does to be looked at.
        return isinstance(other, _Rules) and (self.rules is other.rules or self._key() == other._key())

    def __hash__(self) -> int:
        return hash(tuple(rule.id for rule in self.rules))


@lru_cache(maxsize=4)
def _program(rules: _Rules) -> _Program:
    # Compiling costs tens of milliseconds, and drift asks twice for every server.
    return _Program(rules.rules)


class _Program:
    """All rules compiled."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        words = Words()
        self._rules = tuple(parse(rule, words) for rule in rules)
        self._looked_at = frozenset(kind for kind in ItemKind if any(rule.looks_at(kind) for rule in rules))
        of_tools = _numbers(one for one in self._rules if one.rule.looks_at(ItemKind.TOOL))
        self._of_any = _Patterns(words.sources, of_tools)
        # Most texts are English, and a third of what twelve languages need finds all that they may hold.
        self._of_plain = _Patterns(words.plain_sources, of_tools)
        self._screens: dict[tuple[ItemKind, bool, bool], _Screened] = {}
        self._screened: dict[tuple[tuple[str, ...], bool], _Screened] = {}

    def matches(self, snapshot: Snapshot, item: Item, views: Sequence[View], limits: Limits) -> Iterator[Match]:
        if item.kind not in self._looked_at:
            return
        asks: dict[tuple[bool, bool], Callable[[str], _Possible]] = {}
        screened: list[tuple[View, _Possible]] = []
        for view in views:
            key = (view.text.isascii() or patterns.is_plain(view.text), view.joined)
            if key not in asks:
                asks[key] = self._screen(item.kind, plain=key[0], joined=key[1]).possible
            if possible := asks[key](view.text):
                screened.append((view, possible))
        told: dict[str, set[str]] = {}
        # What fields say by themselves needs no joining, so joined views come last.
        for view, possible in sorted(screened, key=lambda each: each[0].joined):
            yield from self._of_view(view, possible, told, snapshot, item, limits)

    def across(self, snapshot: Snapshot, limits: Limits) -> Iterator[Match]:
        """What the tools of a server say only together: one tells half of it, the next one the rest."""
        view = views_of.of_tools(snapshot.items, limits)
        if view is None:
            return
        screen = self._screen(ItemKind.TOOL, plain=patterns.is_plain(view.text), joined=True)
        possible = screen.possible(view.text)
        if not possible:
            return
        reading = Reading(view.text, self._patterns(view.text))
        for known, clauses in possible:
            found = next((span for span in map(reading.find, clauses) if span), None)
            if found is None:
                continue
            touched = view.touched(*found)
            if len(touched) > 1:
                places = [place(snapshot, snapshot.items[piece.item], piece.pointer) for piece in touched]
                # Words of one tool and of the next make up a thought that neither has far oftener than an order.
                yield replace(_told(known.rule, places, view, reading, found, limits), confidence=Confidence.LOW)

    def _screen(self, kind: ItemKind, *, plain: bool, joined: bool) -> _Screened:
        """What tells of the texts of such an item which rules may match."""
        known = self._screens.get((kind, plain, joined))
        if known is None:
            # A joined view holds every field once more, and few rules ask for it.
            rules = [one for one in self._rules if one.rule.looks_at(kind) and (not joined or _JOINED in one.views)]
            # Kinds at which the same rules look share what was compiled.
            key = (tuple(one.rule.id for one in rules), plain)
            if key not in self._screened:
                self._screened[key] = _Screened(rules, self._of_plain if plain else self._of_any)
            known = self._screens[kind, plain, joined] = self._screened[key]
        return known

    def _patterns(self, text: str) -> _Patterns:
        return self._of_plain if patterns.is_plain(text) else self._of_any

    def _of_view(
        self,
        view: View,
        possible: _Possible,
        told: dict[str, set[str]],
        snapshot: Snapshot,
        item: Item,
        limits: Limits,
    ) -> Iterator[Match]:
        reading = Reading(view.text, self._patterns(view.text))
        for known, clauses in possible:
            before = told.setdefault(known.rule.id, set())
            if view.pointer in before or (view.joined and before) or len(before) >= limits.matches:
                continue
            if not _concerns(known, view):
                continue
            found = next((span for span in map(reading.find, clauses) if span), None)
            if found:
                before.add(view.pointer)
                match = _match(known.rule, snapshot, item, view, reading, found, limits)
                doubtful = (
                    reading.is_doubtful(known, found)
                    or (known.taken and parameters.holds_no_text(item.content, view.pointer))
                    or _is_named(known, item)
                )
                yield replace(match, confidence=Confidence.LOW) if doubtful else match


class _Patterns(Sequence[Pattern]):
    """The patterns of the rules by their numbers, each compiled when first asked for: most never are."""

    def __init__(self, sources: Sequence[str], together: Sequence[int]) -> None:
        """``together`` are best compiled at once: all is asked of tools that is asked of prompts and resources."""
        self.sources = sources
        self._together = together
        self._compiled: dict[int, Pattern] = {}
        self._screens: list[tuple[Screen, Sequence[int]]] = []

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, number: int) -> Pattern:  # type: ignore[override]  # never sliced
        if number not in self._compiled:
            self._compiled[number] = Pattern(self.sources[number], "rules")
        return self._compiled[number]

    def screen(self, numbers: Sequence[int]) -> tuple[Screen, Sequence[int]]:
        """A screen of some of them with the numbers that it knows: these, and more where one was made for others.

        It compiles them for all who ask later.
        """
        wanted = set(numbers)
        for known, held in self._screens:
            if wanted.issubset(held):
                return known, held
        numbers = self._together if wanted.issubset(self._together) else numbers
        screen = Screen([self.sources[number] for number in numbers], "rules")
        for at, number in enumerate(numbers):
            self._compiled.setdefault(number, screen.pattern(at))
        self._screens.append((screen, numbers))
        return screen, numbers


def _numbers(rules: Iterable[TextRule]) -> Sequence[int]:
    """The patterns that some rules need."""
    return sorted({number for known in rules for clause in known.clauses for number in clause.all_of})


class _Screened:
    """Which clauses of some rules a text may hold."""

    def __init__(self, rules: Sequence[TextRule], patterns: _Patterns) -> None:
        self._rules = rules
        clauses = [(at, each, clause) for at, known in enumerate(rules) for each, clause in enumerate(known.clauses)]
        self._patterns = patterns
        self._screen, self._numbers = patterns.screen(_numbers(rules))
        # Of what has no letters of its own RE2 can never tell beforehand.
        always = frozenset(self._screen.possible(""))
        self._always = len(always)
        self._by_pattern: dict[int, list[_Needed]] = {}
        self._anyway: list[_Needed] = []
        place = {number: at for at, number in enumerate(self._numbers)}
        for at, each, clause in clauses:
            needed = frozenset(place[number] for number in clause.all_of)
            telling = sorted(needed - always)
            by_one = self._by_pattern.setdefault(telling[0], []) if telling else self._anyway
            by_one.append(_Needed(at, each, (*telling, *(needed & always)), needed))
        self._remembered = lru_cache(_REMEMBERED)(self._ask)

    def possible(self, text: str) -> _Possible:
        """The rules that may match, in their order, each with its clauses that may hold."""
        return self._remembered(text) if len(text) <= _SHORT else self._ask(text)

    def _ask(self, text: str) -> _Possible:
        possible = self._screen.possible(text)
        # Of most texts there is nothing more to tell.
        if len(possible) == self._always and not self._anyway:
            return ()
        found = frozenset(possible)
        told = [one for at in possible for one in self._by_pattern.get(at, ()) if one.patterns <= found]
        told += [one for one in self._anyway if one.patterns <= found]
        by_rule: dict[int, list[Clause]] = {}
        occurring: dict[int, bool] = {}
        for one in sorted(told):
            if all(self._occurs(at, text, occurring) for at in one.order):
                by_rule.setdefault(one.rule, []).append(self._rules[one.rule].clauses[one.clause])
        return tuple((self._rules[at], tuple(clauses)) for at, clauses in by_rule.items())

    def _occurs(self, at: int, text: str, known: dict[int, bool]) -> bool:
        if at not in known:
            known[at] = self._patterns[self._numbers[at]].search(text)
        return known[at]


class _Needed(NamedTuple):
    """A clause by its place among some rules, and the patterns that tell whether it may hold."""

    rule: int
    clause: int
    order: tuple[int, ...]
    """Of the patterns, by their places in the screen, those first that are rare."""
    patterns: frozenset[int]


def _concerns(known: TextRule, view: View) -> bool:
    kind = _JOINED if view.joined else "decoded" if view.decodings else "plain"
    if kind not in known.views:
        return False
    if known.texts == "names" and not (view.is_key or view.pointer in _OWN_NAMES):
        return False
    if known.texts == "values" and view.is_key:
        return False
    return not known.pointers or any(glob.search(view.pointer) for glob in known.pointers)


def _is_named(known: TextRule, item: Item) -> bool:
    """Whether an item is called after what the rule looks for, which is its business then."""
    return bool(known.named) and any(each.search(" ".join(words.split(item.name))) for each in known.named)


def _match(
    rule: Rule, snapshot: Snapshot, item: Item, view: View, reading: Reading, found: tuple[int, int], limits: Limits
) -> Match:
    pointers = view.pointers(*found) if view.joined else (view.pointer,)
    return _told(rule, [place(snapshot, item, pointer) for pointer in pointers], view, reading, found, limits)


def _told(
    rule: Rule, places: Sequence[Location], view: View, reading: Reading, found: tuple[int, int], limits: Limits
) -> Match:
    start, end = found
    whole = reading.sentence(start, end)
    # The sentence tells more than the words in it that gave it away, as long as it is one that people can read.
    if whole[1] - whole[0] <= limits.evidence_chars:
        evidence = reading.text[whole[0] : whole[1]].strip()
    else:
        evidence = reading.text[start:end]
    return Match(
        rule.id,
        places[0],
        cut(evidence, limits),
        message=f"{rule.title} ({view.name})" if view.name else "",
        span=view.origin(start, end),
        view=view.name,
        related=tuple(places[1 : limits.matches]),
    )
