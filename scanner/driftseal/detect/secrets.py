"""Credentials written into the source of a server, for everyone who has the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from driftseal.detect import _rules
from driftseal.detect._source import Source
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session
from driftseal.observe import secrets, written
from driftseal.observe.observations import Observations

if TYPE_CHECKING:
    from driftseal.observe.program import Program


class Secrets(Detector):
    """A rule names ``kinds`` of credentials; ``but`` takes kinds out where it means all others."""

    name: ClassVar[str] = "secrets"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``. At most one match for a rule and a line."""
        for session in sessions:
            for snapshot in session.snapshots:
                program = seen.program(snapshot.target.identity)
                if program is not None:
                    yield from _of_program(program, Source(snapshot, program), rules, seen.limits)


def _of_program(program: Program, source: Source, rules: Sequence[Rule], limits: Limits) -> Iterator[Match]:
    told: dict[str, set[tuple[str, int]]] = {rule.id: set() for rule in rules}
    for path, data in program.sources.items():
        for found, value, line in secrets.in_file(data):
            for rule in rules:
                lines = told[rule.id]
                if (path, line) in lines or len(lines) >= limits.matches or not _fits(rule, found.kind):
                    continue
                lines.add((path, line))
                shown = secrets.mask(value)
                evidence = source.evidence(path, line, shown)
                message = f"{rule.title}: {_rules.cut(found.name, limits)}, {shown}"
                # What only its name gives away is made up where people are shown around.
                doubt = Confidence.LOW if found.kind == secrets.KEYED and written.is_in_sample(path) else None
                yield Match(rule.id, source.place(path, line), evidence, message=message, confidence=doubt)


def _fits(rule: Rule, kind: str) -> bool:
    kinds = _rules.texts(rule, "kinds")
    return kind in kinds if kinds else kind not in _rules.texts(rule, "but")
