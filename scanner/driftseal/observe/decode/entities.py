"""HTML character references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.regexes import regex

_REFERENCE: Final = regex(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")


class Entities(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "entities"
    needs: ClassVar[str] = r"&(?:#[0-9xX]|[A-Za-z])"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        import html

        spans = [match.span() for match in _REFERENCE.finditer(text)]
        if spans:
            decoded = html.unescape(text)
            if decoded != text:
                yield Decoded(decoded, spans[0][0], spans[-1][1])
