"""Words of running text and of identifiers in any script, for counting rather than for reading."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from driftseal.regexes import regex

_TOKEN: Final = regex(r"[^\W\d_]+")
_CAMEL: Final = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Kana, Han and Hangul, which run on without blanks or glue endings to words.
_UNSPACED: Final = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_REMEMBERED: Final = 4096
"""Texts whose words are remembered: names of parameters come again and again."""
_STEM: Final = 5
"""Letters after which endings begin, near enough for comparing words of one text."""
_GRAMS: Final = (4, 5)


@lru_cache(_REMEMBERED)
def words(text: str) -> tuple[str, ...]:
    """In lower case, without numbers; ``camelCase`` is taken apart, Chinese, Japanese and Korean come in pairs."""
    if text.isascii():
        return tuple(" ".join(_CAMEL.findall(text)).lower().split())
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if token.isascii():
            found += [part.lower() for part in _CAMEL.findall(token)]
        elif _UNSPACED.search(token):
            lowered = token.lower()
            found += [lowered[at : at + 2] for at in range(len(lowered) - 1)] or [lowered]
        else:
            found.append(token.lower())
    return tuple(found)


def grams(word: str) -> tuple[str, ...]:
    """Stretches of four and five letters of a word with its borders; none of unspaced scripts, whose pairs suffice."""
    if not word.isascii() and _UNSPACED.search(word):
        return ()
    bordered = f"<{word}>"
    return tuple(bordered[at : at + size] for size in _GRAMS for at in range(len(bordered) - size + 1))


def stem(word: str) -> str:
    """A word without most of its endings."""
    return word[:_STEM]
