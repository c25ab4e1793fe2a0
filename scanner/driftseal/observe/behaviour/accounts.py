"""Accounts that a server makes for itself in a database that is its user's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings, walk
from driftseal.observe.behaviour.scopes import Scope, once
from driftseal.observe.behaviour.whole import Code

_SUBJECTS: Final = (
    ("planted-accounts", "account-planted"),
    ("outward-statements", "statement-reaches-out"),
    ("weakening-statements", "database-weakened"),
)
_RUNS: Final = frozenset(
    {"execute", "executescript", "query", "exec", "run", "raw", "executemany", "prepare", "$executeRaw"}
)

_NAMED: Final = 64
"""Names at the top of a file that one function may use, and that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``account-planted``, ``statement-reaches-out`` and ``database-weakened``."""
    for scope in code.scopes:
        for subject, name in _SUBJECTS:
            if subject in scope.shown:
                yield from _run(scope, subject, name)


def _run(scope: Scope, subject: str, name: str) -> Iterator[Fact]:
    # A name that is bound by going through a list: any text of the function may be run.
    any_text = next((each for each in _texts(scope) if says(subject, str(each.value))), None)
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _RUNS and called.call.args:
            first = scope.set_to(called.call.args[0].value)
            given = (each for each in strings(first) if says(subject, str(each.value)))
            found = any_text if isinstance(first, ir.Name) else next(given, None)
            if found is not None:
                yield scope.fact(name, found.line, str(found.value))


@once
def _texts(scope: Scope) -> Sequence[ir.Const]:
    """Constants of a function, and those of names at the top of its file that it goes through."""
    top = scope.code.top(scope.path)
    gone = (node for loop in scope.of(ir.Loop) for node in walk(loop.source))
    named = sorted({node.id for node in gone if isinstance(node, ir.Name)} & top.keys())
    return [*scope.constants, *(each for name in named[:_NAMED] for each in strings(top[name]))]
