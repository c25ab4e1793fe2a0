"""Unicode tag characters: invisible copies of ASCII that models read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden
from driftseal.regexes import regex

_TAGS: Final = regex("[\U000e0020-\U000e007e]+")
_OFFSET: Final = 0xE0000


class Tags(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "tag characters"
    needs: ClassVar[str] = r"[\x{E0000}-\x{E007F}]"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. All tags of a text make one message, however they are scattered."""
        for fact in hidden.find(text):
            if fact.trick is hidden.Trick.TAGS:
                tags = "".join("".join(_TAGS.findall(text[start:end])) for start, end in fact.spans)
                if tags:
                    yield Decoded("".join(chr(ord(char) - _OFFSET) for char in tags), *fact.span)
