"""What a family of behaviour finds."""

from __future__ import annotations

from typing import NamedTuple

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
