"""Code that a server hands out as good, and that leaves out what protects whoever takes it over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.model.item import Json
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.commands import of_makers
from driftseal.observe.behaviour.lists import says, subjects
from driftseal.observe.behaviour.tables import tables
from driftseal.observe.behaviour.whole import Code
from driftseal.regexes import regex

_KINDS: Final = frozenset(
    {"weak-tokens", "weak-certificates", "weak-hashes", "weak-chance", "weak-installs", "weak-origins", "weak-modes"}
)
_INSTALLS: Final = frozenset({"weak-installs"})
_FEWEST: Final = 2
"""Ways of being weak in one collection: one alone is a slip, or fits where it is meant to stand."""
_CODE: Final = regex(r"[\n;]|\)\s*$")
_SHORTEST: Final = 30
_LONGEST: Final = 4_000
"""Characters of a text that is a piece of code and not a page."""
_VALUES: Final = 4_000
"""Values of a table that are looked at."""


def find(code: Code) -> Iterator[Fact]:
    """``weak-code-handed-out``: of texts in one function or at the top of a file, and of a table beside the code."""
    for scope in code.scopes:
        if len(_KINDS & scope.shown) >= _FEWEST:
            texts = [(each.line, str(each.value)) for each in scope.constants]
            weak = _weak(text for _, text in texts)
            if weak:
                line = next(line for line, text in texts if _kinds(text))
                yield scope.fact("weak-code-handed-out", line, ", ".join(weak))
    for scope, line, value in tables(code):
        weak = _weak(_texts(value))
        if weak:
            yield scope.fact("weak-code-handed-out", line, f"of a table: {', '.join(weak)}")


def _weak(texts: Iterable[str]) -> list[str]:
    """What several texts leave out, each in its own way; nothing where one way alone is found."""
    found = frozenset[str]().union(*map(_kinds, texts))
    return sorted(kind.removeprefix("weak-") for kind in found) if len(found) >= _FEWEST else []


def _kinds(text: str) -> frozenset[str]:
    """How a piece of code is weak that says nothing of it."""
    if not _SHORTEST <= len(text) <= _LONGEST:
        return frozenset()
    if _CODE.search(text) is None or says("tells-of-weakness", text):
        return frozenset()
    return (_KINDS & subjects(text)) - (_INSTALLS if of_makers(text) else frozenset())


def _texts(value: Json) -> Iterator[str]:
    """The texts in a table, apart from members that say of themselves that they show what is wrong."""
    waiting: list[Json] = [value]
    for _ in range(_VALUES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            beside = " ".join(str(each)[:_SHORTEST] for each in (*value, *value.values()) if isinstance(each, str))
            waiting += [] if says("tells-of-weakness", beside[:_LONGEST]) else value.values()
        elif isinstance(value, list):
            waiting += value
