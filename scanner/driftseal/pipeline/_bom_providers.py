"""Who answers for hosted models, and whose models they are, from ``rules/inventory/providers.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from driftseal import resources
from driftseal.errors import RuleError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Json
from driftseal.narrow import text_or_empty

if TYPE_CHECKING:
    import re2

_SOURCE: Final = "rules/inventory/providers.yaml"
_CLOUDS: Final = ("aws-", "azure", "google-vertex")
"""Providers of models that others have made."""


@cache
def _providers() -> Mapping[str, Mapping[str, Json]]:
    table = resources.document("inventory", "providers")
    if not isinstance(table, dict):
        raise RuleError(f"{_SOURCE}: expected a mapping")
    return {name: about for name, about in table.items() if isinstance(about, dict)}


def title(provider: str) -> str:
    """What people call a provider; its own word where the list does not know it."""
    return text_or_empty(_providers().get(provider, {}).get("title")) or provider


def maker(model: str) -> str:
    """Who made the model that goes by this name at whatever provider; empty where the name does not tell."""
    names = _names(model.casefold()[: DEFAULT_LIMITS.name_chars])
    for provider, pattern in _patterns().items():
        if any(pattern.fullmatch(name) for name in names):
            return title(provider)
    return ""


def _names(model: str) -> tuple[str, ...]:
    """The name, and what stands behind the maker's in ``anthropic/claude-…`` and ``us.anthropic.claude-…-v1:0``."""
    after = model.rpartition("/")[2]
    # Bedrock: a region, the maker, the model and the number of its deployment.
    parts = after.partition(":")[0].split(".", 2)
    return tuple(filter(None, (model, after, *(".".join(parts[start:]) for start in range(1, len(parts))))))


@cache
def _patterns() -> Mapping[str, re2._Regexp[str]]:
    import re2

    told = {name: text_or_empty(about.get("models")) for name, about in _providers().items()}
    return {name: re2.compile(text) for name, text in told.items() if text and not name.startswith(_CLOUDS)}
