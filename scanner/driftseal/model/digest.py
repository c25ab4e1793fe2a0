"""A digest that knows its algorithm."""

from __future__ import annotations

import hashlib
from typing import Self

from driftseal.records import dataclass
from driftseal.regexes import regex

_FORM = regex(r"(sha256|sha512):([0-9a-f]{64}|[0-9a-f]{128})")
_HEX_DIGITS = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """Prints and parses as ``sha256:…``; ``Digest.parse(str(d)) == d``."""

    algorithm: str
    value: str
    """Lower-case hexadecimal."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``algorithm:hex``.

        Raises:
            ValueError: the text is no digest that we know.
        """
        found = _FORM.fullmatch(text)
        if found is None or len(found[2]) != _HEX_DIGITS[found[1]]:
            raise ValueError(f"not a digest: {text[:80]!r}")
        return cls(found[1], found[2])

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The SHA-256 digest of these bytes."""
        return cls("sha256", hashlib.sha256(data).hexdigest())
