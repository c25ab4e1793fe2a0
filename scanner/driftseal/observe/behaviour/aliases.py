"""Tables by which packages that everybody has become others whose names merely sound like theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.code import ir
from driftseal.model.item import Json
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.nodes import text
from driftseal.observe.behaviour.tables import tables
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_FEWEST: Final = 2
"""Entries of one table that are no slip."""
_NAME: Final = regex(r"[a-z0-9][a-z0-9._-]{1,60}")
_DEEPEST: Final = 6
_VALUES: Final = 2_000


def find(code: Code) -> Iterator[Fact]:
    """``packages-renamed``."""
    for scope in code.scopes:
        if "living-packages" in scope.shown:
            for node in scope.of(ir.Mapping):
                given = {text(entry.key): text(entry.value) for entry in node.entries}
                if (told := _renamed(given)) is not None:
                    yield scope.fact("packages-renamed", node.line, told)
    for scope, line, value in tables(code):
        for inside in _mappings(value):
            given = {key: each for key, each in inside.items() if isinstance(each, str)}
            if (told := _renamed(given)) is not None:
                yield scope.fact("packages-renamed", line, told)
                break


def _renamed(given: Mapping[str, str]) -> str | None:
    """Some names of packages that live on, each with one that only begins like it."""
    found = [(old, new) for old, new in given.items() if says("living-packages", old) and _sounds_like(old, new)]
    return ", ".join(f"{old}: {new}" for old, new in found[:3]) if len(found) >= _FEWEST else None


def _sounds_like(old: str, new: str) -> bool:
    """``lodash-maintained`` for ``lodash``, ``expres-core`` for ``express``; not what belongs to it by its maker."""
    if not _NAME.fullmatch(new) or new == old or says("belonging-packages", new):
        return False
    head = new[: len(old) - 1]
    return head == old[: len(old) - 1] and says("renamings", new[len(head) :])


def _mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    waiting: list[tuple[Json, int]] = [(value, _DEEPEST)]
    for _ in range(_VALUES):
        if not waiting:
            return
        one, depth = waiting.pop()
        if isinstance(one, dict):
            yield one
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, depth - 1) for each in inside if depth and isinstance(each, (dict, list))]
