"""Words whose letters stand apart, kept only where closing them up makes frequent words: ``s e n d  t h e  k e y``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import words
from driftseal.regexes import regex

_STRETCH: Final = regex(r"(?<!\w)[^\W\d_](?:(?:[ .·_*|-]|[ ,;:/|]{2,6})[^\W\d_]){7,400}(?!\w)")
_GAP: Final = regex(r"[ ,;:/|]{2,6}")
_JOINT: Final = regex(r"[ .·_*|-]")
_FEWEST: Final = 2


class Spaced(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "spaced letters"
    needs: ClassVar[str] = r"(?:^|\W)(?:\pL[ .·_*|-]){4}(?:\pL|[ ,;:/|])"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. Where words end, more than one sign stands between their letters."""
        known = words.common()
        for stretch in _STRETCH.finditer(text):
            closed = [_JOINT.sub("", word) for word in _GAP.split(stretch[0])]
            if sum(len(word) > 1 and word.lower() in known for word in closed) >= _FEWEST:
                start, end = stretch.span()
                yield Decoded(" ".join(closed), start, end)
