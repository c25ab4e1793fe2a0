"""The texts of an item, each with where it stands and how it was made readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from driftseal import canonical
from driftseal.limits import Limits
from driftseal.model.item import Item


@dataclass(frozen=True, slots=True)
class View:
    """One text to look at."""

    text: str
    pointer: str
    """JSON pointer of the original string; of the whole item for a joined view."""
    is_key: bool = False
    """The text is a member's name, not its value."""
    decodings: tuple[str, ...] = ()
    """How it was made readable, outermost first: ``("base64", "rot13")``; empty as it stands."""
    span: tuple[int, int] = (0, 0)
    """Characters of the original string that this text was made from; ``(0, 0)`` for all of it."""
    joined: bool = False
    """Several fields of the item, joined, so that a sentence split over them is read as one."""


def of_item(item: Item, limits: Limits) -> Iterator[View]:
    """Plain, joined and decoded views of one item, bounded by ``limits``."""
    for pointer, text, is_key in canonical.leaves(item.content):
        yield View(text[: limits.view_bytes], pointer, is_key)
