"""Addresses that are written anew below a domain of the source: whoever follows one lands with somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from driftseal.observe.behaviour import replacements
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.whole import Code


def find(code: Code) -> Iterator[Fact]:
    """``links-led-away``."""
    for scope in code.scopes:
        told: set[int] = set()
        for call, pattern, put in replacements.found(scope):
            if call.line not in told and _leads_away(pattern, put):
                told.add(call.line)
                yield scope.fact("links-led-away", call.line, put)


def _leads_away(pattern: str, put: str) -> bool:
    """Whether a part of any domain's name stays, in front of a domain that is not the one that was looked for."""
    if not says("domains-anew", put) or not says("any-domain", pattern):
        return False
    name = put.rstrip("/").rpartition("/")[2].split(".")[-2:]
    return not all(part in pattern for part in name)
