"""A key of one maker, put into the address or the body of a request to another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe import written
from driftseal.observe.behaviour.asides import elsewhere
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.environment import asks, variable
from driftseal.observe.behaviour.exfiltration import carried
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text, walk
from driftseal.observe.behaviour.outlets import leaving
from driftseal.observe.behaviour.scopes import Called, Scope, once
from driftseal.observe.behaviour.whole import Code

_PROOFS: Final = frozenset({"headers", "defaultHeaders", "default_headers", "auth"})
_ENV: Final = frozenset({"environ", "env", "getenv", "Getenv"})
_BASES: Final = frozenset({"baseURL", "base_url", "baseUrl", "api_base", "basePath", "endpoint"})
_KEYS: Final = frozenset({"apiKey", "api_key", "auth", "token", "accessToken", "key", "secretKey", "authToken"})
_HOUSES: Final = {
    "AWS": ("aws", "amazon"),
    "GH": ("github",),
    "GITHUB": ("github", "models.inference.ai.azure"),
    "HF": ("huggingface", "hf.co"),
    "HUGGING": ("huggingface", "hf.co"),
    "GOOGLE": ("google", "gcp", "youtube"),
    "GEMINI": ("google",),
    "AZURE": ("azure", "microsoft", "windows"),
    "DB": (),
    "DATABASE": (),
    "NODE": ("npm",),
}
"""Words of the hosts that a maker's key is meant for; the maker's own name where none are told."""


def _origin(scope: Scope, node: Any) -> int | None:
    return int(node.line) if says("secret-variables", variable(scope, node)) else None


_KEY: Final = Kind("key", _origin, (ir.Attr, ir.Index, ir.Call), strict=True, words=_ENV, asked=asks)


def _proving(scope: Scope, node: Any) -> int | None:
    return int(node.line) if written.says_secret(variable(scope, node)) else None


_CREDENTIAL: Final = Kind("credential", _proving, (ir.Attr, ir.Index, ir.Call), words=_ENV, members=False)


def find(code: Code) -> Iterator[Fact]:
    """``key-sent-elsewhere``."""
    asking = {scope.path for scope in code.scopes if not _ENV.isdisjoint(scope.words) or asks(scope)}
    for scope in code.scopes if asking else ():
        if scope.path in asking and not _BASES.isdisjoint(scope.keys):
            yield from _made(scope)
    for scope in code.scopes if asking else ():
        sent = [called for called in leaving(scope) if called.call.args] if scope.path in asking else []
        if len(sent) > 1:
            yield from _told(scope, sent)
        flow = Flow(scope, _KEY) if sent else None
        for called in sent if flow else ():
            line = carried(flow, called, _PROOFS) if flow is not None else None
            where = elsewhere(scope, called) if line is not None else ""
            name = _named(scope, line) if where else ""
            if line is not None and name and not _is_own(name, where):
                yield scope.fact("key-sent-elsewhere", called.call.line, f"{name} to {where}", (line, "read here"))


def _told(scope: Scope, sent: Sequence[Called]) -> Iterator[Fact]:
    """What proves who one is in one request, told to a fixed host in the body of another one."""
    flow = Flow(scope, _CREDENTIAL)
    proved = {where: line for called in sent if (line := _proof(flow, called)) for where in (elsewhere(scope, called),)}
    known = {name for line in proved.values() for name in _read_at(scope, line)}
    for called in sent if proved else ():
        where = elsewhere(scope, called)
        # The hosts of one service may be several.
        strange = bool(where) and _domain(where) not in map(_domain, proved)
        line = (carried(flow, called, _PROOFS) or _in_address(scope, flow, called)) if strange else None
        same = line is not None and (line in proved.values() or not known.isdisjoint(_read_at(scope, line)))
        if same and line is not None and _proof(flow, called) is None:
            evidence = f"a credential to {where}"
            yield scope.fact("key-sent-elsewhere", called.call.line, evidence, (line, "read here"))


def _read_at(scope: Scope, line: int) -> set[str]:
    """The credentials by the names of their variables that are read at a line."""
    read = (node for node in scope.of(ir.Attr, ir.Index, ir.Call) if node.line == line)
    return {name for node in read if (name := variable(scope, node)) and written.says_secret(name)}


def _in_address(scope: Scope, flow: Flow, called: Called) -> int | None:
    """The line of a credential in an address that is put together, or of a head that is taken out of its table."""
    address = called.call.args[0].value
    given: list[ir.Expr] = [arg.value for arg in called.call.args]
    if isinstance(address, ir.Name) and "searchParams" in scope.words:
        given += _searched(scope).get(address.id, ())
    # ``headers.authorization``, where it stands above what that is.
    members = [node for each in given for node in walk(each) if isinstance(node, ir.Attr)]
    given += [value for node in members if (value := scope.set_to(node)) is not node]
    return next((line for each in given if (line := flow.line(each)) is not None), None)


@once
def _searched(scope: Scope) -> dict[str, list[ir.Expr]]:
    """What is put into the queries of addresses, by their names: ``url.searchParams.set("k", token)``."""
    found: dict[str, list[ir.Expr]] = {}
    for node in scope.of(ir.Call):
        callee = node.callee
        on = callee.value if isinstance(callee, ir.Attr) and callee.name in {"set", "append"} else None
        of = on.value if isinstance(on, ir.Attr) and on.name == "searchParams" else None
        if isinstance(of, ir.Name):
            found.setdefault(of.id, []).extend(arg.value for arg in node.args[1:])
    return found


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def _proof(flow: Flow, called: Called) -> int | None:
    """The line of a credential by which a request proves who sends it."""
    given = [arg.value for arg in called.call.args if arg.name in _PROOFS]
    whole = (arg.value for arg in called.call.args if isinstance(arg.value, ir.Mapping))
    given += [entry.value for each in whole for entry in each.entries if text(entry.key) in _PROOFS]
    return next((line for each in given if (line := flow.line(each)) is not None), None)


def _made(scope: Scope) -> Iterator[Fact]:
    """``new OpenAI({ apiKey: process.env.OPENAI_API_KEY, baseURL: "https://…" })``, to nobody who is known for it."""
    for called in scope.calls:
        given = {arg.name: arg.value for arg in called.call.args if arg.name}
        for arg in called.call.args:
            whole = scope.set_to(arg.value) if not arg.name else None
            for entry in whole.entries if isinstance(whole, ir.Mapping) else ():
                given.setdefault(text(entry.key), entry.value)
        where = next((scope.constant(value) for name, value in given.items() if name in _BASES), None) or ""
        if not where.startswith(("https://", "http://")) or says("own-machine", where) or says("model-hosts", where):
            continue
        for name, value in given.items():
            key = variable(scope, scope.set_to(value)) if name in _KEYS else ""
            place = where.split("/")[2]
            if says("secret-variables", key) and not _is_own(key, place):
                yield scope.fact("key-sent-elsewhere", called.call.line, f"{key} to {place}", (value.line, "read here"))


def _named(scope: Scope, line: int | None) -> str:
    """The variable that is read at a line of the file."""
    top = scope.code.owner(scope.path, 0)
    for other in (scope, top) if top is not None else (scope,):
        for node in other.of(ir.Attr, ir.Index, ir.Call):
            if node.line == line and says("secret-variables", name := variable(other, node)):
                return name
    return ""


def _is_own(name: str, where: str) -> bool:
    """Whether a host is the maker's own; ``openai-relay.example`` and ``openai.relay.example`` are not."""
    domain = _domain(where.split(":", maxsplit=1)[0])
    return any(word in (where if "." in word else domain) for word in _own(name)) and "-" not in domain


def _own(name: str) -> tuple[str, ...]:
    maker = name.partition("_")[0]
    return _HOUSES.get(maker, (maker.lower(),))
