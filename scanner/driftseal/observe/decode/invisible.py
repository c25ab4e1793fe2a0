"""Text with its hidden characters taken out, so that a word that they split reads as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden

_SPLITTING: Final = frozenset(
    {hidden.Trick.ZERO_WIDTH, hidden.Trick.TAGS, hidden.Trick.VARIATION, hidden.Trick.BIDI, hidden.Trick.PRIVATE_USE}
)


class Invisible(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "invisible characters"
    needs: ClassVar[str] = (
        r"[\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}-\x{200F}\x{202A}-\x{202E}"
        r"\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{FFF9}-\x{FFFB}\x{E000}-\x{F8FF}"
        r"\x{E0000}-\x{E01EF}\x{F0000}-\x{10FFFF}]"
    )

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``."""
        spans = sorted(span for fact in hidden.find(text) if fact.trick in _SPLITTING for span in fact.spans)
        if spans:
            yield Decoded(hidden.without(text, spans, ""), spans[0][0], spans[-1][1])
