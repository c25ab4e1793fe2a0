"""Long blanks and empty lines closed up, so that what they push out of sight reads with what stands before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden


class Padding(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "whitespace padding"
    needs: ClassVar[str] = r"[ \t\x{A0}\x{2000}-\x{200A}\x{2800}\x{3000}]{100}|(?:\n[ \t\r]*){16}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        spans = hidden.padding(text)
        if spans:
            yield Decoded(hidden.without(text, spans, " "), spans[0][0], spans[-1][1])
