"""Bytes written in hexadecimal, with or without separators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode import _bits
from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import words
from driftseal.regexes import regex

_ENCODED: Final = regex(r"(?<![0-9A-Fa-f])(?:0x)?[0-9A-Fa-f]{2}(?:(?:[ :,-]|, |0x| 0x|, ?0x)?[0-9A-Fa-f]{2}){7,}")
_PREFIX: Final = regex(r"0x|[^0-9A-Fa-f]")


class Hexadecimal(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "hex"
    needs: ClassVar[str] = r"[0-9A-Fa-f]{16}|(?:[0-9A-Fa-f]{2}[ :,-]{0,2}(?:0x)?){7}[0-9A-Fa-f]{2}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        for match in _ENCODED.finditer(text):
            digits = _PREFIX.sub("", match[0])
            message = _bits.decode_bytes(bytes.fromhex(digits[: len(digits) // 2 * 2]))
            if words.readable(message):
                yield Decoded(message, *match.span())
