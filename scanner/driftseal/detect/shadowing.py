"""Shadowing: what servers that meet in one conversation do to each other's tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

from driftseal.detect.base import Detector
from driftseal.detect.shadows import names, references, servers
from driftseal.detect.shadows.references import Meeting, Seen
from driftseal.errors import RuleError
from driftseal.model.finding import Match
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations

_CHECKS: Final[Mapping[str, Callable[[Meeting], Iterator[Seen]]]] = {
    "shared-name": names.shared_name,
    "shared-generic-name": names.shared_generic_name,
    "same-server-twice": names.same_server_twice,
    "copied-server": names.copied_server,
    "drawn-alike": names.drawn_alike,
    "near-name": names.near_name,
    "steers-foreign-tool": references.steers_foreign_tool,
    "mentions-foreign-tool": references.mentions_foreign_tool,
    "steers-foreign-server": references.steers_foreign_server,
    "redefines-absent-tool": references.redefines_absent_tool,
    "takes-configured-name": servers.takes_configured_name,
}


class Shadowing(Detector):
    """One match for each item in which the check named by ``match.check`` sees another server's tool concerned."""

    name: ClassVar[str] = "shadowing"
    within_sessions: ClassVar[bool] = True

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a check that there is none of.
        """
        checks = [(rule, _check(rule)) for rule in rules]
        for session in sessions:
            meeting = Meeting(session, seen)
            for rule, check in checks:
                told: Counter[tuple[str, str]] = Counter()
                for found in check(meeting):
                    key = (found.snapshot.target.identity, found.item.key)
                    told[key] += 1
                    if rule.looks_at(found.item.kind) and told[key] <= seen.limits.matches:
                        yield found.spot.match(rule, found.snapshot, found.item, seen.limits)


def _check(rule: Rule) -> Callable[[Meeting], Iterator[Seen]]:
    check = _CHECKS.get(str(rule.match.get("check")))
    if check is None:
        raise RuleError(f"{rule.source}: match.check is none of {', '.join(_CHECKS)}")
    return check
