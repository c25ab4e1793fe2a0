"""What a call replaces by what: ``text.replace(a, b)``, also where a loop goes through a table of both."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
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
    tables: dict[int, list[tuple[str, str]]] = {}
    for call in scope.of(ir.Call) if not NAMES.isdisjoint(scope.lasts) else ():
        if nodes.last(call.callee) not in NAMES or not call.args:
            continue
        given = [arg.value for arg in call.args[:_PAIR]]
        known = [scope.set_to(each) for each in given]
        parts = [part for each in known for part in (each.items[:_PAIR] if isinstance(each, ir.Group) else (each,))]
        texts = [scope.constant(part) or "" for part in parts[:_PAIR]]
        if len(texts) == _PAIR:
            yield call, texts[0], texts[1]
        names = [each.id for each in given if type(each) is ir.Name and each.id in scope.looped]
        table = scope.looped[names[0]] if len(names) == _PAIR else None
        if table is not None and id(table) not in tables:
            tables[id(table)] = _pairs(table)
            yield from ((call, pattern, put) for pattern, put in tables[id(table)])


def _pairs(table: Any) -> list[tuple[str, str]]:
    """The rows of a table that hold two texts and no more."""
    rows = table.items[:_ROWS] if isinstance(table, ir.Group) else ()
    held = [[str(each.value) for each in islice(nodes.strings(row), _PAIR + 1)] for row in rows]
    return [(texts[0], texts[1]) for texts in held if len(texts) == _PAIR]
