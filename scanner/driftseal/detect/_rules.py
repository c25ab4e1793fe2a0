"""What detectors share: rules sorted by what they look for, and text cut to what a report may hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driftseal.limits import Limits
from driftseal.model.finding import Location
from driftseal.model.item import Item
from driftseal.model.rule import Rule
from driftseal.model.snapshot import Snapshot


def by_word(rules: Iterable[Rule], word: str) -> dict[str, list[Rule]]:
    """Rules by the text that stands under one word of their ``match``; those without it are left out."""
    sorted_rules: dict[str, list[Rule]] = {}
    for rule in rules:
        value = rule.match.get(word)
        if isinstance(value, str):
            sorted_rules.setdefault(value, []).append(rule)
    return sorted_rules


def texts(rule: Rule, word: str) -> tuple[str, ...]:
    """The texts that stand under one word of a rule's ``match``: a list of them, or a single one."""
    value = rule.match.get(word)
    if isinstance(value, str):
        return (value,)
    return tuple(str(entry) for entry in value) if isinstance(value, list) else ()


def place(snapshot: Snapshot, item: Item | None = None, pointer: str = "") -> Location:
    """Where something stands; the pipeline adds file and line."""
    return Location(snapshot.target.identity, item.key if item is not None else "", pointer)


def cut(text: str, limits: Limits) -> str:
    """Evidence that no report has to shorten any further."""
    return text[: limits.evidence_chars]


def nearest(places: Sequence[Location], limits: Limits) -> tuple[Location, ...]:
    """So many related places as one finding may name."""
    return tuple(places[: limits.matches])
