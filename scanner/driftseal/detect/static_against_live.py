"""What a running server lists against what its source declares: neither side should know more than the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import ClassVar, Final

from driftseal.detect import _rules
from driftseal.detect.base import Detector
from driftseal.detect.sides import differences
from driftseal.detect.sides.both import Both, Difference
from driftseal.errors import RuleError
from driftseal.model.finding import Location, Match, Region, Step
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations

_CHECKS: Final[Mapping[str, Callable[[Both], Iterator[Difference]]]] = {
    "declared-not-listed": differences.unlisted,
    "listed-not-declared": differences.undeclared,
    "description": differences.described,
    "parameter": differences.parameters,
    "annotation": differences.hints,
}


class StaticAgainstLive(Detector):
    """One match for each difference between the two sides of one server."""

    name: ClassVar[str] = "static_against_live"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a check that there is none of.
        """
        checks = [(rule, _check(rule)) for rule in rules]
        present = {snapshot.target.identity for session in sessions for snapshot in session.snapshots}
        for pair in seen.pairs if checks else ():
            if pair.live.target.identity in present:
                both = Both(pair, seen.limits)
                for rule, check in checks:
                    for difference in islice(check(both), seen.limits.matches):
                        yield _match(rule, both, difference, seen)


def _check(rule: Rule) -> Callable[[Both], Iterator[Difference]]:
    names = _rules.texts(rule, "check")
    if len(names) != 1 or names[0] not in _CHECKS:
        raise RuleError(f"{rule.source}: match.check is none of {', '.join(_CHECKS)}")
    return _CHECKS[names[0]]


def _match(rule: Rule, both: Both, difference: Difference, seen: Observations) -> Match:
    key, limits = difference.item, seen.limits
    live = Location(both.live.target.identity, key if key in both.listed else "", difference.pointer)
    steps = []
    related = []
    if key in both.declared:
        first = both.declared[key].evidence[:1]
        uri, line = (first[0].uri, first[0].line) if first else ("", 0)
        source = Location(both.static.target.identity, key, "", uri, Region(start_line=line))
        related.append(source)
        steps.append(Step(source, _rules.cut(f"the source declares: {difference.old}", limits)))
    if key in both.listed:
        steps.append(Step(live, _rules.cut(f"the running server lists: {difference.new}", limits)))
    return Match(
        rule.id,
        live if key in both.listed else related[0],
        _rules.cut(difference.new or difference.old, limits),
        message=_rules.cut(difference.why, limits),
        related=tuple(related),
        steps=tuple(steps),
        confidence=difference.confidence,
    )
