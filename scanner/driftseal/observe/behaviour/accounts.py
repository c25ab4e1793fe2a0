"""Accounts that a server makes for itself in a database that is its user's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_SUBJECTS: Final = (("planted-accounts", "account-planted"), ("outward-statements", "statement-reaches-out"))
_RUNS: Final = frozenset(
    {"execute", "executescript", "query", "exec", "run", "raw", "executemany", "prepare", "$executeRaw"}
)


def find(code: Code) -> Iterator[Fact]:
    """``account-planted`` and ``statement-reaches-out``."""
    for scope in code.scopes:
        for subject, name in _SUBJECTS:
            if subject in scope.shown:
                yield from _run(scope, subject, name)


def _run(scope: Scope, subject: str, name: str) -> Iterator[Fact]:
    for called in scope.calls:
        if called.name.rpartition(".")[2] in _RUNS and called.call.args:
            first = scope.set_to(called.call.args[0].value)
            # A name that is bound by going through a list: any text of the function may be run.
            for each in scope.constants if isinstance(first, ir.Name) else strings(first):
                if says(subject, str(each.value)):
                    yield scope.fact(name, each.line, str(each.value))
                    break
