"""Patterns of the standard library that are compiled when they are first asked for.

What a scan imports holds 240 patterns, of which it asks 30; to compile the others was a twentieth of a short run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import compile as regex  # given on under a name of its own
else:

    class regex:  # noqa: N801  # to those who use it, it is the function ``re.compile``
        """Stands for a pattern. What was once asked of it, it has for an attribute of its own."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self._given = pattern, flags

        def __getattr__(self, name: str) -> Any:
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found


__all__ = ["regex"]
