"""MCP over HTTP that believes whatever page a browser shows: no check of Origin or Host (DNS rebinding).

The transports of the TypeScript SDK check neither unless they are told to (CVE-2025-66414), nor do those of the Python
SDK when an application puts them behind a server of its own (CVE-2025-66416), nor does the package ``fastmcp``
(CVE-2025-10193). The MCP specification asks for the check under «Streamable HTTP», security warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour import askers, cors, nodes, promises
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_TRANSPORTS: Final = frozenset(
    {"StreamableHTTPServerTransport", "SSEServerTransport", "WebStandardStreamableHTTPServerTransport"}
    | {"SseServerTransport", "StreamableHTTPSessionManager"}
)
_SWITCHES: Final = frozenset({"enableDnsRebindingProtection", "security_settings", "transport_security"})
_LISTS: Final = frozenset({"allowedHosts", "allowedOrigins"})
"""Options of the TypeScript SDK's transports that count only with the first of the switches."""
_RUNS: Final = frozenset({"run_http_async", "run_sse_async", "run_streamable_http_async", "http_app", "sse_app"})
_EITHER: Final = frozenset({"run", "run_async"})
"""Methods that serve over HTTP when they are told so."""
_FRAMEWORKS: Final = frozenset({"flask", "fastapi"})
"""Packages for pages that a server shows beside its tools, with routes that anyone may call."""
_CHANGING: Final = frozenset({"post", "put", "delete", "patch"})
_HTTP: Final = frozenset({"http", "sse", "streamable-http"})
_HEADERS: Final = frozenset({"origin", "host"})
_SERVING: Final = frozenset({"headers", "middleware", "Middleware", "add_middleware", "cors", "CORSMiddleware"})
"""Words of a file that deals with requests: a list of hosts elsewhere may be one of pages that a browser opens."""
_POWERS: Final = frozenset({"argv", "code", "command", "page-code", "path-delete", "path-write", "sql"})
"""What a page could do by way of the server's tools."""
_HARMLESS: Final = (
    *("require", "import", "process.binding", "Function", "setTimeout", "setInterval", "setImmediate"),
    "logging.",
    "loguru.",
    "tempfile.",
)
"""Calls that could run code or write a file, and hardly ever do for a caller."""


def find(code: Code) -> Iterator[Fact]:
    """``origin-unchecked``, where nothing looks at either header or asks who calls.

    Also ``origin-unchecked-acts`` where the server drives something powerful, ``origin-unchecked-calls`` where its code
    does something that a caller may or may not have a say in, ``origin-unchecked-open`` where its tools change
    something, or open any address, and pages of every origin may read what they answer; ``origin-list-unused``, where
    a transport is told which hosts or origins are meant and not that it shall look.
    """
    made = [(scope, called) for scope in code.scopes for called in _made(scope)]
    if not made:
        return
    idle = [(scope, called) for scope, called in made if _is_idle_list(called)]
    if idle and not askers.known(code) and not any(_checks(scope, listed=False) for scope in code.scopes):
        yield from (
            scope.fact("origin-list-unused", called.call.line, last(called.call.callee)) for scope, called in idle
        )
    serving = frozenset(scope.path for scope in code.scopes if not _SERVING.isdisjoint(scope.words))
    # A transport that looks says nothing of another one that does not.
    checking = (scope for scope in code.scopes if _checks(scope, listed=scope.path in serving))
    if askers.known(code) or not all(any(map(_switched, _made(scope))) for scope in checking):
        return
    power = _power(code)
    opened: dict[str, tuple[tuple[int, str], ...]] = {}
    for scope in code.scopes if power is not None and power[0] == "open" else ():
        for fact in cors.opens(scope):
            opened.setdefault(scope.path, ((fact.line, "every origin is let in here"),))
    for scope, called in made:
        if not _switched(called):
            what = called.name.rpartition(".")[2]
            yield scope.fact("origin-unchecked", called.call.line, what)
            if power:
                name, why = power
                told = f"{what}, and the server {why}"
                yield scope.fact(f"origin-unchecked-{name}", called.call.line, told, *opened.get(scope.path, ()))


def _power(code: Code) -> tuple[str, str] | None:
    """What a page could do by way of the server, as `acts` tells it; or that every page may have its tools work."""
    known = acts(code)
    if known is not None and known[0] == "acts":
        return known
    # What opens any address reads the pages of the house, too.
    told = [tool.told for tool in promises.tools(code)]
    changes = known is not None or any(says("tools-that-change", one) or says("tools-that-fetch", one) for one in told)
    if changes and any(True for scope in code.scopes for _ in cors.opens(scope)):
        return "open", "lets pages of every origin read what its tools answer"
    return known


def _made(scope: Scope) -> Iterator[Called]:
    """Calls that make a transport, have a server of ``fastmcp`` serve over HTTP, or open pages of a server's own."""
    if not _TRANSPORTS.isdisjoint(scope.words):
        yield from (called for called in scope.calls if called.name.rpartition(".")[2] in _TRANSPORTS)
    if (_RUNS | _EITHER).isdisjoint(scope.words):
        return
    packages = {each.module.partition(".")[0] for each in scope.module.imports}
    if "fastmcp" in packages:
        yield from (called for called in scope.calls if _over_http(called))
    if not _FRAMEWORKS.isdisjoint(packages) and any(map(_changes, scope.module.functions)):
        yield from (called for called in scope.calls if _serves(called))


def _serves(called: Called) -> bool:
    """``app.run(host=…)``, ``uvicorn.run(app, port=…)``."""
    callee = called.call.callee
    named = {arg.name for arg in called.call.args}
    return isinstance(callee, ir.Attr) and callee.name in _EITHER and not named.isdisjoint({"host", "port"})


def _changes(function: ir.Function) -> bool:
    """Whether a function is the handler of a route by which something is changed."""
    for each in function.decorators:
        if isinstance(each, ir.Call) and isinstance(each.callee, ir.Attr):
            methods = next((arg.value for arg in each.args if arg.name == "methods"), None)
            items = methods.items if isinstance(methods, ir.Group) else ()
            spelled = {str(item.value).lower() for item in items if isinstance(item, ir.Const)} | {each.callee.name}
            if not _CHANGING.isdisjoint(spelled):
                return True
    return False


def _over_http(called: Called) -> bool:
    callee = called.call.callee
    if not isinstance(callee, ir.Attr):
        return False
    given = {arg.name: arg.value for arg in called.call.args if arg.name}
    if "middleware" in given:
        return False
    if callee.name in _RUNS:
        return True
    how = given.get("transport")
    if callee.name not in _EITHER or how is None:
        return False
    return how.value in _HTTP if isinstance(how, ir.Const) else not given.keys().isdisjoint({"host", "port"})


def acts(code: Code) -> tuple[str, str] | None:
    """How the fact of it ends that a page would have powers of the server's code, and which; None for none."""
    for module in code.project.modules.values():
        known = next((each.module for each in module.imports if says("powerful-packages", each.module)), "")
        if known:
            return "acts", f"uses {known}"
    for scope in code.scopes:
        for called in scope.calls:
            if _POWERS.isdisjoint(scope.kinds(called)) or is_idle(called):
                continue
            if called.name != "open" or _writes(scope, called):
                return "calls", f"calls {called.name}"
    return None


def is_idle(called: Called) -> bool:
    """Whether a call could run code or write a file and hardly ever does for a caller: modules loaded, timers."""
    return called.name.startswith(_HARMLESS)


def _writes(scope: Scope, called: Called) -> bool:
    """Whether a file is opened to change it, as far as the mode tells."""
    given = {arg.name or number: arg.value for number, arg in enumerate(called.call.args)}
    mode = given.get("mode", given.get(1))
    return mode is not None and not {*"wax+"}.isdisjoint(scope.constant(mode) or "w")


def _switched(called: Called) -> bool:
    """Whether the transport itself is told to check."""
    given = {arg.name: arg.value for arg in called.call.args}
    for arg in called.call.args:
        if isinstance(arg.value, ir.Mapping):
            given |= {nodes.text(entry.key): entry.value for entry in arg.value.entries}
        elif isinstance(arg.value, ir.Name) and not arg.name and len(called.call.args) == 1:
            # Options that come from elsewhere may say anything.
            return True
    return any(name in given and _may_be_true(given[name]) for name in _SWITCHES)


def _is_idle_list(called: Called) -> bool:
    """``new StreamableHTTPServerTransport({ allowedHosts })``, which nothing looks at."""
    options = [arg.value for arg in called.call.args if isinstance(arg.value, ir.Mapping)]
    keys = [nodes.text(entry.key) for each in options for entry in each.entries]
    # What is spread into the options may hold the switch.
    return not _LISTS.isdisjoint(keys) and "" not in keys and not _switched(called)


def _may_be_true(value: ir.Expr) -> bool:
    return not (isinstance(value, ir.Const) and not value.value)


def _checks(scope: Scope, *, listed: bool) -> bool:
    """Whether a function reads the header of where a request comes from or goes to; or knows hosts, in such a file."""
    settings = (str(node.key.value) for node in scope.of(ir.Index) if isinstance(node.key, ir.Const))
    if any(says("origin-checks", name) for name in (*scope.words, *settings)):
        return True
    if listed and any(says("origin-lists", name) for name in scope.words | scope.keys):
        return True
    return not askers.read(scope, _HEADERS).isdisjoint(_HEADERS)
