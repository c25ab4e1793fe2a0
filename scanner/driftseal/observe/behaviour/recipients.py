"""Recipients that the caller did not name: constant addresses in messages, second places that get the same payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeGuard

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.hosts import host
from driftseal.observe.behaviour.kinds import DECODED
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import below, last, text, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code

_SENDS: Final = {"sendmail": 1, "SendMail": 3}
"""Calls that send a mail, and which of their arguments are those who get it."""
_HEADS: Final = frozenset({"recipient-fields", "recipient-lists"})
_ENTRIES: Final = frozenset({"setdefault", "get"})
_GOES_ON: Final = frozenset({"end", "write"})
_TEXTUAL: Final = (ir.Name, ir.Const, ir.Binary, ir.Call, ir.Text, ir.Attr)


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient`` and ``payload-copied``."""
    for scope in code.scopes:
        yield from _recipients(scope)
        yield from _guests(scope)
        yield from _copies(scope)


def _recipients(scope: Scope) -> Iterator[Fact]:
    heads = [*scope.constants] if "copied-lines" in scope.shown else []
    heads += scope.of(ir.Binary, ir.Text) if "copied-heads" in scope.shown else []
    for each in heads:
        if says("copied-lines", scope.constant(each) or ""):
            yield scope.fact("hidden-recipient", each.line, "an address in the head of a message")
    named = names_any(scope)
    for node in scope.of(*((ir.Arg, ir.Entry) if named else ()), ir.Assign, ir.Call):
        if isinstance(node, (ir.Arg, ir.Entry)):
            key = (
                node.name
                if isinstance(node, ir.Arg)
                else (scope.constant(node.key) or "" if node.key is not None else "")
            )
            yield from _field(scope, key, node.value, node.value.line)
        elif isinstance(node, ir.Assign):
            for target in node.targets:
                key = scope.constant(target.key) or "" if isinstance(target, ir.Index) else ""
                key = target.name if isinstance(target, ir.Attr) else key
                key = target.id if isinstance(target, ir.Name) and scope.number else key
                if _is_head(key):
                    yield from _field(scope, key, node.value, node.line)
                if isinstance(target, ir.Name) and node.adds:
                    yield from _list(scope, target.id, node.value, node.line)
        elif isinstance(node, ir.Call):
            yield from _method(scope, node, node.callee)


def _guests(scope: Scope) -> Iterator[Fact]:
    """Those of the source who become ``ATTENDEE:mailto:…``, a line each."""
    for made in scope.of(ir.Comprehension) if "guest-heads" in scope.shown else ():
        head = made.element.parts[0] if isinstance(made.element, ir.Text) and made.element.parts else None
        listed = scope.set_to(made.sources[0]) if says("guest-heads", text(head)) and made.sources else None
        items = [text(each).removeprefix("mailto:") for each in (listed.items if isinstance(listed, ir.Group) else ())]
        named = (each for each in items if says("addresses", each) and not says("sample-addresses", each))
        if address := next(named, ""):
            yield scope.fact("hidden-recipient", made.line, f"a guest: {address}")


@once
def names_any(scope: Scope) -> bool:
    """Whether the name of any argument or key of a function may hold those who get something."""
    return any(map(_is_head, scope.keys))


def _is_head(key: str) -> bool:
    """Whether a name may hold those who get something."""
    return bool(key) and not _HEADS.isdisjoint(subjects(key))


def _method(scope: Scope, node: ir.Call, called: ir.Expr) -> Iterator[Fact]:
    if not isinstance(called, ir.Attr):
        if len(node.args) > 1 and says("recipient-fields", text(node.args[0].value)):
            # ``line("Bcc", address)``, of whatever writes the heads.
            yield from _field(scope, text(node.args[0].value), node.args[1].value, node.line)
        return
    base = _base(scope, called.value)
    if called.name in {"append", "push", "extend", "add", "unshift"} and node.args:
        yield from _list(scope, base, node.args[0].value, node.line)
    elif called.name in {"add_header", "setHeader", "__setitem__", "set"} and len(node.args) > 1:
        yield from _field(scope, text(node.args[0].value), node.args[1].value, node.line)
    elif called.name in _SENDS and len(node.args) > _SENDS[called.name]:
        yield from _field(scope, "to", node.args[_SENDS[called.name]].value, node.line)
    elif says("recipient-fields", called.name) and node.args:
        yield from _field(scope, called.name, node.args[0].value, node.line)


def _base(scope: Scope, on: Any) -> str:
    """The name of what a method adds to, also of an entry: ``message["bcc"]``, ``message.setdefault("bcc", [])``."""
    if isinstance(on, ir.Index):
        return scope.constant(on.key) or ""
    if isinstance(on, ir.Call) and last(on.callee) in _ENTRIES and on.args:
        return scope.constant(on.args[0].value) or ""
    return last(on)


def _field(scope: Scope, key: str, value: ir.Expr, line: int) -> Iterator[Fact]:
    if key and says("recipient-fields", key):
        address = recipient(scope, value)
        if address:
            yield scope.fact("hidden-recipient", line, f"{key}: {address}")
    elif key and says("recipient-lists", key) and _concatenates(value):
        for arg in value.args:
            yield from _list(scope, key, arg.value, line)
    elif key and says("recipient-lists", key) and isinstance(value, (ir.Group, ir.Binary, ir.Text)):
        # A constant beside what the caller gave; a list of constants alone is a mailing of the server's own.
        address = recipient(scope, value)
        if address and any(isinstance(node, ir.Name) and scope.constant(node) is None for node in walk(value)):
            yield scope.fact("hidden-recipient", line, f"{key}: {address}")


def _concatenates(value: Any) -> TypeGuard[ir.Call]:
    """``[to].concat(further)``."""
    return (
        isinstance(value, ir.Call)
        and isinstance(value.callee, ir.Attr)
        and value.callee.name == "concat"
        and bool(value.args)
    )


def _list(scope: Scope, key: str, value: ir.Expr, line: int) -> Iterator[Fact]:
    address = (recipient(scope, value) or _of_maker(scope, value)) if _is_head(key) else ""
    if address:
        yield scope.fact("hidden-recipient", line, f"{key}: {address}")


def _of_maker(scope: Scope, value: ir.Expr) -> str:
    """``rcpt.add(`${mailbox}@${DOMAIN}`)``, ``rcpt.add(this.defaults.bounce)``: a domain or a setting of the source."""
    if isinstance(value, ir.Attr):
        return _settings(next(iter(scope.code.scopes), scope)).get(value.name, "")
    parts = value.parts if isinstance(value, ir.Text) else (value.left, value.right) if _adds(value) else ()
    theirs = [value, *(scope.set_to(part) for part in parts)]
    if len(parts) < 2 or any(_given(scope, each) for each in theirs):  # noqa: PLR2004  a name and a domain
        return ""
    if any(isinstance(node, ir.Name) and node.id in _each(scope) for each in theirs for node in walk(each)):
        return ""
    domain = "".join(scope.constant(part) or " " for part in parts).rpartition(" ")[2]
    return domain if says("addresses", f"name{domain}") and not says("sample-addresses", f"name{domain}") else ""


def _adds(value: Any) -> TypeGuard[ir.Binary]:
    return isinstance(value, ir.Binary) and value.op == "+"


@once
def _settings(top: Scope) -> Mapping[str, str]:
    """Addresses that tables of the project hold, by their keys; none where two tables have another each."""
    found: dict[str, str] = {}
    for scope in top.code.scopes:
        for node in scope.of(ir.Entry):
            address = node.value.value if isinstance(node.value, ir.Const) else ""
            if isinstance(address, str) and "@" in address and says("addresses", address):
                key = text(node.key)
                found[key] = address if found.get(key, address) == address else ""
    return {key: each for key, each in found.items() if not says("sample-addresses", each)}


def recipient(scope: Scope, value: ir.Expr) -> str:
    """An address that stands in a value, or is decoded for it; empty where there is none."""
    whole = scope.set_to(value)
    for each in whole.items if isinstance(whole, ir.Group) else (whole,):
        if isinstance(each, ir.Call) and _decoded(scope, each) and not _given(scope, each):
            return "an address that is decoded"
    either = walk(whole) if isinstance(whole, ir.Binary) else ()
    for node in (whole, *either, *walk(value), *_listed(scope, value)):
        given = scope.constant(node) if isinstance(node, _TEXTUAL) else None
        if given:
            for part in given.replace(";", ",").split(","):
                if says("addresses", part.strip()) and not says("sample-addresses", part.strip()):
                    return part.strip()
    return ""


def _decoded(scope: Scope, whole: ir.Call) -> bool:
    return any(isinstance(node, DECODED.nodes) and DECODED.origin(scope, node) is not None for node in walk(whole))


def _listed(scope: Scope, value: ir.Expr) -> Iterator[Any]:
    """What stands in the lists that a value is made of."""
    for node in walk(value):
        chain: Any = None
        if isinstance(node, ir.Name):
            chain = scope.assigned.get(node.id) or scope.code.top(scope.path).get(node.id)
        elif isinstance(node, ir.Attr):
            # A field of the same object.
            chain = scope.set_to(node)
            chain = chain if isinstance(chain, ir.Group) else None
        held = scope.set_to(chain) if isinstance(chain, ir.Attr) else chain  # ``{ rooms } = defaults``
        chain = held if isinstance(held, (ir.Group, ir.Mapping)) else chain
        while isinstance(chain, (ir.Call, ir.Attr)):
            chain = chain.callee if isinstance(chain, ir.Call) else chain.value
        if isinstance(chain, (ir.Group, ir.Mapping)):
            yield from walk(chain)


def _given(scope: Scope, value: ir.Expr) -> bool:
    return any(isinstance(node, ir.Name) and node.id in _parameters(scope) for node in walk(value))


@once
def _parameters(scope: Scope) -> frozenset[str]:
    return frozenset(param.name for function in scope.functions for param in function.params)


@once
def _each(scope: Scope) -> frozenset[str]:
    """Names of what is gone through."""
    targets = (each for node in scope.of(ir.Loop, ir.Comprehension) for each in node.targets)
    return frozenset(node.id for each in targets for node in walk(each) if isinstance(node, ir.Name))


def _copies(scope: Scope) -> Iterator[Fact]:
    """A call whose answer nobody takes, to a constant place, of the payload that another call sends elsewhere."""
    sent = [called for called in leaving(scope) if called.call.args]
    if len(sent) < 2:  # noqa: PLR2004  two calls make a pair
        return
    ignored = {id(called_under(node.value)) for node in scope.of(ir.Do)}
    caught = {id(node) for each in scope.of(ir.Try) for node in _handlers(each)}
    posts = [_Post(number, called, host(scope, called), payload(called)) for number, called in enumerate(sent)]
    first = _first(posts)
    for post in posts:
        if not post.host or id(post.called.call) not in ignored or id(post.called.call) in caught:
            continue
        others = [other for name in post.names for other in first[name] if other.host != post.host]
        if others:
            other = min(others, key=lambda one: one.number)
            where, what = f"{post.called.name} to {post.host}", "the payload goes here too"
            yield scope.fact("payload-copied", post.called.call.line, where, (other.called.call.line, what))


class _Post(NamedTuple):
    """One call that sends something."""

    number: int
    called: Called
    host: str
    names: set[str]


def _first(posts: Sequence[_Post]) -> Mapping[str, list[_Post]]:
    """By each name that is sent: the first call that sends it, and the first one that sends it to another host.

    More are never asked for, and to hold each call against each other one would cost the square of a flood of calls.
    """
    found: dict[str, list[_Post]] = {}
    for post in posts:
        for name in post.names:
            known = found.setdefault(name, [])
            if not known or (len(known) == 1 and known[0].host != post.host):
                known.append(post)
    return found


def called_under(expr: ir.Expr) -> ir.Expr:
    """The call under an ``await``, a ``void`` and under ``.catch(…)``."""
    while True:
        if isinstance(expr, ir.Unary):
            expr = expr.value
        elif (
            isinstance(expr, ir.Call)
            and isinstance(expr.callee, ir.Attr)
            and (expr.callee.name in {"catch", "then", "on", "unref"} or (expr.callee.name == "end" and not expr.args))
        ):
            expr = expr.callee.value
        else:
            return expr


def _handlers(node: ir.Try) -> Iterator[Any]:
    for handler in node.handlers:
        yield from walk(handler.body)


def payload(called: Called) -> set[str]:
    """Names inside what is sent: bodies and further arguments, not the address."""
    found = set()
    # ``request(address).end(body)`` is told the address before.
    begins = called.name.rpartition(".")[2] in _GOES_ON
    for place, arg in enumerate(called.call.args):
        if (place == 0 and not arg.name and not begins) or arg.name in {"headers", "timeout", "auth", "url"}:
            continue
        for node in values(arg.value):
            if isinstance(node, ir.Name):
                found.add(node.id)
    return found - {
        "JSON",
        "json",
        "self",
        "this",
        "headers",
        "str",
        "dict",
        "config",
        "options",
        "process",
        "os",
        "timeout",
    }


def values(expr: ir.Expr) -> Iterator[Any]:
    """The nodes of an argument, without those that only say how it is sent."""
    stack: list[Any] = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, ir.Entry):
            if text(node.key) in {"headers", "signal", "method", "timeout", "agent"}:
                continue
            stack.append(node.value)
            continue
        if type(node) is not tuple:
            yield node
        stack.extend(below(node))
