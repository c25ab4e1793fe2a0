"""Text written backwards, kept only where turning it gains more words than it loses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from driftseal.observe.decode import _turned
from driftseal.observe.decode.base import Decoded, Decoding


class Backwards(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "reversed"
    needs: ClassVar[str] = r"(?i)\b(?:eht|dna|uoy|ruoy|siht|htiw|erongi|tsum|suoiverp|daer|elif|ton|resu|terces)\b"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        yield from _turned.decode(text, lambda part: part[::-1])
