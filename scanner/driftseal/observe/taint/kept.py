"""What one tool puts into an object and another one runs: two flows, each by itself none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.observe.taint.stores import KEPT
from driftseal.observe.taint.summary import Hit, Spot, Summary

_RUN: Final = frozenset({"code", "template"})
"""Sinks that run what they are given. Commands and statements are kept to be run later by design."""

_TIMERS: Final = frozenset({"setTimeout", "setInterval"})
"""What runs texts, and is given functions and numbers that objects keep."""

Member: TypeAlias = "tuple[ClassRef, str]"


def run(project: Project, summaries: Mapping[FunctionRef, Summary]) -> dict[Member, list[Hit]]:
    """Members of objects that some method has run as code, with how they get there."""
    found: dict[Member, list[Hit]] = {}
    for ref, summary in summaries.items():
        cls = project.function(ref).cls
        for hit in summary.hits.values() if cls >= 0 else ():
            timer = hit.spot.name.rpartition(".")[2] in _TIMERS
            if hit.kind in _RUN and not timer and hit.label.root == "this" and hit.label.path:
                found.setdefault((ClassRef(ref.path, cls), hit.label.path[0]), []).append(hit)
    return found


def member(spot: Spot) -> Member | None:
    """The member that something is put into at a place; None where it is another kind of place."""
    if spot.kind != KEPT:
        return None
    number, _, name = spot.name.partition(".")
    return ClassRef(spot.path, int(number)), name


def nearest(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Of each place that runs something, the shortest way there."""
    found: dict[tuple[str, int], tuple[int, Hit]] = {}
    for hit in hits:
        key, calls, below = (hit.spot.path, hit.spot.line), 0, hit.below
        while below is not None:
            calls, below = calls + 1, below.below
        if key not in found or found[key][0] > calls:
            found[key] = calls, hit
    return (hit for _, hit in found.values())
