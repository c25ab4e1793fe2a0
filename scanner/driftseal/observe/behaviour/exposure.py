"""How open a server stands: where it listens, whom it answers, what it believes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from driftseal.code import ir
from driftseal.code.constants import Constant
from driftseal.observe.behaviour import askers, certificates, cors, lone, optional, origins
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104  looked for, not listened on
_LISTENS: Final = frozenset(
    {
        *(
            "run",
            "uvicorn.run",
            "listen",
            "Config",
            "uvicorn.Config",
            "FastMCP",
            "bind",
            "serve",
            "start_server",
            "Deno.serve",
        ),
        *(
            "TCPSite",
            "run_app",
            "run_async",
            "run_http_async",
            "settings",
            "MCPServer",
            "start",
            "create_server",
            "Bun.serve",
        ),
    }
)
_LAST: Final = frozenset(name.rpartition(".")[2] for name in _LISTENS)
_UNVERIFIED: Final[Mapping[str, bool]] = {
    "verify": False,
    "verify_ssl": False,
    "rejectUnauthorized": False,
    "ssl": False,
    "strictSSL": False,
}

_VERIFY: Final = "verify"
"""The member of a session of requests or a client of httpx that says whether certificates are checked."""
_ASKS: Final = ("httpx.", "requests.")
_CONTAINERS: Final = ("container", "docker", "kubernetes", "k8s")
"""Words in the names of what asks whether the server is in a container, whose network is its own."""
_RUNS: Final = frozenset({"argv", "code", "command"})
_FLAGS: Final = frozenset({"debug", *_UNVERIFIED})


def find(code: Code) -> Iterator[Fact]:
    """How a server listens and calls.

    ``listens-everywhere``, ``listens-without-authentication``, the same ``-by-choice`` and, where callers may have no
    say in what it runs, ``-runs``, ``open-cors``, ``open-cors-with-credentials``, ``open-cors-runs-programs``,
    ``debug-on``, ``tls-unverified``.
    """
    stance = _Stance(code)
    told: set[tuple[str, str]] = set()
    for scope in code.scopes:
        flags = not _FLAGS.isdisjoint(scope.keys)
        listens = not _LAST.isdisjoint(scope.lasts)
        allows = "allow_origins" in scope.keys
        for called in scope.calls:
            if listens:
                yield from _listens(scope, called, stance)
            for fact in cors.found(scope, called, allows=allows, guarded=stance.guarded):
                yield fact
                if fact.name == "open-cors" and not stance.guarded and stance.runs:
                    yield scope.fact("open-cors-runs-programs", fact.line, fact.evidence)
            if flags or called.name.endswith("ssl._create_unverified_context"):
                yield from _flags(scope, called, told)
        yield from _settings(scope, stance)
        yield from _sessions(scope)


def _runs(code: Code) -> bool:
    """Whether anything here runs programs or code."""
    runs = (called for scope in code.scopes for called in scope.calls if not _RUNS.isdisjoint(scope.kinds(called)))
    return not all(map(origins.is_idle, runs))


class _Stance:
    """What holds of a server as a whole: asked once, or each of many calls that listen would ask all of its code."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self.guarded = askers.known(code)

    @cached_property
    def runs(self) -> bool:
        return _runs(self._code)

    @cached_property
    def speaks_over_pipes(self) -> bool:
        return optional.over_pipes(self._code)


def _everywhere(name: str, line: int, what: str, scope: Scope, stance: _Stance) -> Iterator[Fact]:
    yield scope.fact(name, line, what)
    if not stance.guarded and not lone.is_page(scope):
        how = ""
        if line in optional.asked(scope, _CONTAINERS):
            how = "-by-choice"
        elif stance.speaks_over_pipes:
            # Open by the choice of those who switch HTTP on, and told so unless it runs something on the machine.
            how = "-runs" if stance.runs else "-by-choice"
        yield scope.fact(f"listens-without-authentication{how}", line, what)


def _listens(scope: Scope, called: Called, stance: _Stance) -> Iterator[Fact]:
    last = called.name.rpartition(".")[2]
    if last not in _LISTENS and called.name not in _LISTENS:
        return
    given = [arg.value for arg in called.call.args]
    for arg in given:
        parts = arg.items if isinstance(arg, ir.Group) else ()
        parts += tuple(entry.value for entry in arg.entries) if isinstance(arg, ir.Mapping) else ()
        for part in (arg, *parts):
            host: Constant = scope.constant(part)
            if host is None and part is arg and isinstance(arg, cors.READ):
                host = scope.default(arg)
            if host in _EVERYWHERE or (host == "" and last == "bind" and scope.module.language == "python"):
                yield from _everywhere("listens-everywhere", called.call.line, f"{last} on {host}", scope, stance)
                return
    if last == "listen" and scope.module.language != "python" and given and _port_alone(scope, given):
        callee = called.call.callee
        on = scope.name(callee.value) if isinstance(callee, ir.Attr) else ""
        serves = "http" in on or "express" in on or on in {"app", "server", "httpServer"}
        if serves and lone.takes_one_answer(scope, called):
            yield scope.fact("listens-everywhere", called.call.line, "listen without a host")
        elif serves:
            yield from _everywhere("listens-everywhere", called.call.line, "listen without a host", scope, stance)


def _port_alone(scope: Scope, given: list[ir.Expr]) -> bool:
    """A port, then nothing or what to do once it listens."""
    if isinstance(given[0], (ir.Mapping, ir.Closure)):
        return False
    return all(isinstance(each, ir.Closure) for each in given[1:]) and scope.constant(given[0]) is None


def _sessions(scope: Scope) -> Iterator[Fact]:
    """``session.verify = False``, or a setting that is false as long as nobody says otherwise."""
    if _VERIFY not in scope.words or not any(f"{each.module}.".startswith(_ASKS) for each in scope.module.imports):
        return
    for node in scope.of(ir.Assign):
        sets = any(isinstance(target, ir.Attr) and target.name == _VERIFY for target in node.targets)
        if sets and isinstance(node.value, (ir.Const, *cors.READ)) and _off(scope, node.value):
            own = not isinstance(node.value, ir.Const) and certificates.asks_own_machine(scope)
            name = "tls-unverified-by-choice" if own else certificates.chosen(scope, node.line)
            yield scope.fact(name, node.line, f"{_VERIFY} is off")


def _off(scope: Scope, value: ir.Expr, *, bad: bool = False) -> bool:
    """Whether a setting is what it must not be, as long as nobody says otherwise."""
    if scope.default(value) is not bad:
        return isinstance(value, ir.Attr) and optional.told(scope, value.name) is bad
    # What is told to whoever makes the object counts, not what its class would take without.
    name = value.name if isinstance(value, ir.Attr) else ""
    makers = (other for other in scope.code.scopes if name and name in other.keys)
    return not any(arg.name == name for other in makers for called in other.calls for arg in called.call.args)


def _settings(scope: Scope, stance: _Stance) -> Iterator[Fact]:
    for node in scope.of(ir.Assign):
        # Whether the value is of any interest is known sooner than what it is given to.
        literal = type(node.value) is ir.Const
        given = node.value.value if literal else scope.constant(node.value)
        value = scope.name(node.value) if not literal else ""
        unverified, unchecked = "unverified" in value, value.endswith("CERT_NONE")
        if not (unverified or unchecked or given == "0" or given in _EVERYWHERE):
            continue
        for spelled in map(scope.name, node.targets):
            if spelled.endswith("settings.host") and given in _EVERYWHERE:
                yield from _everywhere("listens-everywhere", node.line, spelled, scope, stance)
            if spelled.endswith("NODE_TLS_REJECT_UNAUTHORIZED") and given == "0":
                yield scope.fact(certificates.chosen(scope, node.line), node.line, spelled)
            if spelled.endswith("_create_default_https_context") and unverified:
                yield scope.fact(certificates.chosen(scope, node.line), node.line, spelled)
            if spelled.endswith("verify_mode") and unchecked:
                yield scope.fact(certificates.chosen(scope, node.line), node.line, spelled)


def _flags(scope: Scope, called: Called, told: set[tuple[str, str]]) -> Iterator[Fact]:
    """``told`` remembers settings, each of which may be read by many calls."""
    named = {arg.name: arg.value for arg in called.call.args if arg.name}
    for arg in called.call.args:
        if isinstance(arg.value, ir.Mapping):
            named |= {str(e.key.value): e.value for e in arg.value.entries if isinstance(e.key, ir.Const)}
    debug = named.get("debug")
    if isinstance(debug, ir.Const) and debug.value is True and says("servers", called.name):
        yield scope.fact("debug-on", called.call.line, called.name)
    for name, bad in _UNVERIFIED.items():
        value = named.get(name)
        web = (
            name == "rejectUnauthorized"
            or bool(scope.kinds(called) & {"ssrf", "outward"})
            or says("clients", called.name)
        )
        if isinstance(value, ir.Const) and value.value is bad and web:
            yield scope.fact(
                certificates.chosen(scope, called.call.line), called.call.line, f"{called.name} with {name} off"
            )
        elif web and isinstance(value, cors.READ) and _off(scope, value, bad=bad):
            setting = scope.path, scope.name(value)
            if setting in told:
                continue
            told.add(setting)
            fact = "tls-unverified-by-choice" if certificates.asks_own_machine(scope) else "tls-unverified"
            yield scope.fact(fact, called.call.line, f"{called.name} with {name} off by default")
    if called.name.endswith("ssl._create_unverified_context"):
        yield scope.fact(certificates.chosen(scope, called.call.line), called.call.line, called.name)
