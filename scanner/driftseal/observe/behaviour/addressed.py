"""Where a server's own requests go, named by whoever calls it: in a header, ahead of any tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import last
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_READERS: Final = frozenset({"get", "header", "getHeader", "Get", "get_header"})
_ANSWERS: Final = frozenset({"answer", "reply", "res", "resp", "response"})
_OF_OTHERS: Final = (
    *("x-forwarded-", "x-original-", "x-real-", "x-rewrite-", "x-proxy-", "x-envoy-", "x-vercel-", "cf-"),
    *("sec-", "access-control-", "content-"),
)
"""How headers begin by which a proxy or a browser says what the request was."""
_ENDS: Final = ("url", "host", "endpoint", "base", "instance", "domain", "site")
"""How the names of such headers end: asked first, of every constant there is."""


def find(code: Code) -> Iterator[Fact]:
    """``address-from-header``, where nothing in a file that reads such a header looks at addresses."""
    read = [(scope, name, line) for scope in code.scopes for name, line in _read(scope)]
    files = {scope.path for scope, _, _ in read}
    if not read or any(scope.path in files and _checks(scope) for scope in code.scopes):
        return
    told: set[str] = set()
    for scope, name, line in read:
        # Handed from file to file under one name: where it comes in, and where it goes.
        if (key := f"{scope.path} {name}") not in told:
            told.add(key)
            yield scope.fact("address-from-header", line, name)


def _checks(scope: Scope) -> bool:
    """Whether a function looks at addresses; settings that let unsafe ones in, and what it found out itself, do not."""
    found = (word for word in scope.words if says("address-checks", word) and not says("unsafe-switches", word))
    return any(word not in scope.assigned or word in scope.lasts for word in found)


def _read(scope: Scope) -> Iterator[tuple[str, int]]:
    """Headers that name an address and are read, in small letters, with the line of each."""
    if not any(_named(node) for node in scope.constants):
        return
    set_here = {id(target) for node in scope.of(ir.Assign) for target in node.targets}
    for node in scope.of(ir.Index):
        if (
            id(node) not in set_here
            and not _answers(node.value)
            and "header" in last(node.value).lower()
            and (name := _named(node.key))
        ):
            yield name, node.line
    for called in scope.calls:
        callee = called.call.callee
        if type(callee) is ir.Attr and callee.name in _READERS and called.call.args and not _answers(callee.value):
            on = f"{scope.name(callee.value)} {last(callee.value)}".lower()
            if ("header" in on or callee.name.lower() != "get") and (name := _named(called.call.args[0].value)):
                yield name, called.call.line


def _answers(node: Any) -> bool:
    """Whether headers are those of an answer to the server's own request: ``response.headers``."""
    return type(node) is ir.Attr and last(node.value).lower() in _ANSWERS


def _named(node: Any) -> str:
    """The header that a constant names, where that is one for an address."""
    text = node.value if type(node) is ir.Const else ""
    if not isinstance(text, str) or "-" not in text:
        return ""
    name = text.lower()
    if not name.endswith(_ENDS) or name.startswith(_OF_OTHERS):
        return ""
    return name if says("address-headers", name) else ""
