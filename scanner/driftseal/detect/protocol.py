"""What servers and documents do that their specification forbids or never needs.

The specification of 2026-07-28 says of ``tools/list`` that it MUST NOT vary per connection or as a side effect of
other requests (server/tools, "Listing Tools"); JSON-RPC over stdio allows nothing but messages on standard output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from driftseal.detect import _rules
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Location, Match
from driftseal.model.item import Anomaly
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.observations import Observations


class Protocol(Detector):
    """One match for each act that a rule names by ``match.anomaly``.

    ``match.difference`` narrows cloaking to ``text`` (both vantages were shown something, not the same) or
    ``presence`` (one of them was shown nothing).
    """

    name = "protocol"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`."""
        wanted = _rules.by_word(rules, "anomaly")
        for session in sessions:
            for snapshot in session.snapshots:
                yield from _of_snapshot(snapshot, wanted, seen.limits)


def _of_snapshot(snapshot: Snapshot, wanted: dict[str, list[Rule]], limits: Limits) -> Iterator[Match]:
    # A server that misbehaves a thousand times in one way is told of once for each item, and not without end.
    told: Counter[str] = Counter()
    for anomaly in snapshot.anomalies:
        for rule in wanted.get(anomaly.kind, ()):
            difference = rule.match.get("difference")
            if difference is not None and difference != _difference(anomaly):
                continue
            told[rule.id] += 1
            if told[rule.id] <= limits.matches:
                where = Location(snapshot.target.identity, anomaly.item, anomaly.pointer)
                yield Match(rule.id, where, _evidence(anomaly, limits), message=_rules.cut(anomaly.detail, limits))


def _difference(anomaly: Anomaly) -> str:
    return "text" if anomaly.old and anomaly.new else "presence"


def _evidence(anomaly: Anomaly, limits: Limits) -> str:
    """The exact difference where there is one, as lines of a diff; else what was seen."""
    if not anomaly.old and not anomaly.new:
        return _rules.cut(anomaly.detail, limits)
    half = limits.evidence_chars // 2
    sides = (("- ", anomaly.old), ("+ ", anomaly.new))
    return "\n".join(sign + text[:half] for sign, text in sides if text)
