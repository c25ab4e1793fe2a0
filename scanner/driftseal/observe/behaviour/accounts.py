"""Accounts that a server makes for itself in a database that is its user's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import strings
from driftseal.observe.behaviour.whole import Code

_RUNS: Final = frozenset(
    {"execute", "executescript", "query", "exec", "run", "raw", "executemany", "prepare", "$executeRaw"}
)


def find(code: Code) -> Iterator[Fact]:
    """``account-planted``."""
    for scope in code.scopes:
        if "planted-accounts" not in scope.shown:
            continue
        for called in scope.calls:
            if called.name.rpartition(".")[2] in _RUNS and called.call.args:
                first = scope.set_to(called.call.args[0].value)
                # A name that is bound by going through a list: any text of the function may be run.
                for each in scope.constants if isinstance(first, ir.Name) else strings(first):
                    if says("planted-accounts", str(each.value)):
                        yield scope.fact("account-planted", each.line, str(each.value))
                        break
