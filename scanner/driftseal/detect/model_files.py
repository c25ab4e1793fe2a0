"""What files of models would do to whoever loads them: facts of their bytes, weighed by rules."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from typing import ClassVar

from driftseal.detect import _rules
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.item import Item
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.files.base import Fact
from driftseal.observe.observations import Observations


class ModelFiles(Detector):
    """A rule names ``facts``; ``subjects`` and ``not_subjects`` are globs over what a fact speaks of."""

    name: ClassVar[str] = "model_files"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``. At most one match for a rule and a thing spoken of in one file."""
        by_fact: dict[str, list[Rule]] = {}
        for rule in rules:
            for name in _rules.texts(rule, "facts"):
                by_fact.setdefault(name, []).append(rule)
        for session in sessions:
            for snapshot, item in session.items():
                reading = seen.reading(snapshot.target.identity, item.key)
                if reading is not None and reading.facts:
                    yield from _of_file(snapshot, item, reading.facts, by_fact, seen.limits)


def _of_file(
    snapshot: Snapshot, item: Item, facts: Sequence[Fact], by_fact: dict[str, list[Rule]], limits: Limits
) -> Iterator[Match]:
    told: dict[str, set[str]] = {}
    for fact in facts:
        for rule in by_fact.get(fact.name, ()):
            known = told.setdefault(rule.id, set())
            evidence = _evidence(fact, limits)
            if len(known) >= limits.matches or evidence in known or not _concerns(rule, fact):
                continue
            known.add(evidence)
            # The byte is for people: a finding stays the same when other parts of the file move it.
            at = f", at byte {fact.offset}" if fact.offset else ""
            message = f"{rule.title}: {_rules.cut(fact.subject or fact.evidence, limits)}{at}"
            yield Match(rule.id, _rules.place(snapshot, item), evidence, message=message)


def _concerns(rule: Rule, fact: Fact) -> bool:
    wanted, spared = _rules.texts(rule, "subjects"), _rules.texts(rule, "not_subjects")
    if any(fnmatch.fnmatchcase(fact.subject, pattern) for pattern in spared):
        return False
    return not wanted or any(fnmatch.fnmatchcase(fact.subject, pattern) for pattern in wanted)


def _evidence(fact: Fact, limits: Limits) -> str:
    """What shows, and the way through files within files to where it does."""
    shown = _rules.cut(fact.evidence, limits)
    return f"{shown} in {fact.path}" if fact.path else shown
