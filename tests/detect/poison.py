"""Sessions of one manifest, and what the detectors say of them."""

from __future__ import annotations

from collections.abc import Mapping

from driftseal import plugins, rulebook
from driftseal.detect.base import Detector
from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.finding import Match
from driftseal.model.item import ItemKind, Json
from driftseal.model.rule import Confidence, Rule, Severity, Status
from driftseal.model.snapshot import Origin, Session
from driftseal.model.target import Target
from driftseal.observe.observations import Observations
from driftseal.snapshot import make_item, take

RULES = rulebook.load()


def matches(
    detector: str,
    content: Json,
    *rules: Rule,
    kind: ItemKind = ItemKind.TOOL,
    limits: Limits = DEFAULT_LIMITS,
) -> list[Match]:
    """What one detector, with these rules or all of ours, says of one item."""
    target = Target("manifest", "demo.json", "demo", "demo")
    snapshot = take(
        target, [make_item(kind, "add", content)], origin=Origin.STATIC, collected_at="2026-01-01T00:00:00Z"
    )
    sessions = (Session("demo", (snapshot,)),)
    look = plugins.load("detect", detector, Detector)()  # type: ignore[type-abstract]  # its concrete subclass is made
    return list(look.detect(sessions, Observations(sessions, limits), rules or RULES.of(detector)))


def rule(match: Mapping[str, Json], detector: str = "text", kinds: frozenset[ItemKind] = frozenset()) -> Rule:
    """A rule of our own making."""
    return Rule(
        id="mine",
        title="Mine",
        status=Status.STABLE,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        detector=detector,
        applies_to=kinds,
        match=match,
        description="d",
        remediation="r",
        false_positives=(),
        taxonomies={},
        source="mine.yaml",
    )
