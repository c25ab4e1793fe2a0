"""Letters moved by thirteen places, kept only where that gains more words than it loses."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode import _turned
from driftseal.observe.decode.base import Decoded, Decoding

_LETTERS: Final = string.ascii_lowercase
_HALF: Final = len(_LETTERS) // 2
_TURNED: Final = _LETTERS[_HALF:] + _LETTERS[:_HALF]
_TABLE: Final = str.maketrans(_LETTERS + _LETTERS.upper(), _TURNED + _TURNED.upper())


class Rot13(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "rot13"
    needs: ClassVar[str] = r"(?i)\b(?:gur|naq|lbh|lbhe|guvf|jvgu|vtaber|zhfg|cerivbhf|ernq|svyr|abg|hfre|frperg)\b"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        yield from _turned.decode(text, lambda part: part.translate(_TABLE))
