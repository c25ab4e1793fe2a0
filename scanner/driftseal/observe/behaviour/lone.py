"""What listens without serving tools: pages to try things with, and whoever waits for the one answer of a log-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour.nodes import walk
from driftseal.observe.behaviour.scopes import Called, Scope

_LISTENERS: Final = frozenset({"http", "https", "http2"})
"""Libraries of the language itself that listen, and do nothing else."""
_HANDLED: Final = frozenset({"createServer", "get", "post", "all", "use", "route"})
"""Calls that are given what answers requests."""
_ENDS: Final = frozenset({"close", "stop", "destroy", "closeAllConnections"})
_ANSWER: Final = frozenset({"code", "access_token"})
"""What somebody who agreed to a log-in is sent back with."""
_DEEP: Final = 6
"""Functions, each in the one before, that are looked into."""


def is_page(scope: Scope) -> bool:
    """Whether a program has nothing but what listens: it answers with what stands in it, and has no tools or keys."""
    module = scope.module
    taken = {imported.module.removeprefix("node:") for imported in module.imports}
    bare = bool(taken) and taken <= _LISTENERS and not module.exports
    return bare and not any(_does(each) for each in scope.code.scopes if each.path == scope.path)


def _does(scope: Scope) -> bool:
    """Whether anything is reached here but those who ask, or a protocol of tools is spoken."""
    return bool(scope.sinks - {"log"}) or any(str(each.value).startswith("tools/") for each in scope.constants)


def takes_one_answer(scope: Scope, called: Called) -> bool:
    """Whether what listens is closed by the first who brings the code of a log-in: ``createServer((q, a) => …)``."""
    names = set(_servers(scope, called))
    handlers = [
        arg.value.function
        for each in scope.calls
        if each.name.rpartition(".")[2] in _HANDLED
        for arg in each.call.args
        if type(arg.value) is ir.Closure
    ]
    return any(_closes(scope, handler, names) for handler in handlers)


def _servers(scope: Scope, called: Called) -> Iterator[str]:
    """The names under which a server can be closed: that on which it listens, or that of what listening gives."""
    on = called.call.callee.value if isinstance(called.call.callee, ir.Attr) else None
    if isinstance(on, (ir.Name, ir.Attr)):
        yield on.id if isinstance(on, ir.Name) else on.name
    for name, value in scope.assigned.items():
        if any(each is called.call for each in walk(value)):
            yield name


def _closes(scope: Scope, number: int, names: set[str]) -> bool:
    """Whether a function, or one in it, closes one of these, and reads the code that it was sent."""
    nodes = list(_all(scope, number))
    called = {each.callee.id for each in nodes if type(each) is ir.Call and type(each.callee) is ir.Name}
    named = [index for index, one in enumerate(scope.module.functions) if one.name and one.name in called]
    named += [value.function for name in called if type(value := scope.assigned.get(name)) is ir.Closure]
    ended = any(_ends(each, names) for each in nodes)
    ended = ended or any(_ends(each, names) for index in named for each in _all(scope, index))
    return ended and any(_reads(each) for each in nodes)


def _all(scope: Scope, number: int) -> Iterator[Any]:
    """Every node of a function and of those in it."""
    waiting = [(number, 0)]
    for index, depth in waiting:
        for node in walk(scope.module.functions[index].body):
            yield node
            if type(node) is ir.Closure and depth < _DEEP:
                waiting.append((node.function, depth + 1))


def _ends(node: Any, names: set[str]) -> bool:
    if type(node) is not ir.Call or not isinstance(node.callee, ir.Attr) or node.callee.name not in _ENDS:
        return False
    on = node.callee.value
    return (on.id if isinstance(on, ir.Name) else on.name if isinstance(on, ir.Attr) else "") in names


def _reads(node: Any) -> bool:
    return (type(node) is ir.Const and node.value in _ANSWER) or (type(node) is ir.Attr and node.name in _ANSWER)
