"""Messages spelled in zero-width characters, one standing for 0 and one for 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from driftseal.observe.decode import _bits
from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden


class ZeroWidth(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "zero-width bits"
    needs: ClassVar[str] = (
        r"[\x{AD}\x{34F}\x{180B}-\x{180F}\x{200B}-\x{200F}\x{2060}-\x{206F}\x{FEFF}]{2}|[\x{200B}-\x{200D}\x{2060}-\x{2064}\x{FEFF}][^\x{200B}]"
    )

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        for fact in hidden.find(text):
            if fact.trick is hidden.Trick.ZERO_WIDTH:
                stream = "".join(text[start:end] for start, end in fact.spans)
                symbols = [symbol for symbol, _ in Counter(stream).most_common(2)]
                for message in _bits.messages(stream, symbols):
                    yield Decoded(message, *fact.span)
