"""Text from outside with everything hidden in it made visible, and cut to what a person reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from driftseal.canonical import show

_TOLD_OF_A_RUN: Final = 4
_LONGEST_RUN: Final = 8
"""A longer run of hidden characters is told by its beginning and its length."""
_BLANKS: Final = re.compile("[ \u3000]{16,}")
"""So many blanks push text out of sight."""
_MARKS: Final = 4
"""More marks on one letter than any script needs run over the lines above and below."""


class Piece(NamedTuple):
    """Characters that may be printed."""

    text: str
    hidden: bool
    """They stand for characters that nobody would have seen."""


def reveal(text: str, *, unicode: bool = True) -> Iterator[Piece]:
    r"""Every invisible or controlling character as ``\u{…}``; without ``unicode`` all else but ASCII too."""
    place = 0
    for blanks in _BLANKS.finditer(text):
        yield from _visible(text[place : blanks.start()], unicode=unicode)
        yield Piece(f"({len(blanks[0])} blanks)", hidden=True)
        place = blanks.end()
    yield from _visible(text[place:], unicode=unicode)


def _visible(text: str, *, unicode: bool) -> Iterator[Piece]:
    if text.isascii() and text.isprintable():
        yield Piece(text, hidden=False)
        return
    for hidden, run in groupby(_judged(text), key=itemgetter(1)):
        chars = "".join(char for char, _ in run)
        if hidden:
            yield Piece(_told(chars), hidden=True)
        else:
            yield Piece(chars if unicode or chars.isascii() else ascii_only(chars), hidden=False)


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it must be told by its number."""
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) or unicodedata.category(char) == "Me" else 0
        yield char, marks > _MARKS or show(char) != char


def _told(run: str) -> str:
    if len(run) <= _LONGEST_RUN:
        return _numbers(run)
    return f"{_numbers(run[:_TOLD_OF_A_RUN])}(+{len(run) - _TOLD_OF_A_RUN} hidden)"


def _numbers(run: str) -> str:
    """A mark too many is visible in itself, so that ``show`` would let it pass."""
    return "".join(ascii_only(char) if show(char) == char else show(char) for char in run)


def ascii_only(text: str) -> str:
    r"""Visible text for a reader whose encoding has ASCII alone."""
    return "".join(char if char.isascii() else f"\\u{{{ord(char):x}}}" for char in text)


def plain(text: str) -> str:
    """``reveal`` as one string."""
    return "".join(piece.text for piece in reveal(text))


def cut(text: str, most: int) -> str:
    """At most this many characters of the text, then how many are missing."""
    if len(text) <= most:
        return text
    return f"{text[:most]} [... {len(text) - most} more characters]"
