"""Servers that put what they fetch in the place of their own code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import nodes
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.followed import Kind
from driftseal.observe.behaviour.kinds import FETCHED
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.outlets import writes, writing
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_UNPACKS: Final = frozenset({"extractall", "unpack_archive", "extractAllTo"})
_RESOLVERS: Final = ("require.resolve", "meta.resolve", "createRequire.resolve", "find_spec", "getsitepackages")
_METHODS: Final = frozenset({"write_text", "write_bytes", "open"})
"""Of paths."""
_NAMES: Final = 40
"""Names that are followed to what they are set to."""


def find(code: Code) -> Iterator[Fact]:
    """``own-files-replaced`` and ``dependency-changed``."""
    for scope in code.scopes:
        yield from _dependencies(scope)
        stored = _storing(scope)
        flow = Flow(scope, FETCHED) if stored else None
        for called in stored if flow else ():
            line = _fetched(flow, called) if flow is not None else None
            if line is not None and _own(scope, called):
                yield scope.fact("own-files-replaced", called.call.line, called.name, (line, "fetched here"))


def _storing(scope: Scope) -> Sequence[Called]:
    """The calls of a function that write a file or unpack an archive."""
    if _UNPACKS.isdisjoint(scope.lasts):
        return writing(scope)
    return [called for called in scope.calls if _unpacks(called) or writes(scope, called)]


def _found(scope: Scope, node: Any) -> int | None:
    """Where it is asked in which file a package lies."""
    return int(node.line) if scope.name(node).endswith(_RESOLVERS) else None


_PLACES: Final = Kind("dependency", _found, (ir.Call,), words=frozenset({"resolve", "find_spec", "getsitepackages"}))


def _dependencies(scope: Scope) -> Iterator[Fact]:
    """``writeFileSync(require.resolve("express"), …)``."""
    if _PLACES.words.isdisjoint(scope.words):
        return
    stored = [called for called in writing(scope) if called.call.args]
    flow = Flow(scope, _PLACES) if stored else None
    for called in stored if flow else ():
        line = flow.line(called.call.args[0].value) if flow is not None else None
        if line is not None and called.name.rpartition(".")[2] != "open":
            yield scope.fact("dependency-changed", called.call.line, called.name, (line, "this package"))


def _fetched(flow: Flow, called: Called) -> int | None:
    return next((line for part in _parts(called) if (line := flow.line(part)) is not None), None)


def _unpacks(called: Called) -> bool:
    return called.name.rpartition(".")[2] in _UNPACKS


def _parts(called: Called) -> Iterator[Any]:
    if isinstance(called.call.callee, ir.Attr):
        yield called.call.callee.value
    yield from (arg.value for arg in called.call.args)


def _place(called: Called) -> Iterator[Any]:
    """Where a call writes: what it is a method of, or its first argument."""
    callee = called.call.callee
    if isinstance(callee, ir.Attr) and callee.name in _METHODS:
        yield callee.value
    else:
        yield from (arg.value for arg in called.call.args[:1])


def _own(scope: Scope, called: Called) -> bool:
    """Whether a place below the code's own folder is written: all of it, code, or files whose names are fetched."""
    here, last = False, ""
    waiting, left = list(_parts(called) if _unpacks(called) else _place(called)), _NAMES
    while waiting and left:
        left -= 1
        part = waiting.pop()
        for node in nodes.walk(part):
            here = here or (isinstance(node, ir.Name) and says("own-places", node.id))
            if isinstance(node, ir.Const) and isinstance(node.value, str) and "." in node.value.strip("./\\"):
                last = last or node.value
            set_to = scope.set_to(node) if isinstance(node, ir.Name) else node
            if set_to is not node:
                waiting.append(set_to)
    return here and (_unpacks(called) or not last or says("code-files", last))
