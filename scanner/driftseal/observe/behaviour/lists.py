"""The patterns of ``rules/lists/behaviour.yaml`` by subject."""

from __future__ import annotations

from functools import cache, lru_cache

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.observe.text.patterns import Pattern

_REMEMBERED = 1 << 15
"""Answers that are remembered; code repeats its names."""
_LONGEST = 4096
"""Characters of one text that are looked at."""


@lru_cache(maxsize=_REMEMBERED)
def says(subject: str, text: str) -> bool:
    """Whether a text shows a subject.

    Raises:
        RuleError: the list is malformed.
    """
    return bool(text) and _pattern(subject).search(text[:_LONGEST])


@cache
def _pattern(subject: str) -> Pattern:
    given = rulebook.load_list("behaviour")
    lines = given.get(subject) if isinstance(given, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise RuleError(f"rules/lists/behaviour.yaml: {subject}: a list of patterns")
    return Pattern("|".join(f"(?:{line})" for line in lines), f"behaviour.{subject}")
