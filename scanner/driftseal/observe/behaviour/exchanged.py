"""Tables from which tools take their texts, and that get other texts after a number of calls or from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, strings, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.triggers import counters, reason, spelled
from driftseal.observe.behaviour.whole import Code

_TIMES: Final = frozenset({"date", "counter", "elapsed"})
_TOLD: Final = "description"
_ASSIGNS: Final = "Object.assign"
_PAIR: Final = 2
"""Arguments of ``Object.assign(table, other)``."""


def find(code: Code) -> Iterator[Fact]:
    """``text-changes``, of the table that descriptions are looked up in."""
    for scope in code.scopes:
        for branch in scope.of(ir.If) if scope.number else ():
            if reason(scope, branch.test, counters(scope)) not in _TIMES:
                continue
            for line, table in (*_put(scope, branch.then), *_put(scope, branch.otherwise)):
                if table in tables(code):
                    place = (branch.line, "decided here")
                    yield scope.fact("text-changes", line, f"{table}, in which descriptions stand", place)


def _put(scope: Scope, block: ir.Block) -> Iterator[tuple[int, str]]:
    """Lines at which texts are put into a table, with its name: ``table.update(OTHER)``, ``table = OTHER``."""
    for node in walk(block):
        into: tuple[Any, ...] = ()
        value: Any = None
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr):
            values = [arg.value for arg in node.args]
            if node.callee.name == "update" and values:
                into, value = (node.callee.value,), values[0]
            elif spelled(node.callee) == _ASSIGNS and len(values) == _PAIR:
                into, value = (values[0],), values[1]
        elif isinstance(node, ir.Assign) and not node.adds:
            into = tuple(each.value if isinstance(each, ir.Index) else each for each in node.targets)
            value = node.value
        for table in into:
            if last(table) and _says_much(scope.set_to(value)):
                yield node.line, last(table)


def _says_much(value: Any) -> bool:
    """Whether a text or a table holds more than words."""
    return isinstance(value, (ir.Mapping, ir.Const, ir.Binary, ir.Text)) and any(
        str(each.value).count(" ") > 1 for each in strings(value)
    )


def tables(code: Code) -> frozenset[str]:
    """Names of tables in which descriptions are looked up, here or by a helper that is asked for one."""
    if code.tables is None:
        code.tables = frozenset(name for scope in code.scopes if _TOLD in scope.keys for name in _tables(scope))
    return code.tables


def _tables(scope: Scope) -> Iterator[str]:
    told = [node.value for node in scope.of(ir.Arg) if node.name == _TOLD]
    told += [node.value for node in scope.of(ir.Entry) if isinstance(node.key, ir.Const) and node.key.value == _TOLD]
    named = {each.id for value in told for each in walk(value) if isinstance(each, ir.Name)}
    for value in told:
        yield from _looked_up(scope, value)
        for call in (each for each in walk(value) if isinstance(each, ir.Call)):
            helper = scope.helper(call)
            if helper is not None:
                yield from (name for given in helper.of(ir.Return) for name in _looked_up(helper, given.value))
    # ``for name, text in TEXTS.items()``
    through = [(node.targets, (node.source,)) for node in scope.of(ir.Loop)]
    through += [(node.targets, node.sources) for node in scope.of(ir.Comprehension)]
    for targets, sources in through if named else ():
        if any(isinstance(each, ir.Name) and each.id in named for each in walk(targets)):
            for source in sources:
                yield from _lasting(scope, source)
                if isinstance(source, ir.Call) and isinstance(source.callee, ir.Attr):
                    yield from _lasting(scope, source.callee.value)


def _looked_up(scope: Scope, value: Any) -> Iterator[str]:
    """Names of the tables of ``TEXTS[name]``, ``self.texts.get(name)`` and ``TEXTS.name``."""
    for node in walk(value):
        known = isinstance(node, ir.Attr) and (node.name == "get" or isinstance(scope.set_to(node.value), ir.Mapping))
        if known or isinstance(node, ir.Index):
            yield from _lasting(scope, node.value)


def _lasting(scope: Scope, table: Any) -> Iterator[str]:
    """The name of a table that outlives a call; one that a function makes is exchanged for no one."""
    if isinstance(table, ir.Attr) or (isinstance(table, ir.Name) and table.id in _outside(scope)):
        yield last(table)


def _outside(scope: Scope) -> set[str]:
    imported = {each.local for each in scope.module.imports if each.symbol}
    bound = scope.assigned.keys() if scope.number else set[str]()
    return (imported | scope.code.top(scope.path).keys()) - bound
