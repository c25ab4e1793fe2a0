"""MCP over HTTP that believes whatever page a browser shows: no check of Origin or Host (DNS rebinding).

The transports of the TypeScript SDK check neither unless they are told to (CVE-2025-66414), nor do those of the Python
SDK when an application puts them behind a server of its own (CVE-2025-66416). The MCP specification asks for the check
under «Streamable HTTP», security warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_TRANSPORTS: Final = frozenset(
    {"StreamableHTTPServerTransport", "SSEServerTransport", "WebStandardStreamableHTTPServerTransport"}
    | {"SseServerTransport", "StreamableHTTPSessionManager"}
)
_SWITCHES: Final = frozenset({"enableDnsRebindingProtection", "security_settings", "transport_security"})
_HEADERS: Final = frozenset({"origin", "host", "Origin", "Host"})


def find(code: Code) -> Iterator[Fact]:
    """``origin-unchecked``, where nothing in the project looks at either header or asks who calls."""
    made = [
        (scope, called)
        for scope in code.scopes
        if not _TRANSPORTS.isdisjoint(scope.words)
        for called in scope.calls
        if called.name.rpartition(".")[2] in _TRANSPORTS
    ]
    if not made or any(_checks(scope) for scope in code.scopes):
        return
    for scope, called in made:
        if not _switched(called):
            yield scope.fact("origin-unchecked", called.call.line, called.name.rpartition(".")[2])


def _switched(called: Called) -> bool:
    """Whether the transport itself is told to check."""
    given = {arg.name: arg.value for arg in called.call.args}
    for arg in called.call.args:
        if isinstance(arg.value, ir.Mapping):
            given |= {nodes.text(entry.key): entry.value for entry in arg.value.entries}
        elif isinstance(arg.value, ir.Name) and not arg.name:
            # Options that come from elsewhere may say anything.
            return True
    return any(name in given and _may_be_true(given[name]) for name in _SWITCHES)


def _may_be_true(value: ir.Expr) -> bool:
    return not (isinstance(value, ir.Const) and not value.value)


def _checks(scope: Scope) -> bool:
    """Whether a function reads the header of where a request comes from or goes to, or knows who calls."""
    if any(says("origin-checks", name) for name in scope.words):
        return True
    if any(says("authentication", called.name) for called in scope.calls):
        return True
    named = {id(node) for node in scope.constants if node.value in _HEADERS}
    return bool(named) and not named.isdisjoint(_asked(scope))


def _asked(scope: Scope) -> Iterator[int]:
    """Nodes that name a header: ``headers["origin"]``, ``headers.get("origin")``, ``req.header("Host")``."""
    yield from (id(index.key) for index in scope.of(ir.Index))
    for called in scope.calls:
        if "header" in called.name.lower():
            yield from (id(arg.value) for arg in called.call.args)
