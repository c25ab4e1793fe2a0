"""MCP that servers in Go, C# and Rust offer on every interface, and whom the route to it asks who they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import askers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.nodes import last, text, walk
from driftseal.observe.behaviour.origins import acts
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_LANGUAGES: Final = frozenset({"go", "csharp", "rust"})
_HANDLERS: Final = frozenset(
    {"NewStreamableHTTPHandler", "NewStreamableHTTPServer", "NewSSEHandler", "NewSSEServer", "MapMcp"}
)
"""Calls that make what answers requests of MCP."""
_SERVICES: Final = frozenset({"StreamableHttpService", "SseServer"})
_LISTENS: Final = frozenset(
    {"ListenAndServe", "ListenAndServeTLS", "Start", "Listen", "Run", "UseUrls", "bind", "serve"}
)
_ANY: Final = frozenset({"ListenAnyIP"})
_ROUTES: Final = frozenset({"Handle", "HandleFunc", "Any", "Mount", "PathPrefix", "POST", "All"})
_ASKED: Final = "RequireAuthorization"
_EVERYWHERE: Final = regex(r"(?:https?://)?(?:0\.0\.0\.0|\[::\]|\*|\+)?:\d*(?:/|;|$)")
_PIPES: Final = frozenset(
    {"ServeStdio", "StdioTransport", "NewStdioTransport", "NewStdioServer", "WithStdioServerTransport", "stdio"}
)
"""What speaks over pipes, beside which HTTP is an option."""
_LAYERS: Final = frozenset(
    {"from_fn", "from_fn_with_state", "RequireAuthorizationLayer", "ValidateRequestHeaderLayer"}
    | {"AsyncRequireAuthorizationLayer", "HttpAuthentication"}
)
"""What Rust's routers are given to ask before they answer."""
_DEFAULT: Final = "DefaultServeMux"
_HOPS: Final = 6


def find(code: Code) -> Iterator[Fact]:
    """``listens-everywhere``, ``listens-without-authentication``, the same ``-by-choice`` and ``-runs``."""
    scopes = [scope for scope in code.scopes if scope.module.language in _LANGUAGES]
    made = [scope for scope in scopes if not (_HANDLERS | _SERVICES).isdisjoint(scope.words)]
    if not made:
        return
    for scope in scopes:
        for line in _open(scope) if not _LISTENS.isdisjoint(scope.lasts) or not _ANY.isdisjoint(scope.words) else ():
            yield scope.fact("listens-everywhere", line, "every interface")
            if _bare(scope, made, code):
                how = ""
                if any(not _PIPES.isdisjoint(each.words) for each in scopes):
                    how = "-runs" if acts(code) else "-by-choice"
                yield scope.fact(f"listens-without-authentication{how}", line, "every interface")
            return  # of several ports one tells enough


def _open(scope: Scope) -> Iterator[int]:
    """Lines on which a server is told to listen on every interface."""
    for node in scope.of(ir.Mapping):
        yield from (e.value.line for e in node.entries if text(e.key) == "Addr" and _everywhere(scope, e.value))
    for called in scope.calls:
        name = called.name.rpartition(".")[2]
        if name in _ANY or (name in _LISTENS and any(_everywhere(scope, arg.value) for arg in called.call.args[:2])):
            yield called.call.line


def _everywhere(scope: Scope, expr: Any) -> bool:
    """Whether an address names no interface: ``":8080"``, ``fmt.Sprintf(":%d", port)``, the default of a flag."""
    for _ in range(_HOPS):
        known = scope.set_to(expr) if isinstance(expr, ir.Name) else expr
        if isinstance(known, ir.Unary):
            expr = known.value
        elif isinstance(known, ir.Text) and known.parts:
            expr = known.parts[0]
        elif isinstance(known, ir.Binary) and known.op == "+":
            expr = known.left
        elif (
            isinstance(known, ir.Call)
            and scope.name(known) in {"flag.String", "flag.StringVar"}
            and len(known.args) > 1
        ):
            expr = known.args[1].value
        else:
            break
    written = text(known)
    return bool(written) and _EVERYWHERE.match(written) is not None


def _bare(scope: Scope, made: list[Scope], code: Code) -> bool:
    """Whether the route to MCP asks nobody, whatever other routes do."""
    if scope.module.language == "csharp" and any(map(_requires, made)):
        return False
    if any(not _LAYERS.isdisjoint(each.words) for each in (scope, *made)):
        return False
    if scope.module.language == "csharp":
        words = {word for each in made for word in each.words} | scope.words
        return not any(word in words for word in ("FallbackPolicy", "UseMiddleware")) and not _in_code(code)
    return any(map(_mounted_bare, made)) or not askers.known(code)


def _in_code(code: Code) -> bool:
    """Whether a server in C# looks at a header itself."""
    return any(not askers.read(each, askers.HEADERS).isdisjoint(askers.HEADERS) for each in code.scopes)


def _requires(scope: Scope) -> bool:
    """Whether the route to MCP requires a login: ``app.MapMcp("/mcp").RequireAuthorization()``."""
    for called in scope.calls:
        names = _chain(called.call)
        if "MapMcp" in names and _ASKED in names:
            return True
    return False


def _chain(call: ir.Call) -> set[str]:
    names: set[str] = set()
    at: Any = call
    for _ in range(2 * _HOPS):
        if not isinstance(at, ir.Call) or not isinstance(at.callee, ir.Attr):
            break
        names.add(at.callee.name)
        at = at.callee.value
    return names


def _mounted_bare(scope: Scope) -> bool:
    """Whether a handler of MCP is mounted as it is in Go, and nothing is put around all routes."""
    handlers = {name for name, value in scope.assigned.items() if _makes(value)}
    routed = [called for called in scope.calls if last(called.call.callee) in _ROUTES and len(called.call.args) > 1]
    mounted = [called for called in routed if _is_handler(called.call.args[-1].value, handlers)]
    muxes = {called.call.callee.value.id for called in mounted if _on_name(called.call.callee)}  # type: ignore[union-attr]
    return bool(mounted) and not (muxes and _is_wrapped(scope, muxes)) and not _has_middleware(scope)


def _makes(value: Any) -> bool:
    return isinstance(value, ir.Call) and last(value.callee) in _HANDLERS and not _reads_header(value)


def _reads_header(value: ir.Call) -> bool:
    """Whether the functions that a handler is given look who asks."""
    texts = (node.value.lower() for node in walk(value) if isinstance(node, ir.Const) and isinstance(node.value, str))
    return any(each in askers.HEADERS for each in texts)


def _is_handler(value: ir.Expr, handlers: set[str]) -> bool:
    return value.id in handlers if isinstance(value, ir.Name) else _makes(value)


def _on_name(callee: ir.Expr) -> bool:
    return isinstance(callee, ir.Attr) and isinstance(callee.value, ir.Name)


def _is_wrapped(scope: Scope, muxes: set[str]) -> bool:
    """Whether anything is called with the routes that may ask first, rather than serve them as they are."""
    for node in scope.of(ir.Call):
        given = {_word(arg.value) for arg in node.args}
        if last(node.callee) not in _LISTENS and not given.isdisjoint(muxes | {_DEFAULT}):
            return True
    return False


def _word(value: ir.Expr) -> str:
    """A variable, or Go's own router for whoever names none."""
    return value.id if isinstance(value, ir.Name) else _DEFAULT if last(value) == _DEFAULT else ""


def _has_middleware(scope: Scope) -> bool:
    """Whether a router is told of functions that every request passes: ``router.Use(auth)``."""
    return any(last(called.call.callee) == "Use" for called in scope.calls)
