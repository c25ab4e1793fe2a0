"""What a family of behaviour finds."""

from __future__ import annotations

from typing import NamedTuple, cast

from driftseal.model.item import Json
from driftseal.records import dataclass


class Related(NamedTuple):
    """Another place that a fact rests on."""

    path: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that code does, and where."""

    name: str
    path: str
    line: int
    evidence: str
    """In a few words: the call or the constant, never a value of a credential."""
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found of one project."""

    facts: tuple[Fact, ...]
    complete: bool
    """Whether all of the code was looked at; a bound may have ended it."""


def tell(facts: Facts) -> Json:
    """Facts as plain values, for `told`."""
    every: list[Json] = [
        [one.name, one.path, one.line, one.evidence, [list[Json](more) for more in one.related]] for one in facts.facts
    ]
    return [facts.complete, every]


def told(given: Json) -> Facts:
    """The facts that `tell` told."""
    complete, every = cast("tuple[bool, list[tuple[str, str, int, str, list[tuple[str, int, str]]]]]", given)
    facts = [
        Fact(name, path, line, evidence, tuple(Related(*more) for more in related))
        for name, path, line, evidence, related in every
    ]
    return Facts(tuple(facts), complete)
