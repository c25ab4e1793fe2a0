"""Scripts that a program put together: no more source than a binary is."""

from __future__ import annotations

from typing import Final

from driftseal.code import front_ends

_LARGE: Final = 64 * 1024
"""Bytes above which long lines alone say enough."""
_LEAST: Final = 4 * 1024
_LINE: Final = 400
"""Bytes of a line, on average, that nobody writes."""
_BLANKS: Final = 0.1
"""The part of a text that is blanks, below which it is no text of people: a file of long prompts has more."""


def is_compiled(path: str, data: bytes) -> bool:
    """Whether a script is what a bundler or a minifier made of others."""
    if front_ends.language(path) != "javascript" or len(data) < _LEAST:
        return False
    if len(data) <= _LINE * (data.count(b"\n") + 1):
        return False
    return len(data) >= _LARGE or data.count(b" ") < _BLANKS * len(data)
