"""Percent-encoding (RFC 3986, section 2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final
from urllib.parse import unquote

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.regexes import regex

_ENCODED: Final = regex(r"(?:%[0-9A-Fa-f]{2})+")
_FEWEST: Final = 3


class Percent(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "percent"
    needs: ClassVar[str] = r"%[0-9A-Fa-f]{2}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. The whole text, since encoded and plain letters stand mixed."""
        spans = [match.span() for match in _ENCODED.finditer(text)]
        if sum(end - start for start, end in spans) >= _FEWEST * len("%xx"):
            yield Decoded(unquote(text, errors="replace"), spans[0][0], spans[-1][1])
