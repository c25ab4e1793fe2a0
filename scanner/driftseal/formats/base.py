"""What every format makes of a file's bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from driftseal.model.item import Json
from driftseal.records import dataclass


def _no_line(_: str) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Document:
    """Its value as JSON, what is odd about it, and where its parts stand."""

    value: Json = field(repr=False)
    duplicate_keys: tuple[str, ...] = ()
    """Names that one object holds twice. The further value is kept under ``name#2``."""
    line: Callable[[str], int] = field(default=_no_line, repr=False)
    """Line from 1 of the value at a JSON pointer; 0 where none can be told."""
