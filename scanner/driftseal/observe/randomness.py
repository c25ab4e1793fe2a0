"""Whether a value looks drawn at random, as credentials are, or made up by a person, as examples are."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

from driftseal.regexes import regex

_LOOKED_AT: Final = 512
"""Characters that tell enough; the rest of a longer value is like them."""
_HEX: Final = regex(r"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
_UUID: Final = regex(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?")
_WORD: Final = regex(r"[A-Z]?[a-z]{3,}|[A-Z]{3,}")
_VOWEL: Final = regex(r"[aeiouyAEIOUY]")
_CLASSES: Final = tuple(re.compile(form) for form in ("[a-z]", "[A-Z]", "[0-9]"))
_DIGITS: Final = regex(r"[0-9]+")
_STEADY: Final = 0.34
"""Share of neighbouring characters that repeat or count on, from which a value is typed and not drawn."""
_HEX_BITS: Final = 3.0
_RANDOM_BITS: Final = 3.3
_LEAST_RUNS: Final = 2
_MANY_RUNS: Final = 5
"""So often no name goes from letters to digits."""
_WORDY: Final = 0.45
"""Share of a value's characters that stand in pronounceable words, from which it is a name."""


def bits(value: str) -> float:
    """Shannon entropy of one character, in bits."""
    seen = value[:_LOOKED_AT]
    total = len(seen)
    return -sum(count / total * math.log2(count / total) for count in Counter(seen).values()) if total else 0.0


def is_hexadecimal(value: str) -> bool:
    """Whether it is one hexadecimal number."""
    return _HEX.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Whether it is a UUID, which names a thing and opens none."""
    return _UUID.fullmatch(value) is not None


def classes(value: str) -> int:
    """How many of small letters, capitals and digits occur."""
    return sum(form.search(value) is not None for form in _CLASSES)


def is_typed(value: str) -> bool:
    """Whether it counts on, repeats or takes turns: ``abcdef0123456789``, ``aaaabbbb``, ``1212121212``."""
    seen = value[:_LOOKED_AT].lower()
    pairs = list(pairwise(seen))
    if not pairs:
        return True
    steady = sum(abs(ord(one) - ord(other)) <= 1 for one, other in pairs)
    repeated = sum(one == other for one, other in zip(seen, seen[2:], strict=False))
    return steady > _STEADY * len(pairs) or repeated > _STEADY * len(pairs) or len(set(seen)) * 4 < min(len(seen), 40)


def is_random(value: str) -> bool:
    """Whether letters and digits are mixed as no word, name, path or sentence mixes them."""
    seen = value[:_LOOKED_AT]
    if is_typed(seen):
        return False
    if is_hexadecimal(seen):
        return bits(seen) >= _HEX_BITS
    runs = len(_DIGITS.findall(seen))
    if runs < _LEAST_RUNS or bits(seen) < _RANDOM_BITS:
        return False
    return runs >= _MANY_RUNS or _wordiness(seen) < _WORDY


def _wordiness(value: str) -> float:
    words = [word for word in _WORD.findall(value) if _VOWEL.search(word) and len(word) > len(_CLASSES)]
    return sum(map(len, words)) / len(value)
