"""What one tool puts into an object and another one runs: two flows, each by itself none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

from driftseal.code.project import ClassRef, FunctionRef, Project
from driftseal.observe.taint import bodies, shared
from driftseal.observe.taint.labels import Origin
from driftseal.observe.taint.stores import CLASS, KEPT
from driftseal.observe.taint.summary import Hit, Spot, Summary

RUN: Final = frozenset({"code", "command", "template"})
"""Sinks that run what they are given. Statements, and commands as a whole, are kept to be run later by design."""

_TIMERS: Final = frozenset({"setTimeout", "setInterval"})
"""What runs texts, and is given functions and numbers that objects keep."""

_PLACES: Final = 16
"""Places that run what one member holds."""

Member: TypeAlias = "tuple[ClassRef | FunctionRef, str]"
"""A member of the objects of a class; or a variable of a function, or of a file's top level, with a member of it."""


def run(project: Project, summaries: Mapping[FunctionRef, Summary]) -> Mapping[Member, Sequence[Hit]]:
    """Members of objects, and variables, that something has run, with the shortest ways there, one for each place."""
    found: dict[Member, dict[tuple[str, int], tuple[int, Hit]]] = {}
    put: dict[str, frozenset[str]] = {}
    for ref, summary in summaries.items():
        for hit in summary.hits.values():
            if hit.kind not in RUN or hit.spot.name.rpartition(".")[2] in _TIMERS:
                continue
            member = _read(project, ref, hit, put)
            if member is None:
                continue
            places = found.setdefault(member, {})
            place, calls = (hit.spot.path, hit.spot.line), _calls(hit)
            if place in places:
                places[place] = min(places[place], (calls, hit), key=itemgetter(0))
            elif len(places) < _PLACES:
                places[place] = calls, hit
    return {member: tuple(hit for _, hit in places.values()) for member, places in found.items()}


def _read(project: Project, ref: FunctionRef, hit: Hit, put: dict[str, frozenset[str]]) -> Member | None:
    """The member, or the variable, that is run; of commands those alone that are a part of one."""
    root, path = hit.label
    whole = hit.kind == "command" and not hit.before
    if isinstance(root, Origin):
        return shared.place(root) if root.kind == shared.VARIABLE and not whole else None
    cls = project.function(ref).cls
    if root != "this" or not path or cls < 0 or whole:
        return None
    return (
        (ClassRef(ref.path, cls), path[0]) if hit.kind != "command" or path[0] in _put(project, ref.path, put) else None
    )


def _put(project: Project, path: str, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """Members of objects that a file sets once they are made. What a constructor alone sets, no tool puts there."""
    if path not in known:
        later = (each for each in project.modules[path].functions if each.name not in bodies.CONSTRUCTORS)
        known[path] = frozenset().union(*(bodies.set_on_this(each.body) for each in later))
    return known[path]


def _calls(hit: Hit) -> int:
    """How many calls lead to where something is run."""
    count, below = 0, hit.below
    while below is not None:
        count, below = count + 1, below.below
    return count


def member(spot: Spot) -> Member | None:
    """The member, or the variable, that something is put into at a place; None where it is another kind of place."""
    if spot.kind != KEPT:
        return None
    number, _, name = spot.name.partition(".")
    if number.startswith(CLASS):
        return ClassRef(spot.path, int(number.removeprefix(CLASS))), name
    return FunctionRef(spot.path, int(number)), name
