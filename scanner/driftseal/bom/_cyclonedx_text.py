"""Texts as CycloneDX and its readers take them.

Dependency-Track refuses a whole document for one name of more than 255 characters, a description or a value of more
than 1024, and a property that one component has twice; so nothing longer is written, and no property twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftseal.canonical import show
from driftseal.model.item import Json

NAME: Final = 255
VALUE: Final = 1024
_CUT: Final = "…"


def fitting(text: str, most: int = NAME) -> str:
    """The text in one line as it may be printed, cut where it is longer than readers take."""
    shown = show(text)
    return shown if len(shown) <= most else shown[: most - len(_CUT)] + _CUT


def properties(told: Mapping[str, str]) -> list[Json]:
    """A list of names and values, sorted; what says nothing is left out."""
    return [{"name": fitting(name), "value": fitting(value, VALUE)} for name, value in sorted(told.items()) if value]


def filled(told: Mapping[str, Json]) -> dict[str, Json]:
    """Without members that say nothing."""
    return {name: value for name, value in told.items() if value is not None and value not in ("", [], {})}


def shown(value: Json) -> Json:
    """Every text as it may be printed: whoever displays this document need not be careful."""
    if isinstance(value, str):
        return show(value, multiline=True)
    if isinstance(value, list):
        return [shown(child) for child in value]
    if isinstance(value, dict):
        return {name: shown(child) for name, child in value.items()}
    return value
