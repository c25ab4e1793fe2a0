"""Text from outside with everything hidden in it made visible, and cut to what a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from driftseal.canonical import show

_TOLD_OF_A_RUN: Final = 4
_LONGEST_RUN: Final = 8
"""A longer run of hidden characters is told by its beginning and its length."""


class Piece(NamedTuple):
    """Characters that may be printed."""

    text: str
    hidden: bool
    """They stand for characters that nobody would have seen."""


def reveal(text: str, *, unicode: bool = True) -> Iterator[Piece]:
    r"""Every invisible or controlling character as ``\u{…}``; without ``unicode`` all else but ASCII too."""
    if show(text) == text and (unicode or text.isascii()):
        yield Piece(text, hidden=False)
        return
    for hidden, run in groupby(text, key=_is_hidden):
        chars = "".join(run)
        if hidden:
            yield Piece(_told(chars), hidden=True)
        else:
            yield Piece(chars if unicode or chars.isascii() else ascii_only(chars), hidden=False)


def _is_hidden(char: str) -> bool:
    return show(char) != char


def _told(run: str) -> str:
    if len(run) <= _LONGEST_RUN:
        return show(run)
    return f"{show(run[:_TOLD_OF_A_RUN])}(+{len(run) - _TOLD_OF_A_RUN} hidden)"


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
