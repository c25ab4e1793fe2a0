"""What tools say of themselves against what their code does; both sides are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal.detect import _rules
from driftseal.detect._source import Source
from driftseal.detect.base import Detector
from driftseal.detect.claims import hints, purpose, secrets
from driftseal.detect.claims.promise import Breach
from driftseal.detect.claims.view import View
from driftseal.errors import RuleError
from driftseal.model.finding import Location, Match, Step
from driftseal.model.item import Item
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.observations import Observations

if TYPE_CHECKING:
    from driftseal.observe.deeds import Deed
    from driftseal.observe.program import Program

_CHECKS: Final[Mapping[str, Callable[[View, str], Iterator[Breach]]]] = {
    "read-only-changes": hints.read_only_changes,
    "read-only-executes": hints.read_only_executes,
    "harmless-deletes": hints.harmless_deletes,
    "closed-reaches-out": hints.closed_reaches_out,
    "computes-sends": purpose.sends,
    "computes-looks-up": purpose.looks_up,
    "computes-acts": purpose.acts,
    "senses": purpose.senses,
    "recipients": purpose.recipients,
    "secret-files": secrets.files,
    "foreign-variables": secrets.variables,
    "environment": secrets.environment,
}


class SaysAndDoes(Detector):
    """At most one match for each tool and rule, the surest one."""

    name: ClassVar[str] = "says_and_does"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a check that there is none of.
        """
        checks = [(rule, _check(rule)) for rule in rules]
        present = {snapshot.target.identity: snapshot for session in sessions for snapshot in session.snapshots}
        told: set[tuple[str, str, str]] = set()
        for identity, snapshot in present.items():
            program = seen.program(identity)
            if program is not None:
                view = View(snapshot, program, seen.deeds(identity))
                for match in _of_server(snapshot, program, view, checks, Source(snapshot, program)):
                    told.add((match.rule_id, identity, match.location.item))
                    yield match
        for live, static, program in seen.pairs:
            if live.target.identity in present:
                # A running server may promise what its source does not.
                view = View(live, program, seen.deeds(static.target.identity))
                for match in _of_server(live, program, view, checks, Source(static, program)):
                    if (match.rule_id, static.target.identity, match.location.item) not in told:
                        yield match


def _check(rule: Rule) -> Callable[[View, str], Iterator[Breach]]:
    names = _rules.texts(rule, "check")
    if len(names) != 1 or names[0] not in _CHECKS:
        raise RuleError(f"{rule.source}: match.check is none of {', '.join(_CHECKS)}")
    return _CHECKS[names[0]]


def _of_server(
    snapshot: Snapshot,
    program: Program,
    view: View,
    checks: Sequence[tuple[Rule, Callable[[View, str], Iterator[Breach]]]],
    source: Source,
) -> Iterator[Match]:
    items = {item.key: item for item in snapshot.items}
    for key in view.promises:
        for rule, check in checks:
            found = list(check(view, key))
            if found:
                surest = max(
                    found, key=lambda breach: rule.confidence if breach.confidence is None else breach.confidence
                )
                yield _match(rule, snapshot, items[key], surest, source, program)


def _match(rule: Rule, snapshot: Snapshot, item: Item, breach: Breach, source: Source, program: Program) -> Match:
    limits = program.limits
    promised = _rules.place(snapshot, item, breach.pointer)

    def at(deed: Deed) -> Location:
        place = source.place(deed.path, deed.line)
        return Location(promised.target, item.key, "", place.uri, place.region)

    steps = [Step(promised, _rules.cut(f"{item.name} says: {breach.promise}", limits))]
    for deed in (breach.deed, *breach.also):
        code = source.evidence(deed.path, deed.line, "")
        steps.append(Step(at(deed), _rules.cut(f"the code does: {deed.shown}", limits), code))
    return Match(
        rule.id,
        at(breach.deed),
        source.evidence(breach.deed.path, breach.deed.line, breach.deed.shown),
        message=_rules.cut(breach.why, limits),
        related=(promised,),
        steps=tuple(steps),
        confidence=breach.confidence,
    )
