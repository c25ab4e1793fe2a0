"""Recipients that the caller did not name: constant addresses in messages, second places that get the same payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeGuard
from urllib.parse import urlsplit

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.kinds import DECODED, connects
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import below, strings, text, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_SENDS: Final = {"sendmail": 1, "SendMail": 3}
"""Calls that send a mail, and which of their arguments are those who get it."""
_MAILS: Final = frozenset({"sendmail", "send_message", "sendMail"})
_HEADS: Final = frozenset({"recipient-fields", "recipient-lists"})
_SCHEMES: Final = (
    *("http://", "https://", "ws://", "wss://", "mqtt://", "mqtts://", "redis://", "rediss://", "amqp://", "amqps://"),
    *("mongodb://", "mongodb+srv://", "postgres://", "postgresql://", "nats://", "mysql://"),
)
_HOSTS: Final = frozenset({"hostname", "host"})
_BASES: Final = frozenset({"baseURL", "base_url", "baseUrl", "prefixUrl", "prefix", "base", "url", "uri", "node"})
WHOLE_HOST: Final = regex(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
_PACKETS: Final = ("createSocket.send", "Socket.send", ".sendto")
_ADDRESS: Final = regex(r"https?://[^\s\"'$`]{1,2000}")
_RUNS: Final = frozenset({"command", "argv"})
_CHAIN: Final = 4
"""Calls in a row between a client and what it sends."""
_TEXTUAL: Final = (ir.Name, ir.Const, ir.Binary, ir.Call, ir.Text, ir.Attr)


def find(code: Code) -> Iterator[Fact]:
    """``hidden-recipient`` and ``payload-copied``."""
    for scope in code.scopes:
        yield from _recipients(scope)
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
                key = text(target.key) if isinstance(target, ir.Index) else ""
                key = target.name if isinstance(target, ir.Attr) else key
                key = target.id if isinstance(target, ir.Name) and scope.number else key
                if _is_head(key):
                    yield from _field(scope, key, node.value, node.line)
                if isinstance(target, ir.Name) and node.adds:
                    yield from _list(scope, target.id, node.value, node.line)
        elif isinstance(node, ir.Call) and isinstance(node.callee, ir.Attr):
            yield from _method(scope, node, node.callee)


@once
def names_any(scope: Scope) -> bool:
    """Whether the name of any argument or key of a function may hold those who get something."""
    return any(map(_is_head, scope.keys))


def _is_head(key: str) -> bool:
    """Whether a name may hold those who get something."""
    return bool(key) and not _HEADS.isdisjoint(subjects(key))


def _method(scope: Scope, node: ir.Call, called: ir.Attr) -> Iterator[Fact]:
    base = called.value.id if isinstance(called.value, ir.Name) else ""
    if called.name in {"append", "push", "extend", "add", "unshift"} and node.args:
        yield from _list(scope, base, node.args[0].value, node.line)
    elif called.name in {"add_header", "setHeader", "__setitem__", "set"} and len(node.args) > 1:
        yield from _field(scope, text(node.args[0].value), node.args[1].value, node.line)
    elif called.name in _SENDS and len(node.args) > _SENDS[called.name]:
        yield from _field(scope, "to", node.args[_SENDS[called.name]].value, node.line)
    elif says("recipient-fields", called.name) and node.args:
        yield from _field(scope, called.name, node.args[0].value, node.line)


def _field(scope: Scope, key: str, value: ir.Expr, line: int) -> Iterator[Fact]:
    if key and says("recipient-fields", key):
        address = recipient(scope, value)
        if address:
            yield scope.fact("hidden-recipient", line, f"{key}: {address}")
    elif key and says("recipient-lists", key) and _concatenates(value):
        yield from _list(scope, key, value.args[0].value, line)
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
    address = recipient(scope, value) if says("recipient-lists", key) else ""
    if address:
        yield scope.fact("hidden-recipient", line, f"{key}: {address}")


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
        while isinstance(chain, (ir.Call, ir.Attr)):
            chain = chain.callee if isinstance(chain, ir.Call) else chain.value
        if isinstance(chain, (ir.Group, ir.Mapping)):
            yield from walk(chain)


def _given(scope: Scope, value: ir.Expr) -> bool:
    return any(isinstance(node, ir.Name) and node.id in _parameters(scope) for node in walk(value))


def _parameters(scope: Scope) -> set[str]:
    return {param.name for function in scope.functions for param in function.params}


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
    for place, arg in enumerate(called.call.args):
        if (place == 0 and not arg.name) or arg.name in {"headers", "timeout", "auth", "url"}:
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


def host(scope: Scope, called: Called) -> str:
    """The host that a call goes to, as far as it is fixed here or where its client was made; empty for any other."""
    first = called.call.args[0].value if called.call.args else None
    return (
        address(scope, first)
        or _of_command(scope, called)
        or _of_client(scope, called)
        or _connected(scope, called)
        or _datagram(scope, called)
        or _mailbox(scope, called)
    )


def _of_command(scope: Scope, called: Called) -> str:
    """The host that stands in the command line of a program which sends."""
    if scope.kinds(called).isdisjoint(_RUNS):
        return ""
    found = _ADDRESS.search(scope.command(called.call))
    return address(scope, ir.Const(found[0], called.call.line)) if found else ""


def _connected(scope: Scope, called: Called) -> str:
    """The host of a bare connection that is written to: ``connect(5140, "192.0.2.1").end(…)``."""
    callee = called.call.callee
    made = scope.set_to(callee.value) if isinstance(callee, ir.Attr) else None
    if not isinstance(made, ir.Call) or not connects(scope.name(made)):
        return ""
    for arg in made.args:
        whole = scope.set_to(arg.value)
        named = _named(scope, whole) if isinstance(whole, ir.Mapping) else scope.constant(arg.value) or ""
        if WHOLE_HOST.fullmatch(named):
            return named
    return ""


def _datagram(scope: Scope, called: Called) -> str:
    """The host to which a packet goes: ``socket.send(bytes, 5514, "logs.example")``, ``sendto(bytes, (host, 514))``."""
    if not called.name.endswith(_PACKETS):
        return ""
    given = (scope.constant(each) or "" for arg in called.call.args[1:] for each in _items(scope, arg.value))
    return next((each for each in given if WHOLE_HOST.fullmatch(each) and not each.isdigit()), "")


def _items(scope: Scope, value: ir.Expr) -> tuple[ir.Expr, ...]:
    whole = scope.set_to(value)
    return whole.items if isinstance(whole, ir.Group) else (value,)


def mails(called: Called) -> bool:
    """Whether a call sends a mail, to which nobody gets an answer."""
    return called.name.rpartition(".")[2] in _MAILS


def _mailbox(scope: Scope, called: Called) -> str:
    """The address to which a mail goes that goes to nobody whom a caller names."""
    if not mails(called):
        return ""
    to = [node.value for node in scope.of(ir.Assign) for target in node.targets if _head(target) == "to"]
    to += [arg.value for arg in called.call.args if arg.name in {"to", "to_addrs"}]
    to += [entry.value for arg in called.call.args for entry in _entries(scope, arg.value) if _key(entry) == "to"]
    fixed = [scope.constant(each) or "" for each in to]
    return fixed[0] if fixed and all(says("addresses", each) for each in fixed) else ""


def _head(target: Any) -> str:
    key = text(target.key) if isinstance(target, ir.Index) else target.name if isinstance(target, ir.Attr) else ""
    return key.lower()


def _entries(scope: Scope, value: Any) -> tuple[ir.Entry, ...]:
    whole = scope.set_to(value)
    return whole.entries if isinstance(whole, ir.Mapping) else ()


def _key(entry: ir.Entry) -> str:
    return text(entry.key).lower()


def address(scope: Scope, first: Any) -> str:
    """The host of an address, of a request that is made ready, or of options that name one."""
    given = scope.constant(first) if first is not None else None
    if given is None:
        value = scope.set_to(first)
        if isinstance(value, ir.Mapping):
            return _named(scope, value)
        if isinstance(value, ir.Call) and value.args:
            # ``new URL("/v1", "https://…")``: what comes first may only be a path.
            parts = [scope.constant(arg.value) or "" for arg in value.args]
            given = next((part for part in parts if part.startswith(_SCHEMES)), None) or parts[0]
            given = given or next((str(each.value) for each in strings(first)), "")
        else:
            given = next((str(each.value) for each in strings(first)), "")
    try:
        return urlsplit(given or "").hostname or "" if str(given).startswith(_SCHEMES) else ""
    except ValueError:
        return ""


def _named(scope: Scope, options: ir.Mapping) -> str:
    """``{ hostname: "…" }`` and ``{ baseURL: "https://…" }``."""
    for entry in options.entries:
        key = text(entry.key)
        given = scope.constant(entry.value) if key in _HOSTS or key in _BASES else None
        if given and key in _HOSTS and WHOLE_HOST.fullmatch(given):
            return given
        if given and key in _BASES:
            return address(scope, ir.Const(given, options.line))
    return ""


def _is_module(value: Any) -> bool:
    """``require("axios")``, of which a client is made."""
    return isinstance(value, ir.Call) and isinstance(value.callee, ir.Name) and value.callee.id == "require"


def _of_client(scope: Scope, called: Called) -> str:
    """The host that the client was made for by which something is sent."""
    callee = called.call.callee
    made = scope.set_to(callee.value) if isinstance(callee, ir.Attr) else None
    made = made.value if isinstance(made, ir.Unary) else made
    for _ in range(_CHAIN):
        # ``client.from("table").insert(…)``: what the whole chain begins with.
        base: Any = made.callee if isinstance(made, ir.Call) and not made.new else None
        if not isinstance(base, ir.Attr):
            break
        first = scope.set_to(base.value)
        if (first is base.value and isinstance(first, ir.Name)) or _is_module(first):
            break
        made = first.value if isinstance(first, ir.Unary) else first
    if not isinstance(made, ir.Call):
        return ""
    for arg in made.args:
        value = scope.set_to(arg.value)
        if arg.name in _BASES or (not arg.name and isinstance(value, (ir.Const, ir.Mapping))):
            found = address(scope, arg.value)
            if found:
                return found
    return ""
