"""Whether text reads as words, so that a decoding is kept only where it makes sense of nonsense."""

from __future__ import annotations

from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.regexes import regex

_WORD: Final = regex(r"[A-Za-z]+")
_READABLE_SHARE: Final = 0.9


@cache
def common() -> frozenset[str]:
    """Frequent words in lower case, from ``rules/lists/common-words.yaml``."""
    words = rulebook.load_list("common-words")
    return frozenset(str(word) for word in words) if isinstance(words, list) else frozenset()


def count_common(text: str) -> int:
    """How many words of a text are frequent ones."""
    known = common()
    return sum(word in known for word in _WORD.findall(text.lower()))


def readable(text: str) -> bool:
    """Whether decoded bytes look like something that a person wrote: nearly all printable, with a letter."""
    if not text:
        return False
    shown = sum(char.isprintable() or char in "\n\r\t" for char in text)
    return shown >= _READABLE_SHARE * len(text) and any(char.isalpha() for char in text)
