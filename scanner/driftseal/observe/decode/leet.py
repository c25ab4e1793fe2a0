"""Digits and signs that stand for letters, kept only where that makes frequent words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import words
from driftseal.regexes import regex

_TOKEN: Final = regex(r"[A-Za-z0134578@$]{3,40}")
_LETTERS: Final = str.maketrans("0134578@$", "oieastbas")
_FEWEST: Final = 3


class Leet(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "leet"
    needs: ClassVar[str] = r"[A-Za-z][0134578@$]{1,2}[A-Za-z]|\b[0134578@$]{1,2}[A-Za-z]{2}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        known = words.common()
        turned = [
            token.span()
            for token in _TOKEN.finditer(text)
            if not token[0].isalpha() and token[0].translate(_LETTERS).lower() in known
        ]
        if len(turned) >= _FEWEST:
            start, end = turned[0][0], turned[-1][1]
            yield Decoded(text[:start] + text[start:end].translate(_LETTERS) + text[end:], start, end)
