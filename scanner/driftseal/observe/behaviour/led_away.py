"""Addresses that are written anew below a domain of the source: whoever follows one lands with somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_REPLACES: Final = frozenset({"replace", "replaceAll", "sub"})
_PAIR: Final = 2
"""What is looked for, and what is put in its place."""
_ROWS: Final = 200
"""Rows of one table that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``links-led-away``."""
    for scope in code.scopes:
        for call in scope.of(ir.Call) if not _REPLACES.isdisjoint(scope.lasts) else ():
            if nodes.last(call.callee) not in _REPLACES or len(call.args) < _PAIR:
                continue
            found = next((put for pattern, put in _pairs(scope, call) if _leads_away(pattern, put)), "")
            if found:
                yield scope.fact("links-led-away", call.line, found)


def _pairs(scope: Scope, call: ir.Call) -> Iterator[tuple[str, str]]:
    """What is replaced by what; of names that go through a table, by each of its rows."""
    given = [arg.value for arg in call.args[:_PAIR]]
    yield scope.constant(given[0]) or "", scope.constant(given[1]) or ""
    names = [each.id for each in given if type(each) is ir.Name and each.id in scope.looped]
    for row in _rows(scope.looped[names[0]]) if len(names) == _PAIR else ():
        texts = [str(each.value) for each in nodes.strings(row)]
        if len(texts) == _PAIR:
            yield texts[0], texts[1]


def _rows(table: Any) -> list[Any]:
    return list(table.items[:_ROWS]) if isinstance(table, ir.Group) else []


def _leads_away(pattern: str, put: str) -> bool:
    """Whether a part of any domain's name stays, in front of a domain that is not the one that was looked for."""
    if not says("domains-anew", put) or not says("any-domain", pattern):
        return False
    name = put.rstrip("/").rpartition("/")[2].split(".")[-2:]
    return not all(part in pattern for part in name)
