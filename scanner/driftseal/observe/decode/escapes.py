r"""Escapes of programming languages: ``\uXXXX``, ``\u{X}``, ``\xNN``, ``\UXXXXXXXX`` and octal ``\NNN``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.regexes import regex

_ESCAPE: Final = regex(
    r"\\(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))"
)
_LAST_POINT: Final = 0x10FFFF
_FEWEST: Final = 3


class Escapes(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "escapes"
    needs: ClassVar[str] = r"\\(?:[uUx][0-9A-Fa-f{]|[0-3][0-7])"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. A pair of surrogates becomes the character that it stands for."""
        spans = [match.span() for match in _ESCAPE.finditer(text)]
        if len(spans) >= _FEWEST:
            decoded = _ESCAPE.sub(_character, text)
            whole = decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            yield Decoded(whole, spans[0][0], spans[-1][1])


def _character(match: re.Match[str]) -> str:
    digits = match[5]
    point = int(digits, 8) if digits else int(next(group for group in match.groups() if group), 16)
    return chr(point) if point <= _LAST_POINT else match[0]
