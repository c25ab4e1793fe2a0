"""Texts of a program that do harm wherever it puts them: jobs, workflows and keys for machines of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import quoted
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code

_HARM: Final = frozenset({"cron-downloads", "workflow-secrets"})


def find(code: Code) -> Iterator[Fact]:
    """``harmful-text-written`` and ``access-given``."""
    lists_keys = any("key-lists" in scope.shown for scope in code.scopes)
    for scope in code.scopes:
        if not scope.shown.isdisjoint(_HARM):
            yield from _harmful(scope)
        for each in scope.constants if lists_keys and "login-keys" in scope.shown else ():
            if says("login-keys", str(each.value)):
                yield scope.fact("access-given", each.line, "a key of the source, for whoever logs in by it")


def _harmful(scope: Scope) -> Iterator[Fact]:
    for each in scope.constants:
        text = str(each.value)
        told = (line for line in text.splitlines() if says("cron-downloads", line))
        if says("workflow-secrets", text) and says("calls-out", text):
            told = (line for line in text.splitlines() if says("workflow-secrets", line))
        if line := next(told, ""):
            yield scope.fact("harmful-text-written", each.line, quoted(line.strip()))
