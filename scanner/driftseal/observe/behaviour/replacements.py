"""What a call replaces by what: ``text.replace(a, b)``, also where a loop goes through a table of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.scopes import Scope

NAMES: Final = frozenset({"replace", "replaceAll", "sub"})
"""Names of such calls."""
_PAIR: Final = 2
"""What is looked for, and what is put in its place."""
_ROWS: Final = 200
"""Rows of one table that are looked at."""


def found(scope: Scope) -> Iterator[tuple[ir.Call, str, str]]:
    """Every replacement of a function whose texts stand in the source: the call, what is looked for, what is put."""
    for call in scope.of(ir.Call) if not NAMES.isdisjoint(scope.lasts) else ():
        if nodes.last(call.callee) in NAMES and call.args:
            yield from ((call, pattern, put) for pattern, put in _pairs(scope, call))


def _pairs(scope: Scope, call: ir.Call) -> Iterator[tuple[str, str]]:
    given = [arg.value for arg in call.args[:_PAIR]]
    known = [scope.set_to(each) for each in given]
    parts = [part for each in known for part in (each.items if isinstance(each, ir.Group) else (each,))]
    texts = [scope.constant(part) or "" for part in parts]
    if len(texts) >= _PAIR:
        yield texts[0], texts[1]
    names = [each.id for each in given if type(each) is ir.Name and each.id in scope.looped]
    for row in _rows(scope.looped[names[0]]) if len(names) == _PAIR else ():
        held = [str(each.value) for each in nodes.strings(row)]
        if len(held) == _PAIR:
            yield held[0], held[1]


def _rows(table: Any) -> list[Any]:
    return list(table.items[:_ROWS]) if isinstance(table, ir.Group) else []
