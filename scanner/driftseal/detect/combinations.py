"""Toxic combinations: tools that are harmless alone and dangerous in one session, shown as a path through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from driftseal.detect import _rules
from driftseal.detect.base import Detector
from driftseal.errors import RuleError
from driftseal.model.finding import Match, Step
from driftseal.model.item import Item
from driftseal.model.observation import Basis, Capability, Label
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.observations import Observations

_SUREST: Mapping[Basis, int] = {Basis.CODE: 0, Basis.DECLARED: 1, Basis.TEXT: 2}


class Combinations(Detector):
    """One match for each session and rule whose ``match.path`` of capabilities its tools can walk together.

    After the «lethal trifecta» of private data, untrusted content and a way out (S. Willison, 2025).
    """

    name = "combinations"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule's path names no capability.
        """
        paths = [(rule, _path(rule)) for rule in rules]
        if not paths:
            return
        by_item: dict[tuple[str, str], list[Capability]] = {}
        for capability in seen.capabilities:
            by_item.setdefault((capability.target, capability.item), []).append(capability)
        for session in sessions:
            able = _able(session, by_item)
            for rule, labels in paths:
                found = _walk(able, labels)
                if found:
                    yield _match(rule, found, seen)


_Able = tuple[Snapshot, Item, Capability]


def _able(session: Session, by_item: Mapping[tuple[str, str], Sequence[Capability]]) -> Mapping[Label, list[_Able]]:
    """Who can do what, the surest first, in the order of the session."""
    able: dict[Label, list[_Able]] = {}
    for snapshot, item in session.items():
        for capability in by_item.get((snapshot.target.identity, item.key), ()):
            able.setdefault(capability.label, []).append((snapshot, item, capability))
    return {label: sorted(those, key=lambda one: _SUREST[one[2].origin]) for label, those in able.items()}


def _walk(able: Mapping[Label, Sequence[_Able]], labels: Sequence[Label]) -> Sequence[_Able]:
    """A tool for each label, each another one; nothing where the session cannot do it all."""
    found: list[_Able] = []
    for label in labels:
        taken = {(one[0].target.identity, one[1].key) for one in found}
        free = [one for one in able.get(label, ()) if (one[0].target.identity, one[1].key) not in taken]
        if not free:
            return ()
        found.append(free[0])
    return found


def _match(rule: Rule, found: Sequence[_Able], seen: Observations) -> Match:
    steps = tuple(
        Step(
            _rules.place(snapshot, item),
            f"{snapshot.target.name}: {item.name} {_says(capability.label)} ({capability.evidence})",
        )
        for snapshot, item, capability in found
    )
    snapshot, item, _ = found[-1]
    path = " → ".join(one[1].name for one in found)
    return Match(
        rule.id,
        _rules.place(snapshot, item),
        _rules.cut(path, seen.limits),
        message=_rules.cut(f"{rule.title}: {path}", seen.limits),
        steps=steps,
        related=_rules.nearest([step.location for step in steps[:-1]], seen.limits),
    )


def _says(label: Label) -> str:
    return label.value.replace("-", " ")


def _path(rule: Rule) -> Sequence[Label]:
    words = _rules.texts(rule, "path")
    try:
        labels = [Label(word) for word in words]
    except ValueError as cause:
        raise RuleError(f"{rule.source}: match.path: {cause}", hint=f"write some of {', '.join(Label)}") from cause
    if len(labels) < len(("from", "to")):
        raise RuleError(f"{rule.source}: match.path names at least two capabilities")
    return labels
