"""Where calls lay files."""

from __future__ import annotations

from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.flows import Flow
from driftseal.observe.behaviour.outlets import writes, writing
from driftseal.observe.behaviour.scopes import Called, Scope, once

COPIES: Final = frozenset(
    {"copyFile", "copyFileSync", "cp", "cpSync", "copy", "copy2", "copyfile", "move", "rename", "renameSync"}
    | {"symlink", "symlinkSync", "link", "linkSync"}
)
"""Calls that lay a file where their second argument says."""
OWN: Final = frozenset({"write_text", "write_bytes", "open"})


@once
def laying(scope: Scope) -> tuple[Called, ...]:
    """The calls of a function that write or copy."""
    if scope.lasts.isdisjoint(COPIES):
        return writing(scope)
    return tuple(called for called in scope.calls if writes(scope, called) or lays(called))


def where(flow: Flow, called: Called) -> int | None:
    """The line of the path that is written: the first argument, or what a path's own method is called on."""
    if lays(called):
        return flow.line(called.call.args[1].value)
    first = called.call.args[0].value if called.call.args else None
    own = called.name.rpartition(".")[2] in OWN
    line = flow.line(first) if first is not None and not own else None
    if line is None and isinstance(called.call.callee, ir.Attr):
        line = flow.line(called.call.callee.value)
    if line is None and own and not isinstance(called.call.callee, ir.Attr) and first is not None:
        line = flow.line(first)
    return line


def lays(called: Called) -> bool:
    """Whether a call lays a file where its second argument says."""
    return called.name.rpartition(".")[2] in COPIES and len(called.call.args) > 1
