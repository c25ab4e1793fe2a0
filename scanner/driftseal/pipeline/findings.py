"""Matches become findings: with their rule, their place in a file, and what was decided about them."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from driftseal import canonical, plugins
from driftseal.detect.base import Detector
from driftseal.model.finding import Finding, Location, Match, Region, Suppression
from driftseal.model.item import Evidence, Item
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session
from driftseal.model.target import Target
from driftseal.observe.observations import Observations
from driftseal.rulebook import Rulebook

_WEIGHS: Final = "judgement"
"""The detector that weighs what others know by name."""
_ITEMS_AT_ONCE: Final = 500
"""Items whose texts are held in memory together; a session's always are."""
_BODY = "/text"
"""A text that stands in its file just as it is."""


def matches(
    sessions: Sequence[Session],
    seen: Observations,
    rulebook: Rulebook,
    known: Mapping[str, Sequence[Match]] = MappingProxyType({}),
) -> Iterator[Match]:
    """What every detector sees. A detector that no rule names, or whose matches are known, is not even imported."""
    texts: list[tuple[Detector, Sequence[Rule]]] = []
    for name in plugins.names("detect"):
        rules = rulebook.of(name)
        if name in known:
            yield from known[name]
        elif rules:
            kind = plugins.load("detect", name, Detector)  # type: ignore[type-abstract]  # its concrete subclass is made
            if kind.within_sessions:
                texts.append((kind(), rules))
            else:
                yield from kind().detect(sessions, seen, rules)
    for some in _in_turn(sessions) if texts else ():
        for detector, its_rules in texts:
            yield from detector.detect(some, seen, its_rules)
        seen.leave(some)


def _in_turn(sessions: Sequence[Session]) -> Iterator[Sequence[Session]]:
    """The sessions, so many at a time that what each look takes beforehand weighs little, and their texts as well."""
    some: list[Session] = []
    count = 0
    for session in sessions:
        some.append(session)
        count += sum(1 for _ in session.items())
        if count >= _ITEMS_AT_ONCE:
            yield tuple(some)
            some, count = [], 0
    if some:
        yield tuple(some)


def prepare(rulebook: Rulebook) -> None:
    """Import every detector that a rule names, while something else has to be waited for."""
    for name in plugins.names("detect"):
        if rulebook.of(name):
            plugins.load("detect", name, Detector)  # type: ignore[type-abstract]  # as above


def findings(
    sessions: Sequence[Session],
    seen: Observations,
    rulebook: Rulebook,
    suppressions: Sequence[Suppression],
    known: Mapping[str, Sequence[Match]] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """Every finding, the worst first, suppressed ones too.

    A server that stands in several sessions is found guilty of one thing once. ``known`` are matches of detectors
    that have looked already, by their names.
    """
    places = _Places(sessions)
    rules = {rule.id: rule for rule in rulebook.rules}
    found: dict[tuple[str, str, str, str], Finding] = {}
    for match in matches(sessions, seen, rulebook, known):
        placed = places.fill(match)
        where = placed.location
        key = (match.rule_id, where.target, f"{where.item}\0{where.pointer}", match.evidence)
        if key not in found:
            finding = Finding(rules[match.rule_id], places.targets[where.target], placed)
            found[key] = replace(finding, suppressed_by=suppressed_by(finding, suppressions))
    return tuple(sorted(_without_echoes(found.values()), key=worst_first))


def _without_echoes(found: Collection[Finding]) -> Iterator[Finding]:
    """Without weighed verdicts on words that a rule knows by name and takes as seriously: one sentence, one finding."""
    known: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in found:
        if finding.rule.detector != _WEIGHS:
            known.setdefault(_spot(finding), []).append(finding)
    for finding in found:
        beside = known.get(_spot(finding), ()) if finding.rule.detector == _WEIGHS else ()
        if not any(_covers(other, finding) for other in beside):
            yield finding


def _spot(finding: Finding) -> tuple[str, str, str]:
    where = finding.match.location
    return where.target, where.item, where.pointer


def _covers(one: Finding, other: Finding) -> bool:
    start, end = one.match.span
    return (
        one.severity >= other.severity
        and one.confidence >= other.confidence
        and start < other.match.span[1]
        and other.match.span[0] < end
    )


def worst_first(finding: Finding) -> tuple[int, int, str, str, str, str]:
    """The order of a report."""
    where = finding.match.location
    return (
        -finding.severity,
        -finding.confidence,
        finding.target.reference,
        where.item,
        finding.rule.id,
        where.pointer,
    )


def suppressed_by(finding: Finding, suppressions: Iterable[Suppression]) -> Suppression | None:
    """The first decision that covers this finding."""
    for decision in suppressions:
        if (
            fnmatch.fnmatchcase(finding.rule.id, decision.rule)
            and (
                fnmatch.fnmatchcase(finding.target.reference, decision.target)
                or fnmatch.fnmatchcase(finding.target.identity, decision.target)
            )
            and fnmatch.fnmatchcase(finding.match.location.item, decision.item)
            and decision.fingerprint in {"", finding.fingerprint}
        ):
            return decision
    return None


class _Places:
    """Where each item stands in a file, so that detectors need not know."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self.targets: dict[str, Target] = {}
        self._items: dict[tuple[str, str], Item] = {}
        for session in sessions:
            for snapshot, item in session.items():
                self._items[snapshot.target.identity, item.key] = item
            for snapshot in session.snapshots:
                self.targets[snapshot.target.identity] = snapshot.target

    def fill(self, match: Match) -> Match:
        """The match with file and line wherever its items were found."""
        related = tuple(self._locate(place) for place in match.related)
        steps = tuple(replace(step, location=self._locate(step.location)) for step in match.steps)
        return replace(match, location=self._locate(match.location, match.span), related=related, steps=steps)

    def _locate(self, place: Location, span: tuple[int, int] = (0, 0)) -> Location:
        if place.uri:
            return place
        item = self._items.get((place.target, place.item))
        if item is None or not item.evidence:
            return place
        first = item.evidence[0]
        exact = next((one for one in item.evidence[1:] if one.pointer == place.pointer and one.line), None)
        if exact is None:
            return replace(place, uri=first.uri, region=Region(start_line=first.line))
        # A text of several lines, told line by line: an agent file, say.
        return replace(place, uri=exact.uri, region=_region(item, exact, span))


def _region(item: Item, place: Evidence, span: tuple[int, int]) -> Region:
    """Where characters of a text stand whose first line is known; its first line where no characters are told."""
    start, end = span
    leaves = canonical.leaves(item.content)
    text = next((text for pointer, text, is_key in leaves if pointer == place.pointer and not is_key), "")
    if not 0 <= start < end <= len(text):
        return Region(start_line=place.line)
    first = place.line + text.count("\n", 0, start)
    last = first + text.count("\n", start, end)
    if place.pointer != _BODY:
        # Behind a key, indented or folded: the line is right, a column would not be.
        return Region(start_line=first, end_line=last)
    return Region(first, start - text.rfind("\n", 0, start), last, end - text.rfind("\n", 0, end))
