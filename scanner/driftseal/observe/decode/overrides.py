"""Direction overrides: the text in the order in which it is shown (Trojan Source, CVE-2021-42574)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.regexes import regex

_OVERRIDDEN: Final = regex("\u202e([^\u202c\u202e\n]*)\u202c?")


class Overrides(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "bidi"
    needs: ClassVar[str] = r"\x{202E}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        spans = [match.span() for match in _OVERRIDDEN.finditer(text)]
        if spans:
            yield Decoded(_OVERRIDDEN.sub(lambda match: match[1][::-1], text), spans[0][0], spans[-1][1])
