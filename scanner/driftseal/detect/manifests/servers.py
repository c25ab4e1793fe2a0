"""Servers that name themselves like others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftseal.detect import _names
from driftseal.detect._spot import Spot
from driftseal.model.item import Item
from driftseal.observe import lookalike, words
from driftseal.observe.lookalike import Likeness
from driftseal.regexes import regex

_SEPARATORS: Final = regex(r"[\W_]+")
_LONGEST: Final = 128
_FILLERS: Final = frozenset({"mcp", "server"})
_TELLING: Final = frozenset({Likeness.DRAWN, Likeness.TYPO})


def imitates_known(item: Item) -> Iterator[Spot]:
    """A server whose name is drawn like, or one letter off, the name of a widely used one.

    Equal names are nothing: anyone may write a server for GitHub and call it so.
    """
    own = _names.own_name(item)
    name = "-".join(part for part in _SEPARATORS.split(own[:_LONGEST]) if part.lower() not in _FILLERS)
    found = lookalike.nearest(name, sorted(words.vocabulary("known-servers", "servers")), _TELLING)
    if found is not None:
        known, kind = found
        yield Spot("/name", own, f"{own!r} is {kind} to {known!r}")
