"""Words that give orders to a model where descriptions belong: patterns over every text of an item."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import ClassVar, Final

from driftseal.detect._clauses import Reading, TextRule, Words, parse
from driftseal.detect._rules import cut, place
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import views as views_of
from driftseal.observe.observations import Observations
from driftseal.observe.text import patterns
from driftseal.observe.text.patterns import Pattern, Screen
from driftseal.observe.views import View

_JOINED: Final = "joined"
_SHORT: Final = 400
_REMEMBERED: Final = 1 << 13
"""Short texts of which it is remembered what they hold: servers document the same parameter for many tools."""
_OWN_NAMES: Final = frozenset({"/name", "/title"})


class Text(Detector):
    """See ``Detector``."""

    name: ClassVar[str] = "text"

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
        return isinstance(other, _Rules) and self._key() == other._key()

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
        self._of_any = _Patterns(self._rules, words.sources)
        # Most texts are English, and a third of what twelve languages need finds all that they may hold.
        self._of_plain = _Patterns(self._rules, words.plain_sources)

    def matches(self, snapshot: Snapshot, item: Item, views: Sequence[View], limits: Limits) -> Iterator[Match]:
        rules = [known for known in self._rules if known.rule.looks_at(item.kind)]
        if not rules or not views:
            return
        screened = [(view, occurring) for view in views if (occurring := self._occurring(view))]
        anywhere = frozenset[int]().union(*(occurring for _, occurring in screened))
        rules = [known for known in rules if known.possible(anywhere)]
        told: dict[str, set[str]] = {known.rule.id: set() for known in rules}
        # What fields say by themselves needs no joining, so joined views come last.
        for view, occurring in sorted(screened, key=lambda each: each[0].joined) if rules else ():
            yield from self._of_view(view, occurring, rules, told, snapshot, item, limits)

    def across(self, snapshot: Snapshot, limits: Limits) -> Iterator[Match]:
        """What the tools of a server say only together: one tells half of it, the next one the rest."""
        view = views_of.of_tools(snapshot.items, limits)
        occurring = self._occurring(view) if view is not None else frozenset[int]()
        if view is None or not occurring:
            return
        reading = Reading(view.text, self._patterns(view.text))
        for known in self._rules:
            clauses = known.possible(occurring) if _JOINED in known.views and known.rule.looks_at(ItemKind.TOOL) else ()
            found = next((span for span in map(reading.find, clauses) if span), None)
            if found is None:
                continue
            touched = view.touched(*found)
            if len(touched) > 1:
                places = [place(snapshot, snapshot.items[piece.item], piece.pointer) for piece in touched]
                yield _told(known.rule, places, view, reading, found, limits)

    def _occurring(self, view: View) -> frozenset[int]:
        return self._patterns(view.text).occurring(view.text, joined=view.joined)

    def _patterns(self, text: str) -> _Patterns:
        return self._of_plain if patterns.is_plain(text) else self._of_any

    def _of_view(
        self,
        view: View,
        occurring: frozenset[int],
        rules: Sequence[TextRule],
        told: Mapping[str, set[str]],
        snapshot: Snapshot,
        item: Item,
        limits: Limits,
    ) -> Iterator[Match]:
        reading = Reading(view.text, self._patterns(view.text))
        for known in rules:
            before = told[known.rule.id]
            if view.pointer in before or (view.joined and before) or len(before) >= limits.matches:
                continue
            clauses = known.possible(occurring)
            if not clauses or not _concerns(known, view):
                continue
            found = next((span for span in map(reading.find, clauses) if span), None)
            if found:
                before.add(view.pointer)
                match = _match(known.rule, snapshot, item, view, reading, found, limits)
                yield replace(match, confidence=Confidence.LOW) if reading.is_doubtful(known, found) else match


class _Patterns(Sequence[Pattern]):
    """The patterns of the rules by their numbers, each compiled when first asked for: most never are."""

    def __init__(self, rules: Sequence[TextRule], sources: Sequence[str]) -> None:
        self._sources = sources
        self._compiled: dict[int, Pattern] = {}
        self._plain = _Screened(rules, sources)
        # A joined view holds every field once more, and few rules ask for it.
        self._joined = _Screened([known for known in rules if _JOINED in known.views], sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, number: int) -> Pattern:  # type: ignore[override]  # never sliced
        if number not in self._compiled:
            self._compiled[number] = Pattern(self._sources[number], "rules")
        return self._compiled[number]

    def occurring(self, text: str, *, joined: bool) -> frozenset[int]:
        """Which of the patterns that some rules must find occur in a text."""
        return (self._joined if joined else self._plain).occurring(text)


class _Screened:
    """Which of the patterns that some rules must find occur in a text, by their numbers in the program."""

    def __init__(self, rules: Sequence[TextRule], sources: Sequence[str]) -> None:
        self._numbers = sorted({number for known in rules for clause in known.clauses for number in clause.all_of})
        self._sources = sources
        self._remembered = lru_cache(_REMEMBERED)(self._ask)

    def occurring(self, text: str) -> frozenset[int]:
        return self._remembered(text) if len(text) <= _SHORT else self._ask(text)

    def _ask(self, text: str) -> frozenset[int]:
        return frozenset([self._numbers[at] for at in self._screen.occurring(text)])

    @cached_property
    def _screen(self) -> Screen:
        return Screen([self._sources[number] for number in self._numbers], "rules")


def _concerns(known: TextRule, view: View) -> bool:
    kind = _JOINED if view.joined else "decoded" if view.decodings else "plain"
    if kind not in known.views:
        return False
    if known.texts == "names" and not (view.is_key or view.pointer in _OWN_NAMES):
        return False
    if known.texts == "values" and view.is_key:
        return False
    return not known.pointers or any(glob.search(view.pointer) for glob in known.pointers)


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
