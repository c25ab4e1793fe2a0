"""Bytes carried by variation selectors: VS1 to VS256 stand for 0 to 255, or two of them for bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode import _bits
from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden, words

_FIRST: Final = 0xFE00
_SUPPLEMENT: Final = 0xE0100
_IN_FIRST_BLOCK: Final = 16


class Variation(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "variation selectors"
    needs: ClassVar[str] = r"[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        for fact in hidden.find(text):
            if fact.trick is hidden.Trick.VARIATION:
                stream = "".join(text[start:end] for start, end in fact.spans)
                message = _bits.decode_bytes(bytes(map(_number, stream)))
                if words.readable(message):
                    yield Decoded(message, *fact.span)
                elif len(set(stream)) == len("01"):
                    for spelled in _bits.messages(stream, sorted(set(stream))):
                        yield Decoded(spelled, *fact.span)


def _number(selector: str) -> int:
    point = ord(selector)
    return point - _FIRST if point < _SUPPLEMENT else point - _SUPPLEMENT + _IN_FIRST_BLOCK
