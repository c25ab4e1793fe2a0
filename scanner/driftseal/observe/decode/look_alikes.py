"""Letters that only look like Latin ones, folded to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import confusables


class LookAlikes(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "look-alike letters"
    # Dashes, quotes, arrows, drawings and emoji, which hold no letters, are what most texts have beyond ASCII.
    needs: ClassVar[str] = (
        r"[\x{A9}-\x{1FFF}\x{2071}-\x{209F}\x{2100}-\x{218F}\x{2460}-\x{24FF}\x{2C00}-\x{1F1FF}\x{1FB00}-\x{10FFFF}]"
    )

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. Only where words mix scripts, or letters are written in mathematical forms."""
        if text.isascii():
            return
        spans = sorted((*confusables.mixed_words(text), *confusables.styled(text)))
        if spans:
            yield Decoded(confusables.fold(text), spans[0][0], spans[-1][1])
