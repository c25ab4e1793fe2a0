"""Signals: small typed facts about what a sentence asks for, from word lists in twelve languages.

``rules/lists/signals.yaml`` says what each means. A signal is loose on purpose: alone it proves nothing, and many
honest sentences carry several. What they amount to together is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.observe.text.patterns import Pattern, Set

_MEANS: Final = "means"

# RE2 takes \w for ASCII. Here it means a letter of the language; any letter of Unicode would make patterns huge.
_ASCII: Final = frozenset({"en", "any"})
_LATIN: Final = "[0-9A-Z_a-z\u00c0-\u024f]"
_LETTERS: Final = {"ru": "[0-9A-Z_a-z\u0400-\u04ff]", "ar": "[\u0600-\u06ff]", "hi": "[\u0900-\u097f]"}


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of trace."""

    name: str
    means: str
    """What a sentence that shows it does, as a verb phrase: ``keeps it from the user``."""
    source: str
    """RE2, all languages together."""


@cache
def known() -> tuple[Signal, ...]:
    """Every signal, in the order of the list.

    Raises:
        RuleError: the list is malformed.
    """
    given = rulebook.load_list("signals")
    if not isinstance(given, dict):
        raise RuleError("rules/lists/signals.yaml is no mapping of signals")
    return tuple(_signal(name, about) for name, about in given.items())


def _signal(name: str, about: Json) -> Signal:
    if not isinstance(about, dict) or not isinstance(about.get(_MEANS), str):
        raise RuleError(f"rules/lists/signals.yaml: {name}: needs means: and patterns by language")
    entries = [
        entry.replace(r"\w", _LETTERS.get(language, _LATIN)) if language not in _ASCII else entry
        for language, entries in about.items()
        if language != _MEANS
        for entry in _texts(name, entries)
    ]
    return Signal(name, str(about[_MEANS]), f"(?i)(?:{'|'.join(entries)})")


def _texts(name: str, given: Json) -> Sequence[str]:
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise RuleError(f"rules/lists/signals.yaml: {name}: a language holds a list of patterns")
    return [str(entry) for entry in given]


@cache
def _set() -> Set:
    return Set([signal.source for signal in known()], "rules/lists/signals.yaml")


@cache
def _patterns() -> Mapping[str, Pattern]:
    return {signal.name: Pattern(signal.source, "rules/lists/signals.yaml") for signal in known()}


def of_text(text: str) -> frozenset[int]:
    """Indices into ``known()`` of the signals that a text shows. Linear in its length."""
    return _set().occurring(text)


def where(text: str, numbers: frozenset[int]) -> Iterator[tuple[Signal, tuple[int, int]]]:
    """Each of these signals with the first place where it shows, for evidence."""
    for number in sorted(numbers):
        signal = known()[number]
        for span in _patterns()[signal.name].spans(text):
            yield signal, span
            break
