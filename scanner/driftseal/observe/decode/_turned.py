"""Text whose words were turned letter by letter, found by frequent words that stand turned in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from driftseal.observe.decode.base import Decoded
from driftseal.observe.text import words
from driftseal.regexes import regex

_WORD: Final = regex(r"[A-Za-z]+")
_FEWEST: Final = 3


def decode(text: str, turn: Callable[[str], str]) -> Iterator[Decoded]:
    """The stretch from the first to the last turned word, turned back, if that gains more words than it loses."""
    known = words.common()
    turned = [match.span() for match in _WORD.finditer(text) if turn(match[0].lower()) in known]
    if len(turned) < _FEWEST:
        return
    start, end = turned[0][0], turned[-1][1]
    # Sentences reach beyond their frequent words.
    start = max(_after(text, "\n", start), _after(text, ". ", start))
    end = _line_end(text, end)
    stretch = text[start:end]
    back = turn(stretch)
    if words.count_common(back) > words.count_common(stretch):
        yield Decoded(back, start, end)


def _after(text: str, stop: str, before: int) -> int:
    found = text.rfind(stop, 0, before)
    return found + len(stop) if found >= 0 else 0


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return found if found >= 0 else len(text)
