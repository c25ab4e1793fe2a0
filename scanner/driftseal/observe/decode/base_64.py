"""Base64 (RFC 4648, sections 4 and 5): both alphabets, wrapped lines, missing padding."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode import _bits
from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import words
from driftseal.regexes import regex

# A line of a wrapped block is at least 32 long, so that a list of words does not read as one.
# A run of letters is tried from its first letter alone: from no other one would it be longer.
_ENCODED: Final = regex(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{32,}\r?\n[ \t]{0,16})*[A-Za-z0-9+/_-]{20,}={0,2}")
_BLANK: Final = regex(r"[\s=]+")
_STANDARD: Final = str.maketrans("-_", "+/")


class Base64(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "base64"
    needs: ClassVar[str] = r"[A-Za-z0-9+/_-]{20}"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        for match in _ENCODED.finditer(text):
            # Letters that encode a text are of both cases; names in small letters are many.
            if match[0].islower():
                continue
            letters = _BLANK.sub("", match[0]).translate(_STANDARD)
            message = _read(letters)
            if message:
                yield Decoded(message, *match.span())


def _read(letters: str) -> str:
    # One letter over a multiple of four carries no byte.
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    try:
        data = base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    message = _bits.decode_bytes(data)
    return message if words.readable(message) else ""
