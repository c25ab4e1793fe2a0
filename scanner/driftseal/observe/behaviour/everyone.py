"""Messages that go round: one for each of several, of whom a caller named some and the source one more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.every_place import items_of, rounds
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_ROUNDS: Final = 8
"""Loops of a function that are looked at."""
_PEOPLE: Final = 16
"""Items of a list that are looked at."""
_ADDERS: Final = frozenset({"rcpt", "addTo", "add_to", "addRecipient", "add_recipient"})
_NUMBER: Final = 100_000
"""The least number that stands for somebody, and not for a count."""


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient``, of a list that is gone through."""
    for scope in code.scopes:
        keys = [key for key in scope.keys if _takes(key)]
        if not keys and _ADDERS.isdisjoint(scope.lasts):
            continue
        for names, source, body in islice(rounds(scope), _ROUNDS):
            found = _stranger(scope, source)
            told = next((key for key in _addressed(body, names)), "") if found else ""
            if told:
                yield scope.fact("hidden-recipient", source.line, f"{told}: {found}, one of several")


def _takes(key: str) -> bool:
    return says("recipient-lists", key) or says("recipient-fields", key) or says("chat-fields", key)


def _addressed(body: Any, names: frozenset[str]) -> Iterator[str]:
    """The fields in which a message names one of those who are gone through."""
    for node in walk(body):
        if isinstance(node, (ir.Arg, ir.Entry)) and isinstance(node.value, ir.Name) and node.value.id in names:
            key = node.name if isinstance(node, ir.Arg) else text(node.key)
            if _takes(key):
                yield key
        elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr) and node.callee.name in _ADDERS:
            first = node.args[0].value if node.args else None
            if isinstance(first, ir.Name) and first.id in names:
                yield node.callee.name


def _stranger(scope: Scope, source: ir.Expr) -> str:
    """Who stands in the source, of a list whose others the caller names; empty for any other list."""
    items = [*islice(items_of(scope, _whole(scope, source)), _PEOPLE)]
    told = any(isinstance(node, ir.Name) and scope.set_to(node) is node for _, item in items for node in walk(item))
    found = (_somebody(owner, item) for owner, item in items) if told else iter(())
    return next(filter(None, found), "")


def _whole(scope: Scope, source: ir.Expr) -> Any:
    listed = scope.set_to(source)
    # ``set([to, further])`` and ``new Set([to, further])``
    made = listed.args[0].value if isinstance(listed, ir.Call) and len(listed.args) == 1 else listed
    return scope.set_to(made)


def _somebody(scope: Scope, item: ir.Expr) -> str:
    if isinstance(item, ir.Unary) and item.op == "-":
        item = item.value
    if isinstance(item, ir.Const) and type(item.value) is int:
        return str(item.value) if item.value >= _NUMBER else ""
    given = scope.constant(item) or ""
    known = says("addresses", given) or says("chats", given)
    return given if known and not says("sample-addresses", given) else ""
