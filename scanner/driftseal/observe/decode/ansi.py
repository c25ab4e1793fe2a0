"""Terminal escape sequences taken out, so that what they conceal, split or overwrite reads as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.observe.decode.base import Decoded, Decoding
from driftseal.observe.text import hidden
from driftseal.regexes import regex

_LINK: Final = regex(r"\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)?")
_CONTROL: Final = regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]+")


class Ansi(Decoding):
    """See ``Decoding``."""

    name: ClassVar[str] = "terminal escapes"
    needs: ClassVar[str] = r"[\x00-\x08\x0b\x0e-\x1f\x7f\x{80}-\x{84}\x{86}-\x{9f}]"

    def decode(self, text: str) -> Iterator[Decoded]:
        """See ``Decoding.decode``. The address of a link (OSC 8) stays as text."""
        spans = [match.span() for pattern in (hidden.ESCAPE, _CONTROL) for match in pattern.finditer(text)]
        if spans:
            shown = _LINK.sub(lambda link: f" {link[1]} " if link[1] else "", text)
            shown = _CONTROL.sub("", hidden.ESCAPE.sub("", shown))
            yield Decoded(shown, min(start for start, _ in spans), max(end for _, end in spans))
