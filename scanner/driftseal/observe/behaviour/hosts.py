"""Hosts that calls go to, as far as they are fixed where the call is or where its client was made."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from driftseal.code import ir
from driftseal.observe.behaviour.kinds import connects
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, text
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.regexes import regex

_MAILS: Final = frozenset({"sendmail", "send_message", "sendMail"})
_SCHEMES: Final = (
    *("http://", "https://", "ws://", "wss://", "mqtt://", "mqtts://", "redis://", "rediss://", "amqp://", "amqps://"),
    *("mongodb://", "mongodb+srv://", "postgres://", "postgresql://", "nats://", "mysql://"),
)
_HOSTS: Final = frozenset({"hostname", "host"})
_BASES: Final = frozenset({"baseURL", "base_url", "baseUrl", "prefixUrl", "prefix", "base", "url", "uri", "node"})
_SERVED: Final = frozenset({"api_host", "apiHost", "serverUrl", "server_url"}) | _HOSTS
"""Options of clients whose address is a host or has a scheme before it."""
WHOLE_HOST: Final = regex(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
_PACKETS: Final = ("createSocket.send", "Socket.send", ".sendto")
_ADDRESS: Final = regex(r"https?://[^\s\"'$`]{1,2000}")
_RUNS: Final = frozenset({"command", "argv"})
_CHAIN: Final = 4
"""Calls in a row between a client and what it sends."""


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
        given = scope.constant(entry.value) if key in _SERVED or key in _BASES else None
        if given and key in _HOSTS and WHOLE_HOST.fullmatch(given):
            return given
        if given and (key in _BASES or (key in _SERVED and given.startswith(_SCHEMES))):
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
        if arg.name in _BASES or arg.name in _SERVED or (not arg.name and isinstance(value, (ir.Const, ir.Mapping))):
            found = address(scope, arg.value)
            if found:
                return found
    return ""
