"""Command lines that say by themselves what harm they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import subjects
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
            for subject in sorted(_FACTS.keys() & subjects(command)):
                name = "repository-wiped" if subject == "wiping" and "git" in command else _FACTS[subject]
                yield scope.fact(name, called.call.line, command)
