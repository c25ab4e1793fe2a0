"""What code does to people without being told: facts of malice and of carelessness, weighed by rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from driftseal.detect import _rules
from driftseal.detect._source import Source
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Match, Step
from driftseal.model.item import ItemKind, Json
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session
from driftseal.narrow import object_or_empty
from driftseal.observe import secrets
from driftseal.observe.observations import Observations

if TYPE_CHECKING:
    from driftseal.observe.behaviour.base import Fact
    from driftseal.observe.program import Program


class Behaviour(Detector):
    """A rule names ``facts``; with ``beside`` it wants one of those facts in the same file too.

    Where a tool says ``openly`` that this is what it does, the rule is less sure; but for facts ``unasked``, of what no
    tool was called for. So it is where no value of a caller
    comes to the sinks that ``reached`` names for a fact. The code of a model serves nobody, so that only rules hold for
    it which apply to ``model-file``.
    """

    name: ClassVar[str] = "behaviour"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``. At most one match for a rule and a line."""
        for session in sessions:
            for snapshot in session.snapshots:
                program = seen.program(snapshot.target.identity)
                if program is not None and program.facts.facts:
                    source = Source(snapshot, program)
                    model = any(item.kind is ItemKind.MODEL for item in snapshot.items)
                    for rule in rules:
                        if model and ItemKind.MODEL_FILE not in rule.applies_to:
                            continue
                        yield from _of_rule(rule, program, source, seen.limits)


def _of_rule(rule: Rule, program: Program, source: Source, limits: Limits) -> Iterator[Match]:
    facts = program.facts.facts
    beside, unasked = _rules.texts(rule, "beside"), _rules.texts(rule, "unasked")
    names = (*_rules.texts(rule, "facts"), *unasked)
    doubt = Confidence.LOW if source.says(_rules.texts(rule, "openly")) else None
    paired = {fact.path for fact in facts if fact.name in beside}
    told: set[tuple[str, int]] = set()
    for fact in facts:
        place = fact.path, fact.line
        if fact.name not in names or place in told or (beside and fact.path not in paired):
            continue
        if len(told) >= limits.matches:
            return
        told.add(place)
        sinks = object_or_empty(rule.match.get("reached")).get(fact.name)
        said = None if fact.name in unasked else doubt
        beyond = Confidence.LOW if isinstance(sinks, list) and not _reached(program, sinks) else said
        yield replace(_match(rule, fact, source, limits), confidence=beyond)


def _reached(program: Program, sinks: Sequence[Json]) -> bool:
    """Whether callers may have a say in what such sinks do: unless every tool is known, and none hands a value on.

    A way that is a mere guess is none: what is looked up by a name may hold anything.
    """
    doing = [one for one in program.declared.values() if one.kind is not ItemKind.INSTRUCTIONS]
    known = program.flows.complete and all(one.handler is not None for one in doing)
    if not known or not doing:
        return True
    flows = (flow for flow in program.flows.flows if flow.source.kind == "parameter")
    return any(flow.sink.kind in sinks and flow.confidence for flow in (*flows, *program.flows.routes))


def _match(rule: Rule, fact: Fact, source: Source, limits: Limits) -> Match:
    said = _rules.cut(secrets.blot(fact.evidence), limits)
    before = tuple(
        Step(source.place(each.path, each.line), each.what, source.evidence(each.path, each.line, ""))
        for each in fact.related
    )
    here, evidence = source.place(fact.path, fact.line), source.evidence(fact.path, fact.line, said)
    return Match(
        rule.id,
        here,
        evidence,
        message=f"{rule.title}: {said}",
        steps=(*before, Step(here, said, evidence)) if before else (),
    )
