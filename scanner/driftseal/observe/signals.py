"""Signals: small typed facts about what a sentence asks for, from word lists in twelve languages.

``rules/lists/signals.yaml`` says what each means. A signal is loose on purpose: alone it proves nothing, and many
honest sentences carry several. What they amount to together is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.observe.text.patterns import Screen
from driftseal.records import dataclass
from driftseal.regexes import regex

_MEANS: Final = "means"

# RE2 takes \w for ASCII. Here it means a letter of the language; any letter of Unicode would make patterns huge.
_ASCII: Final = frozenset({"en", "any"})
_OTHER_SCRIPTS: Final = frozenset({"ar", "hi", "ja", "ko", "ru", "zh"})
_REMEMBERED: Final = 1 << 10
"""Short texts whose signals are remembered: servers document the same parameter for many tools."""
_ACCENTED: Final = "[0-9A-Z_a-z\u00c0-\u024f]"
_AS_WRITTEN: Final = regex(r"\\.|[^\\]+")
_LETTERS: Final = {"ru": "[0-9A-Z_a-z\u0400-\u04ff]", "ar": "[\u0600-\u06ff]", "hi": "[\u0900-\u097f]"}


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of trace."""

    name: str
    means: str
    """What a sentence that shows it does, as a verb phrase: ``keeps it from the user``."""
    latin: str
    """RE2 of the languages in Latin letters, all of them small."""
    other: str
    """RE2 of the other scripts; empty where there is none."""


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
    latin: list[str] = []
    other: list[str] = []
    for language, entries in about.items():
        if language != _MEANS:
            letters = _LETTERS.get(language, r"\w" if language in _ASCII else _ACCENTED)
            written = other if language in _OTHER_SCRIPTS else latin
            written += [_in_small(entry).replace(r"\w", letters) for entry in _texts(name, entries)]
    return Signal(name, str(about[_MEANS]), _any_of(latin), _any_of(other))


def _any_of(entries: Sequence[str]) -> str:
    return f"(?:{'|'.join(entries)})" if entries else ""


def _in_small(entry: str) -> str:
    # Patterns for one case alone compile in a third of the time, so texts are asked in small letters.
    return _AS_WRITTEN.sub(lambda part: part[0] if part[0].startswith("\\") else part[0].lower(), entry)


def _small(text: str) -> str:
    # The long s is another case of the ASCII letter, as it is to RE2.
    return text.lower().replace("\u017f", "s")


def _texts(name: str, given: Json) -> Sequence[str]:
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise RuleError(f"rules/lists/signals.yaml: {name}: a language holds a list of patterns")
    return [str(entry) for entry in given]


@cache
def _latin(names: frozenset[str]) -> _Numbered:
    return _Numbered([(number, one.latin) for number, one in _named(names) if one.latin])


@cache
def _other(names: frozenset[str]) -> _Numbered:
    return _Numbered([(number, one.other) for number, one in _named(names) if one.other])


def _named(names: frozenset[str]) -> Iterator[tuple[int, Signal]]:
    return ((number, one) for number, one in enumerate(known()) if not names or one.name in names)


class _Numbered:
    """Some signals' patterns, which answer with the signals' own numbers."""

    def __init__(self, sources: Sequence[tuple[int, str]]) -> None:
        self._numbers = [number for number, _ in sources]
        self._screen = Screen([source for _, source in sources], "rules/lists/signals.yaml")

    def occurring(self, text: str) -> Sequence[int]:
        return [self._numbers[at] for at in self._screen.occurring(text)]


@lru_cache(_REMEMBERED)
def of_text(text: str) -> frozenset[int]:
    """Indices into ``known()`` of the signals that a text shows. Linear in its length."""
    return _shown(text, frozenset())


def among(names: frozenset[str], text: str) -> frozenset[str]:
    """Those of a few signals that a text shows, without the time that it takes to compile the patterns of all."""
    return frozenset([known()[number].name for number in _shown(text, names)])


def _shown(text: str, names: frozenset[str]) -> frozenset[int]:
    """The signals of these names that a text shows; no names stand for all."""
    small = _small(text)
    found = _latin(names).occurring(small)
    return frozenset(found if text.isascii() else (*found, *_other(names).occurring(small)))
