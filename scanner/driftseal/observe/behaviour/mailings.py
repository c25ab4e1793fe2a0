"""Recipients of messages whom a helper adds, who get a message of their own, or whose field is spelled in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.asides import unanswered
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.chains import names
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import SELVES, strings, text, walk
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
        for called in scope.calls if named or not (_ADDS | {"sendmail"}).isdisjoint(scope.lasts) else ():
            for arg in called.call.args if named else ():
                if isinstance(arg.value, ir.Call) and says("recipient-lists", arg.name):
                    yield from _by_helper(scope, arg.name, arg.value)
            if called.name.endswith(".sendmail") and len(called.call.args) > 1:
                to = called.call.args[1].value  # who gets it, whatever the message says
                yield from _by_helper(scope, "to_addrs", to) if isinstance(to, ir.Call) else ()
            if called.name.rpartition(".")[2] in _ADDS and called.call.args:
                yield from _further(scope, called.call)
        yield from _twice(scope)


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
        found = found or next(_added(helper, given.value), "")
        if found:
            yield helper.fact("hidden-recipient", given.line, f"{key}: {found}")


def _added(helper: Scope, given: Any) -> Iterator[str]:
    """Addresses that a function adds to a list before it gives it back: ``addresses.append(BOUNCES)``."""
    for node in walk(given):
        if isinstance(node, ir.Name) and not isinstance(helper.assigned.get(node.id), ir.Const):
            yield from filter(None, (recipient(helper, each) for each in helper.grown.get(node.id, ())))


def _twice(scope: Scope) -> Iterator[Fact]:
    """``send("x@y.example", "copy", body)`` of a helper for mails, where the caller is answered with the body as well.

    A mail to whoever runs a server holds what is meant for them; what a caller is answered is meant for the caller.
    """
    for called, helper in scope.helped:
        given = dict(_given(helper, called.call))
        to = {name: value for name, value in given.items() if says("recipient-lists", name) and _mails(helper, name)}
        if not to or id(called.call) not in unanswered(scope):
            continue
        answered = names(scope, [node.value for node in scope.of(ir.Return) if node.value is not None])
        rest = [value for name, value in given.items() if name not in to]
        shared = {node.id for value in rest for node in walk(value) if isinstance(node, ir.Name)} & answered
        found = next((one for value in to.values() if (one := recipient(scope, value))), "")
        if found and any(scope.constant(ir.Name(name, called.call.line)) is None for name in shared):
            yield scope.fact("hidden-recipient", called.call.line, f"to: {found}")


def _given(helper: Scope, call: ir.Call) -> Iterator[tuple[str, ir.Expr]]:
    """What each parameter of a helper is called with."""
    own = [param.name for param in helper.function.params if param.name not in SELVES]
    for place, arg in enumerate(call.args):
        if arg.name or place < len(own):
            yield arg.name or own[place], arg.value


def _mails(helper: Scope, param: str) -> bool:
    """Whether a helper writes to whom a parameter names."""
    for node in helper.of(ir.Assign, ir.Entry, ir.Arg):
        target = node.targets[0] if isinstance(node, ir.Assign) and node.targets else None
        key = (
            node.name if isinstance(node, ir.Arg) else text(node.key) if isinstance(node, ir.Entry) else _field(target)
        )
        if says("recipient-lists", key) and isinstance(node.value, ir.Name) and node.value.id == param:
            return True
    return False


def _field(target: Any) -> str:
    return text(target.key) if isinstance(target, ir.Index) else target.name if isinstance(target, ir.Attr) else ""


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
