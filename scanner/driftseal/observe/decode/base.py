"""What every decoding does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text made readable, and what it was made from."""

    text: str
    start: int
    """Characters of the text that was decoded."""
    end: int


class Decoding(ABC):
    """One way to make hidden text readable. Stateless; linear in the text's length."""

    name: ClassVar[str]
    """As findings tell it: ``base64 > rot13``."""
    needs: ClassVar[str]
    """RE2 pattern without which ``decode`` yields nothing; cheap, so that plain text passes untouched."""

    @abstractmethod
    def decode(self, text: str) -> Iterator[Decoded]:
        """What the text says once decoded; nothing where it is not encoded so."""
