"""What items state, as the words of a property."""

from __future__ import annotations

from collections.abc import Mapping

from driftseal.model.bom import Component
from driftseal.model.item import Json
from driftseal.pipeline._bom_names import portable


def told_with(base: Component, told: Mapping[str, str]) -> dict[str, str]:
    """The properties of a component with further ones; what says nothing is left out."""
    return {**base.properties, **{name: portable(value) for name, value in told.items() if value}}


def texts(value: Json) -> list[str]:
    """The texts of a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def words(value: Json) -> str:
    """Names, or ``name: value`` of an object, in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in sorted(value.items()))
    return value if isinstance(value, str) else " ".join(texts(value))
