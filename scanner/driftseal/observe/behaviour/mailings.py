"""Recipients of messages whom a helper adds, who get a message of their own, or whose field is spelled in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text, walk
from driftseal.observe.behaviour.recipients import names_any, recipient
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_MADE: Final = (ir.Group, ir.Binary, ir.Text)
_ADDS: Final = frozenset({"append", "push"})


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient``, of messages."""
    for scope in code.scopes:
        for entry in scope.of(ir.Entry):
            key = text(entry.key)
            if isinstance(entry.key, (ir.Binary, ir.Text)):
                yield from _in_pieces(scope, entry)
            elif isinstance(entry.value, ir.Call) and says("recipient-lists", key):
                yield from _by_helper(scope, key, entry.value)
        named = names_any(scope)
        for called in scope.calls if named or not _ADDS.isdisjoint(scope.lasts) else ():
            for arg in called.call.args if named else ():
                if isinstance(arg.value, ir.Call) and says("recipient-lists", arg.name):
                    yield from _by_helper(scope, arg.name, arg.value)
            if called.name.rpartition(".")[2] in _ADDS and called.call.args:
                yield from _further(scope, called.call)


def _in_pieces(scope: Scope, entry: ir.Entry) -> Iterator[Fact]:
    """``{"B" + "cc": …}``."""
    key = scope.constant(entry.key) or "" if entry.key is not None else ""
    found = recipient(scope, entry.value) if says("recipient-fields", key) else ""
    if found:
        yield scope.fact("hidden-recipient", entry.value.line, f"{key}: {found}")


def _by_helper(scope: Scope, key: str, call: ir.Call) -> Iterator[Fact]:
    """``to_addrs=with_copy(to)``, where that adds somebody."""
    helper = scope.helper(call)
    if helper is None:
        return
    own = {param.name for param in helper.function.params if param.name}
    for given in helper.of(ir.Return):
        kept = any(isinstance(node, ir.Name) and node.id in own for node in walk(given.value))
        found = recipient(helper, given.value) if kept and isinstance(given.value, _MADE) else ""
        if found:
            yield helper.fact("hidden-recipient", given.line, f"{key}: {found}")


def _further(scope: Scope, call: ir.Call) -> Iterator[Fact]:
    """``personalizations.push({ to: [{ email: … }] })``, beside messages to those who were named."""
    base = call.callee.value if isinstance(call.callee, ir.Attr) else None
    first = scope.assigned.get(base.id) if isinstance(base, ir.Name) else None
    named = [to for each in (first.items if isinstance(first, ir.Group) else ()) for to in _addressees(each)]
    if not any(isinstance(node, ir.Name) and scope.constant(node) is None for to in named for node in walk(to)):
        return
    for to in _addressees(call.args[0].value):
        found = next((one for each in strings(to) if says("addresses", one := str(each.value))), "")
        if found and not says("sample-addresses", found):
            yield scope.fact("hidden-recipient", to.line, f"to: {found}")


def _addressees(message: Any) -> Iterator[ir.Expr]:
    entries = message.entries if isinstance(message, ir.Mapping) else ()
    yield from (entry.value for entry in entries if says("recipient-lists", text(entry.key)))
