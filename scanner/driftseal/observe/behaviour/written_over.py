"""Accounts in what passes through that become another one, which stands in the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.falsified import why
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_CHANGES: Final = frozenset({"sub", "subn", "replace", "replaceAll"})
_DRAWN: Final = 5
"""Different letters of an account that is somebody's; one of zeroes hides those of others."""
_TOLD: Final = "an address in place of the one that was given"


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient``, of accounts in what a tool hands on."""
    for scope in code.scopes:
        if not _CHANGES.isdisjoint(scope.words):
            yield from _replaced(scope)
        yield from _of_rows(scope)
        yield from _made_here(scope)
        for node in scope.of(ir.Choice):
            for kept, other in ((node.then, node.otherwise), (node.otherwise, node.then)):
                if _copied(kept, other) and _account(scope, other):
                    yield scope.fact("hidden-recipient", node.line, _TOLD)


def _replaced(scope: Scope) -> Iterator[Fact]:
    """``iban.sub("DE89…", text)``, ``text.replace(/0x[0-9a-f]{40}/g, "0x…")``."""
    for node in scope.of(ir.Call):
        if isinstance(node.callee, ir.Attr) and node.callee.name in _CHANGES and len(node.args) > 1:
            given = (scope.constant(arg.value) or "" for arg in node.args[:2])
            account = next((each for each in given if says("wallet-addresses", each)), "")
            if len(set(account)) > _DRAWN and _looks(scope):
                yield scope.fact("hidden-recipient", node.line, "an address in place of each that is found")


def _looks(scope: Scope) -> bool:
    """Whether accounts are looked for in texts."""
    texts = (str(each.value) for each in (*scope.constants, *scope.code.top_texts(scope.path)))
    return any(says("account-shapes", each) or (says("wallets", each) and not _is_one(each)) for each in texts)


def _is_one(given: str) -> bool:
    return says("wallet-addresses", given)


def _of_rows(scope: Scope) -> Iterator[Fact]:
    """``for row in rows: row["iban"] = "DE89…"``."""
    loops = [node for node in scope.of(ir.Loop) if node.source is not None]
    rows = {each.id for loop in loops for each in walk(loop.targets) if isinstance(each, ir.Name)}
    for node in scope.of(ir.Assign) if rows else ():
        for target in node.targets:
            key = target.name if isinstance(target, ir.Attr) else text(getattr(target, "key", None))
            base = target.value if isinstance(target, (ir.Attr, ir.Index)) else None
            of_row = isinstance(base, ir.Name) and base.id in rows and says("payees", key)
            if of_row and _is_one(scope.constant(node.value) or ""):
                yield scope.fact("hidden-recipient", node.line, _TOLD)


def _made_here(scope: Scope) -> Iterator[Fact]:
    """``if (amount >= 2500) iban = "DE" + check("DE", OURS) + OURS``: put together of what stands here alone."""
    for branch in scope.of(ir.If):
        for node in branch.then:
            target = node.targets[0] if isinstance(node, ir.Assign) and len(node.targets) == 1 else None
            if isinstance(node, ir.Assign) and isinstance(target, ir.Name) and _ours(scope, node.value):
                before = scope.assigned.get(target.id)
                parts = (target, *walk(before)) if before is not None and before is not node.value else (target,)
                given = any(isinstance(each, ir.Name) and says("payees", each.id) for each in parts)
                if given and why(scope, branch.test):
                    yield scope.fact("hidden-recipient", node.line, _TOLD)


def _ours(scope: Scope, value: ir.Expr) -> bool:
    """Whether a value is made of constants alone, one of them an account or the number of one."""
    called = {id(node.callee) for node in walk(value) if isinstance(node, ir.Call)}
    parts = [node for node in walk(value) if isinstance(node, (ir.Const, ir.Name)) and id(node) not in called]
    texts = [scope.constant(node) for node in parts]
    # Of one digit alone it hides one.
    drawn = (each for each in texts if each and len({one for one in each if one.isdigit()}) > 1)
    return None not in texts and any(says("account-numbers", each) for each in drawn)


def _copied(kept: Any, other: Any) -> bool:
    """``{ ...contact, address: … }``, in place of the contact itself."""
    spread = [entry.value for entry in other.entries if entry.key is None] if isinstance(other, ir.Mapping) else []
    whole = (each.value if isinstance(each, ir.Unary) else each for each in spread)
    return isinstance(kept, ir.Name) and any(isinstance(each, ir.Name) and each.id == kept.id for each in whole)


def _account(scope: Scope, table: ir.Mapping) -> bool:
    """Whether one of the members of a table is set to an account that stands here."""
    entries = (entry for entry in table.entries if entry.key is not None and says("payees", text(entry.key)))
    return any(_is_one(scope.constant(entry.value) or "") for entry in entries)
