"""What callers write that is changed on its way: scripts of a third party and commands, put into their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from driftseal.code import ir
from driftseal.observe.behaviour import callers
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import subjects
from driftseal.observe.behaviour.nodes import strings, walk
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_POISONS: Final = frozenset({"download-run", "fetch-eval", "encoded-run", "reverse-shell", "secret-commands"})
_SHOWN: Final = _POISONS | {"foreign-scripts"}
_CHANGES: Final = frozenset({"replace", "replaceAll", "sub"})


def find(code: Code) -> Iterator[Fact]:
    """``content-changed``."""
    for scope in code.scopes:
        if _SHOWN.isdisjoint(scope.shown):
            continue
        given = callers.names(scope)
        for call in scope.of(ir.Call):
            callee = call.callee
            if not isinstance(callee, ir.Attr) or callee.name not in _CHANGES or len(call.args) < 2:  # noqa: PLR2004  what and by what
                continue
            changed = (callee.value, *(arg.value for arg in call.args if callee.name == "sub"))
            theirs = any(isinstance(node, ir.Name) and node.id in given for each in changed for node in walk(each))
            tag = _tag(scope, call) if theirs else ""
            if tag:
                yield scope.fact("content-changed", call.line, tag)


def _tag(scope: Scope, call: ir.Call) -> str:
    """The script from elsewhere that is put in; empty for those of well-known libraries."""
    for arg in call.args:
        for node in walk(arg.value):
            value: Any = scope.set_to(node) if isinstance(node, ir.Name) else node
            for each in strings(value) if isinstance(value, (ir.Const, ir.Text, ir.Binary)) else ():
                given = str(each.value)
                shown = subjects(given)
                if ("foreign-scripts" in shown and "script-libraries" not in shown) or not _POISONS.isdisjoint(shown):
                    return given.strip()
    return ""
