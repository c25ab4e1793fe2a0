"""Links that are marked for a partner: whoever follows one earns somebody money, and nobody asked for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_SETS: Final = frozenset({"set", "append"})
_BOTH: Final = 2
"""A name and a value."""


def find(code: Code) -> Iterator[Fact]:
    """``links-marked``."""
    for scope in code.scopes:
        for node in scope.of(ir.Call) if "searchParams" in scope.words else ():
            callee = node.callee
            on = callee.value if isinstance(callee, ir.Attr) and callee.name in _SETS else None
            marked = isinstance(on, ir.Attr) and on.name == "searchParams" and len(node.args) == _BOTH
            if marked and says("partner-marks", text(node.args[0].value)):
                mark = _mark(scope, node)
                if mark:
                    yield scope.fact("links-marked", node.line, mark)


def _mark(scope: Scope, node: ir.Call) -> str:
    """The partner, where that stands in the source and looks like no word."""
    given = scope.constant(node.args[1].value) or ""
    named = any(letter.isdigit() for letter in given) and any(letter.isalpha() for letter in given)
    return f"{text(node.args[0].value)}={given}" if named else ""
