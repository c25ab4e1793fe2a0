"""Sentences that read like somebody else's orders: signals and words weighed together where no phrase tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import inf
from typing import ClassVar, Final

from driftseal import rulebook
from driftseal.detect import _rules
from driftseal.detect.base import Detector
from driftseal.detect.judging import business, features, model
from driftseal.detect.judging.model import Model
from driftseal.errors import RuleError
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match
from driftseal.model.item import Item
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe import signals, views
from driftseal.observe.observations import Observations
from driftseal.observe.passages import Place
from driftseal.observe.text import markdown
from driftseal.observe.traces import Glimpse, Surroundings, Told, Trace
from driftseal.records import dataclass

_WARNS: Final = "warns"
_DOCUMENT_MARGIN: Final = 0.25
"""Above what a description needs: a document is made of orders. Of 209 honest ones none reaches it."""
_CODE_MARGIN: Final = 0.6
"""What code in a document needs beyond that: its words were learnt as those of sentences."""
_CODE: Final = re.compile(r"[{}()\[\];=<>|]")
_COMMAND: Final = re.compile(r"```|`[\w./-]+ [^`\n]*`")
_LINES_OF_CODE: Final = 3
"""From so many lines on that end as those of code, a passage is a listing."""
_TITLE_WORD: Final = re.compile(r"[a-z-]+")
_LETTERS_A_MARK: Final = 14
"""Where more than one letter of so many is a mark of code, a passage is no prose."""
_REASONS: Final = 3
"""Signals that one message tells."""


class Judgement(Detector):
    """At most one match for a pointer: its worst sentence, under the rule whose signals weigh most in it."""

    name: ClassVar[str] = "judgement"
    within_sessions: ClassVar[bool] = True

    def __init__(self, weights: Model | None = None) -> None:
        """``weights`` other than those that we ship are for measuring."""
        self._weights = weights

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a signal that there is none of, or the weights cannot be read.
        """
        present = {item.kind for session in sessions for _, item in session.items()}
        if not any(rule.looks_at(kind) for rule in rules for kind in present):
            return
        judge = _Judge(rules, self._weights or model.load())
        for session in sessions:
            for snapshot in session.snapshots:
                yield from judge.matches(snapshot, seen)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One sentence with its score."""

    item: Item
    trace: Trace
    score: float
    least: float
    """The score from which on it is told."""

    def places(self, snapshot: Snapshot) -> tuple[Location, ...]:
        """Where it stands: one field, or all those that it spreads over."""
        passage = self.trace.passage
        if not passage.view.joined:
            return (_rules.place(snapshot, self.item, passage.view.pointer),)
        touched = passage.view.touched(passage.start, passage.end)
        return tuple(
            dict.fromkeys(
                _rules.place(snapshot, snapshot.items[one.item] if one.item >= 0 else self.item, one.pointer)
                for one in touched
                if not one.is_key
            )
        )


class _Judge:
    def __init__(self, rules: Sequence[Rule], weights: Model) -> None:
        self._model = weights
        self._rules = tuple((rule, _signals(rule)) for rule in rules)

    def looks_at(self, item: Item) -> bool:
        return any(rule.looks_at(item.kind) for rule, _ in self._rules)

    def matches(self, snapshot: Snapshot, seen: Observations) -> Iterator[Match]:
        """What is told of one server."""
        around = Surroundings.of(snapshot.items)
        weighed = 0
        worst: list[list[_Judged]] = []
        for item in snapshot.items:
            if self.looks_at(item):
                count, found = self._worst(item, around, seen)
                weighed += count
                worst.append(found)
        worst.append(self._across(snapshot, around, seen))
        margin = model.crowd(weighed)
        told: set[Location] = set()
        for found in worst:
            for one in found[: seen.limits.judged]:
                rule = self._rule(one.item, one.trace) if one.score >= one.least + margin else None
                places = one.places(snapshot)
                # A sentence over two fields is told, or half of it: whichever reads worse.
                if rule is not None and told.isdisjoint(places):
                    told.update(places)
                    yield self._match(rule, places, one, margin, seen.limits)

    def _worst(self, item: Item, around: Surroundings, seen: Observations) -> tuple[int, list[_Judged]]:
        """How many sentences of an item were weighed, and the worst of each pointer, the very worst first."""
        weighed = 0
        worst: dict[tuple[str, ...], _Judged] = {}
        # Words alone convict nobody: what shows no signal but its tool's own business is not weighed.
        told = Told.of_item(item, seen.views(item), around, seen.limits)
        for glimpse in told.odd():
            # What two fields say together was counted in each.
            view = glimpse.view
            weighed += not view.joined
            judged = self._judged(item, told, glimpse)
            if judged is None:
                continue
            passage = judged.trace.passage
            pointers = view.pointers(passage.start, passage.end) if view.joined else (view.pointer,)
            if pointers not in worst or judged.score > worst[pointers].score:
                worst[pointers] = judged
        return weighed, sorted(worst.values(), key=lambda one: -one.score)

    def _across(self, snapshot: Snapshot, around: Surroundings, seen: Observations) -> list[_Judged]:
        """Sentences that one tool begins and the next goes on with, the worst first."""
        view = views.of_tools(snapshot.items, seen.limits) if any(map(self.looks_at, snapshot.items)) else None
        found: list[_Judged] = []
        if view is None:
            return found
        told = Told.of_tools(view, around, seen.limits)
        for glimpse in told.odd():
            number = view.touched(glimpse.heard.start, glimpse.heard.end)[0].item
            judged = self._judged(snapshot.items[number], told, glimpse)
            if judged is not None:
                found.append(judged)
        return sorted(found, key=lambda one: -one.score)

    def _judged(self, item: Item, told: Told, glimpse: Glimpse) -> _Judged | None:
        """A sentence with its score; None below what is told."""
        least = self._least(glimpse)
        # Most fall short whatever the rest of their item says, so that need not be looked up.
        if self._model.most(glimpse) < least:
            return None
        trace = told.trace(glimpse)
        score = self._model.score(trace)
        if score >= least and _is_marked_as_code(glimpse):
            least += _CODE_MARGIN
        return _Judged(item, trace, score, least) if score >= least else None

    def _least(self, seen: Glimpse) -> float:
        """From which score on a sentence is told. Where orders are the purpose, a mere possibility says nothing."""
        limits = self._model.thresholds
        if seen.place is not Place.DOCUMENT:
            return limits.possible
        if self._warns(seen.signals):
            return inf
        return limits.probable + _DOCUMENT_MARGIN + (_CODE_MARGIN if _is_code(seen.text) else 0.0)

    def _warns(self, shown: frozenset[int]) -> bool:
        """Whether it speaks of attacks, as those do who guard against them; in a document that is no news."""
        return any(signals.known()[number].name == _WARNS for number in shown)

    def _rule(self, item: Item, trace: Trace) -> Rule | None:
        """The one whose signals weigh most; the one without signals where none of theirs speak."""
        weights = _by_signal(self._model, trace)
        fitting = [
            (sum(max(weights[name], 0.0) for name in shown), len(shown), rule)
            for rule, names in self._rules
            if rule.looks_at(item.kind) and ((shown := names & weights.keys()) or not names)
        ]
        return max(fitting, key=lambda each: (each[0], each[1], each[2].id), default=(0.0, 0, None))[2]

    def _match(self, rule: Rule, places: Sequence[Location], one: _Judged, margin: float, limits: Limits) -> Match:
        passage = one.trace.passage
        view = passage.view
        doubted = business.is_own(one.item.name, one.trace) or _is_told_as_wrong(one.trace)
        sure = one.score >= self._model.thresholds.probable + margin and not doubted
        return Match(
            rule.id,
            places[0],
            _rules.cut(passage.text, limits),
            message=_rules.cut(_message(rule, self._model, one.trace), limits),
            span=view.origin(passage.start, passage.end),
            view=view.name,
            confidence=None if sure else Confidence.LOW,
            related=_rules.nearest(places[1:], limits),
        )


def _is_code(text: str) -> bool:
    lines = text.splitlines()
    listing = sum(line.rstrip().endswith((",", ";", "{", "}")) for line in lines)
    return (
        bool(_COMMAND.search(text))
        or len(_CODE.findall(text)) * _LETTERS_A_MARK > len(text)
        or (listing >= _LINES_OF_CODE and listing * 2 > len(lines))
    )


def _is_marked_as_code(seen: Glimpse) -> bool:
    """Whether a passage of a document does not look like code, and stands in a block that says it is."""
    if seen.place is not Place.DOCUMENT or seen.view.joined or _is_code(seen.text):
        return False
    return markdown.is_code(seen.view.text, seen.heard.start)


def _is_told_as_wrong(trace: Trace) -> bool:
    """Whether a document names what a passage says among what is not to be done."""
    if trace.place is not Place.DOCUMENT or trace.passage.view.joined:
        return False
    title = markdown.heading(trace.passage.view.text, trace.passage.start)
    return not _wrong().isdisjoint(_TITLE_WORD.findall(title.lower()))


@cache
def _wrong() -> frozenset[str]:
    listed = rulebook.load_list("headings")
    words = listed.get("wrong") if isinstance(listed, Mapping) else None
    return frozenset(words.split()) if isinstance(words, str) else frozenset()


def _message(rule: Rule, weights: Model, trace: Trace) -> str:
    by_signal = _by_signal(weights, trace)
    means = {signal.name: signal.means for signal in signals.known()}
    # Where only the words weigh, what the rule is about still tells what the sentence does.
    telling = [name for name, weight in by_signal.items() if weight > 0] or sorted(by_signal.keys() & _signals(rule))
    reasons = [means[name] for name in sorted(telling, key=lambda name: -by_signal[name])[:_REASONS]]
    if features.is_off_topic(features.shape(trace)):
        reasons.append("speaks of what nothing else here is about")
    where = f" ({trace.passage.view.name})" if trace.passage.view.name else ""
    return f"{rule.title}{where}: it {'; '.join(reasons)}" if reasons else f"{rule.title}{where}"


def _by_signal(weights: Model, trace: Trace) -> Mapping[str, float]:
    """What each signal of a sentence adds or takes away."""
    total = {signals.known()[number].name: 0.0 for number in sorted(trace.signals)}
    for feature, weight in weights.contributions(trace):
        names = features.signals_of(feature)
        for name in names:
            if name in total:
                total[name] += weight / len(names)
    return total


def _signals(rule: Rule) -> frozenset[str]:
    known = {signal.name for signal in signals.known()}
    names = frozenset(_rules.texts(rule, "signals"))
    if names - known:
        raise RuleError(f"{rule.source}: no signal {min(names - known)!r}", hint="see rules/lists/signals.yaml")
    if set(rule.match) - {"signals"}:
        raise RuleError(f"{rule.source}: a rule of judgement knows only signals in its match")
    return names
