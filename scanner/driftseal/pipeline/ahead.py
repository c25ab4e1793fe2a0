"""Detection that needs no data followed, done in a second process while that goes on in this one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from driftseal import beside, plugins
from driftseal.detect.base import Detector
from driftseal.model.finding import Location, Match, Region, Step
from driftseal.model.item import Json
from driftseal.model.rule import Confidence
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations
from driftseal.rulebook import Rulebook

if TYPE_CHECKING:
    from driftseal.limits import Limits
    from driftseal.observe.program import Program

SLOWEST: Final = frozenset({"judgement"})
"""Takes as long as the others together, on servers of any size."""
DETECTORS: Final = SLOWEST | {"launch", "manifest", "protocol", "secrets", "shadowing", "text", "unicode"}
"""Detectors that look at nothing but items, their texts, and source as it stands."""
_SHORT: Final = 256 * 1024
"""Bytes of source of which the data is followed sooner than all of these detectors are through."""

Found = Mapping[str, tuple[Match, ...]]
"""Every match of some detectors, by their names."""


class Ahead:
    """Matches of `DETECTORS`, begun as soon as the items are there."""

    def __init__(self, rulebook: Rulebook, limits: Limits) -> None:
        self._rulebook = rulebook
        self._limits = limits
        self._begun: beside.Beside | None = None
        self._own: Found = {}

    def begin(self, sessions: Sequence[Session], programs: Mapping[str, Program]) -> None:
        """Look at these sessions, with the source of their targets, in another process, where there may be one.

        Where there is little data to follow, this process would wait for that one, and so looks at a part itself.
        """
        seen = Observations(sessions, self._limits, programs)
        short = sum(program.size for program in programs.values()) < _SHORT
        there = SLOWEST if short else DETECTORS
        self._begun = beside.begin(lambda: _tell(detect(seen.sessions, seen, self._rulebook, there)))
        if self._begun is not None:
            self._own = detect(seen.sessions, seen, self._rulebook, DETECTORS - there)

    def found(self) -> Found:
        """What came of it; nothing where it was not begun, and only a part where it came to no end."""
        begun, self._begun = self._begun, None
        told = begun.result(self._limits.program_seconds) if begun is not None else None
        return {**self._own, **(_told(told) if told is not None else {})}


def detect(
    sessions: Sequence[Session], seen: Observations, rulebook: Rulebook, names: Collection[str] = DETECTORS
) -> Found:
    """What these detectors see, those that a rule names."""
    found: dict[str, tuple[Match, ...]] = {}
    for name in sorted(names):
        rules = rulebook.of(name)
        if rules:
            kind = plugins.load("detect", name, Detector)  # type: ignore[type-abstract]  # its concrete subclass is made
            found[name] = tuple(kind().detect(sessions, seen, rules))
    return found


def _tell(found: Found) -> Json:
    """Matches as plain values, for `_told`."""
    return {name: [_plain(match) for match in matches] for name, matches in found.items()}


def _plain(match: Match) -> Json:
    return [
        match.rule_id,
        _place(match.location),
        match.evidence,
        match.message,
        [*match.span],
        match.view,
        [_place(each) for each in match.related],
        [[_place(step.location), step.message, step.code] for step in match.steps],
        match.confidence.value if match.confidence is not None else None,
    ]


def _place(where: Location) -> Json:
    region = where.region
    lines: list[Json] = [region.start_line, region.start_column, region.end_line, region.end_column]
    return [where.target, where.item, where.pointer, where.uri, lines]


def _told(given: Json) -> Found:
    """The matches that `_tell` told."""
    named = cast("Mapping[str, list[Any]]", given)
    return {name: tuple(map(_match, matches)) for name, matches in named.items()}


def _match(given: Sequence[Any]) -> Match:
    rule_id, location, evidence, message, span, view, related, steps, confidence = given
    return Match(
        rule_id,
        _location(*location),
        evidence,
        message,
        tuple(span),
        view,
        tuple(_location(*each) for each in related),
        tuple(Step(_location(*where), said, code) for where, said, code in steps),
        Confidence(confidence) if confidence is not None else None,
    )


def _location(target: str, item: str, pointer: str, uri: str, lines: Any) -> Location:
    return Location(target, item, pointer, uri, Region(*lines))
