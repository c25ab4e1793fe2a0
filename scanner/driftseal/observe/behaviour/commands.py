"""Command lines that say by themselves what harm they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.scopes import Called, Scope
from driftseal.observe.behaviour.whole import Code

_FACTS: Final = {
    "download-run": "download-run",
    "disabling": "protection-disabled",
    "encoded-run": "decoded-command-run",
    "fetch-eval": "download-run",
    "package-sources": "package-source-changed",
    "publishing": "package-published",
    "persistence-commands": "start-up-entry-written",
    "privileges": "privileges-raised",
    "reverse-shell": "reverse-shell",
    "secret-commands": "secret-file-sent",
    "wiping": "home-wiped",
}
"""Facts by the subject that a command shows."""


def find(code: Code) -> Iterator[Fact]:
    """One fact for each subject of a command that is constant enough to be read."""
    for scope in code.scopes:
        for called, command in scope.commands:
            if says("package-runners", command) and _unseen(scope, called):
                yield scope.fact("download-run", called.call.line, command)
            for subject in sorted(_FACTS.keys() & subjects(command)):
                name = "repository-wiped" if subject == "wiping" and "git" in command else _FACTS[subject]
                yield scope.fact(name, called.call.line, command)


def _unseen(scope: Scope, called: Called) -> bool:
    """Whether a program goes on by itself, and nobody reads what it says."""
    given: dict[str, ir.Expr] = {}
    for arg in called.call.args[1:]:
        whole = scope.set_to(arg.value)
        given |= {text(each.key): each.value for each in whole.entries} if isinstance(whole, ir.Mapping) else {}
    apart = given.get("detached")
    return isinstance(apart, ir.Const) and apart.value is True and text(given.get("stdio")) == "ignore"
