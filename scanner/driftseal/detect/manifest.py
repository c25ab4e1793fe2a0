"""Manifests that lie: what definitions claim of themselves against what they say elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from driftseal.detect import _rules
from driftseal.detect._spot import Spot
from driftseal.detect.base import Detector
from driftseal.detect.manifests import hints, links, servers, wording
from driftseal.errors import RuleError
from driftseal.model.finding import Match
from driftseal.model.item import Item, ItemKind
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Session
from driftseal.observe.observations import Observations

_TOOLS: Final = frozenset({ItemKind.TOOL})
_RESOURCES: Final = frozenset({ItemKind.RESOURCE, ItemKind.RESOURCE_TEMPLATE})
_ANY: Final = _TOOLS | _RESOURCES | {ItemKind.PROMPT, ItemKind.SERVER}

_CHECKS: Final[Mapping[str, tuple[frozenset[ItemKind], Callable[[Item], Iterator[Spot]]]]] = {
    "read-only": (_TOOLS, hints.read_only),
    "read-only-executes": (_TOOLS, hints.read_only_executes),
    "harmless": (_TOOLS, hints.harmless),
    "idempotent": (_TOOLS, hints.idempotent),
    "closed-world": (_TOOLS, hints.closed_world),
    "claims-read-only": (_TOOLS, hints.claims_read_only),
    "title": (_TOOLS, wording.title_hides_action),
    "secret-in-header": (_TOOLS, wording.secret_in_header),
    "reserved-header": (_TOOLS, wording.header_is_reserved),
    "icon-active": (_ANY, links.icons_active),
    "icon-plain-http": (_ANY, links.icons_plain),
    "resource-active": (_RESOURCES, links.resource_runs),
    "resource-sensitive": (_RESOURCES, links.resource_sensitive),
    "page-policy": (_TOOLS | _RESOURCES, links.page_reaches_anywhere),
    "page-permissions": (_RESOURCES, links.page_asks_permissions),
    "server-imitates": (frozenset({ItemKind.SERVER}), servers.imitates_known),
}


class Manifest(Detector):
    """One match for each place at which the check named by ``match.check`` sees a contradiction."""

    name = "manifest"

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See `Detector.detect`.

        Raises:
            RuleError: a rule names a check that there is none of.
        """
        checks = [(rule, *_check(rule)) for rule in rules]
        for session in sessions:
            for snapshot, item in session.items():
                for rule, kinds, check in checks:
                    if item.kind in kinds and rule.looks_at(item.kind):
                        spots = list(check(item))
                        for spot in spots[: seen.limits.matches]:
                            yield spot.match(rule, snapshot, item, seen.limits)


def _check(rule: Rule) -> tuple[frozenset[ItemKind], Callable[[Item], Iterator[Spot]]]:
    names = _rules.texts(rule, "check")
    if len(names) != 1 or names[0] not in _CHECKS:
        raise RuleError(f"{rule.source}: match.check is none of {', '.join(_CHECKS)}")
    return _CHECKS[names[0]]
