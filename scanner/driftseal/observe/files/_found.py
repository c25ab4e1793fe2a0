"""Looks for signs of programs in files whose formats are read no deeper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from driftseal.formats.blob import PIECE, Blob
from driftseal.observe.files.base import Blank, Budget, Fact

_OVERLAP: Final = 256
"""Bytes that the longest sign takes at most."""
_STEP: Final = 1 << 10
"""Bytes that count as one step."""
_SHOWN: Final = 120


def signs(blob: Blob, pattern: re.Pattern[bytes], fact: str, budget: Budget) -> Iterator[Fact | Blank]:
    """A fact for each thing that the pattern's first group names, where it first stands, within what may be read."""
    told: set[str] = set()
    at = 0
    while at < blob.size:
        window = blob.read_at(at, PIECE + _OVERLAP)
        if not window:
            return
        if not budget.spend(len(window) // _STEP + 1):
            yield Blank("the file is longer than is read (limits.file_steps)")
            return
        for match in pattern.finditer(window):
            subject = match[1].decode("latin-1")
            if match.start() < PIECE and subject not in told and len(told) < budget.limits.file_facts:
                told.add(subject)
                shown = window[match.start() : match.start() + _SHOWN].decode("ascii", "replace")
                yield Fact(fact, shown, at + match.start(), subject=subject)
        at += PIECE
