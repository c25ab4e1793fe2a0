"""Letters of other scripts that look like ASCII letters (UTS #39), told apart from honest mixtures."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.model.item import Json
from driftseal.regexes import regex

_WORD: Final = regex(r"[^\W\d_]+")
_FOREIGN: Final = regex(r"[^\W\d_\x00-\x7f]")
"""A letter beyond ASCII."""


@cache
def _table(kind: str) -> dict[str, str]:
    """Look-alike → ASCII letter, of the sections ``exact`` or ``alike``."""
    given = rulebook.load_list("confusables")
    section: Json = given.get(kind) if isinstance(given, dict) else None
    table: dict[str, str] = {}
    for script in section.values() if isinstance(section, dict) else ():
        for letter, twins in script.items() if isinstance(script, dict) else ():
            table.update(dict.fromkeys(str(twins), letter))
    return table


@cache
def _folding() -> dict[int, str]:
    return {ord(twin): letter for twin, letter in (_table("alike") | _table("exact")).items()}


def mixed_words(text: str) -> Iterator[tuple[int, int]]:
    """Spans of words in which look-alikes of another script stand among Latin letters.

    Nothing where most of the text is in another script: there a stray Latin letter is a slip of the
    keyboard, since Cyrillic es and Latin c share a key.
    """
    if text.isascii() or not _FOREIGN.search(text):
        return
    exact = _table("exact")
    mixed: list[tuple[int, int]] = []
    latin = foreign = 0
    for word in _WORD.finditer(text):
        letters = word[0]
        if letters.isascii():
            latin += len(letters)
            continue
        ascii_letters = sum(char.isascii() for char in letters)
        twins = sum(char in exact for char in letters)
        if ascii_letters and twins and ascii_letters + twins == len(letters):
            mixed.append(word.span())
            latin += len(letters)
        elif not all(char in exact for char in letters):
            foreign += len(letters)
    if latin > foreign:
        yield from mixed


def fold(text: str) -> str:
    """The text as a reader sees it: compatibility forms (NFKC) and look-alikes as plain letters."""
    return unicodedata.normalize("NFKC", text).translate(_folding())


def styled(text: str) -> Iterator[tuple[int, int]]:
    """Spans of letters in mathematical, circled, squared or full-width forms."""
    for found in _STYLED.finditer(text):
        yield found.span()


_STYLED: Final = regex("[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001f130-\U0001f189]{3,}")
