"""Lines of places in a text, found without counting from its beginning each time."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property


class Lines:
    """Lines of places in a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self._text))]

    def at(self, place: int) -> int:
        """From 1."""
        return bisect_right(self._starts, place)
