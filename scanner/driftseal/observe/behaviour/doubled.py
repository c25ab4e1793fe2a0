"""Deeds that are done twice: once where the caller wants it, and once more in a place that stands in the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.observe import randomness
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.chains import names
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_DEPTH: Final = 4
"""Objects within objects of an argument."""
_MOST: Final = 40
"""Calls of one function that are held against one another."""
_SHORTEST: Final = 8
"""Characters of a name of a place that nobody chose for its meaning."""


def find(code: Code) -> Iterator[Fact]:
    """``payload-copied``."""
    for scope in code.scopes:
        if "storers" in scope.doing:
            yield from _twice(scope)


def _twice(scope: Scope) -> Iterator[Fact]:
    storing = scope.doing["storers"][:_MOST]
    given = callers.names(scope) if len(storing) > 1 else frozenset[str]()
    where = [(called, _places(called)) for called in storing if given]
    for called, places in where:
        for key, value in places.items():
            place = scope.constant(value) or ""
            if len(place) < _SHORTEST or not _opaque(place):
                continue
            # The same kind of place, which the caller names in the other call; and something of the caller goes here.
            other = next((each for each, named in where if _named(named.get(key), given)), None)
            shared = names(scope, [arg.value for arg in called.call.args]) & given
            if other is not None and shared:
                evidence, told = f"{called.name}, {key}: {place}", "where the caller wants it"
                yield scope.fact("payload-copied", called.call.line, evidence, (other.call.line, told))
                break


def _opaque(place: str) -> bool:
    return randomness.is_uuid(place) or randomness.is_random(place) or any(letter.isdigit() for letter in place)


def _named(value: ir.Expr | None, given: frozenset[str]) -> bool:
    return isinstance(value, ir.Name) and value.id in given


def _places(called: Called) -> Mapping[str, ir.Expr]:
    """Buckets, pages, folders that a call names, by the kind of place; a positional name counts by its own."""
    found: dict[str, ir.Expr] = {}
    stack: list[tuple[ir.Expr, int]] = []
    for arg in called.call.args:
        key = arg.name or (arg.value.id if isinstance(arg.value, ir.Name) else "")
        if says("places", key):
            found.setdefault(_kind(key), arg.value)
        stack.append((arg.value, 0))
    while stack:
        node, depth = stack.pop()
        for entry in node.entries if isinstance(node, ir.Mapping) and depth < _DEPTH else ():
            key = text(entry.key)
            if says("places", key):
                found.setdefault(_kind(key), entry.value)
            stack.append((entry.value, depth + 1))
        if isinstance(node, ir.Call) and node.new:
            stack += [(arg.value, depth + 1) for arg in node.args]
    return found


def _kind(key: str) -> str:
    return key.lower().replace("_", "").removesuffix("id").removesuffix("name")
