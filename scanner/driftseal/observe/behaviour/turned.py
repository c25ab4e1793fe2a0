"""Sentences that stand in the source backwards or with their letters moved, so that nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.code import ir
from driftseal.observe.behaviour.base import Fact
from driftseal.observe.behaviour.lists import says
from driftseal.observe.behaviour.scopes import Scope
from driftseal.observe.behaviour.whole import Code
from driftseal.observe.decode.backwards import Backwards
from driftseal.observe.decode.rot13 import Rot13
from driftseal.observe.text import words

_TURNINGS: Final = (Backwards(), Rot13())
_FEWEST: Final = 4
"""Frequent words that make a sentence; three come together in a list of examples."""
_LONGEST: Final = 4_000
"""Characters of a text that is turned."""


def find(code: Code) -> Iterator[Fact]:
    """``words-turned``: texts, or lists of them, that are sentences only once they are turned."""
    for scope in code.scopes:
        if "turned-words" not in scope.shown:
            continue
        for line, text in _texts(scope):
            said = sentence(text)
            if said:
                yield scope.fact("words-turned", line, said)
                break


def sentence(text: str) -> str:
    """What a text says once it is turned; empty where it says nothing then, or something already."""
    if len(text) > _LONGEST or not says("turned-words", text):
        return ""
    for turning in _TURNINGS:
        for decoded in turning.decode(text):
            if words.count_common(decoded.text) >= _FEWEST:
                return decoded.text
    return ""


def _texts(scope: Scope) -> Iterator[tuple[int, str]]:
    """Constant texts, and those that stand in one list as one."""
    for group in scope.of(ir.Group):
        parts = [str(each.value) for each in group.items if type(each) is ir.Const and isinstance(each.value, str)]
        if len(parts) > 1 and group.items:
            yield group.items[0].line, " ".join(parts)
    for each in scope.constants:
        yield each.line, str(each.value)
