"""What a ``text`` rule looks for: patterns, alone or several together in one sentence.

A pattern is RE2, case-insensitive unless it says ``(?-i)``; ``{{name}}`` stands for any entry of that group in
``rules/lists/phrases.yaml``, in any language.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.model.rule import Rule
from driftseal.observe.text import patterns
from driftseal.observe.text.patterns import Pattern
from driftseal.observe.text.sentences import BOUNDARY
from driftseal.records import dataclass
from driftseal.regexes import regex

_FLAGS: Final = "(?im)"
_REFERENCE: Final = regex(r"\{\{([a-z][a-z0-9-]*)\}\}")
_CLAUSE_WORDS: Final = frozenset({"all_of", "none_of", "within"})

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Clause:
    """Patterns that stand together, and those that excuse them. Numbers are indices into the program's patterns."""

    all_of: tuple[int, ...]
    none_of: tuple[int, ...]
    within: int
    """Of ``all_of``: characters between the first and the others, 0 for one sentence, -1 for the whole text.

    ``none_of`` is looked for in the sentences that those touch.
    """


@dataclass(frozen=True, slots=True)
class TextRule:
    """One rule, parsed."""

    rule: Rule
    clauses: tuple[Clause, ...]
    views: frozenset[str]
    texts: str
    pointers: tuple[Pattern, ...]
    doubts: tuple[int, ...]
    """Patterns in the same sentences that leave a match standing at low confidence."""
    named: tuple[Pattern, ...]
    """Patterns in the words of the item's name that do so as well."""
    taken: bool
    """Whether it is about what a parameter takes in: low confidence where that is a switch or a number."""


class Words:
    """The patterns of all rules, each once."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.plain_sources: list[str] = []
        """The same in as far as a plain text may hold them."""
        self._known: dict[str, int] = {}

    def number(self, source: str, rule: str) -> int:
        """Index of a pattern, with its lists filled in."""
        if source not in self._known:
            self._known[source] = len(self.sources)
            letters = _any_letters(source)
            self.sources.append(_FLAGS + _REFERENCE.sub(lambda found: _phrases(found[1], rule), letters))
            fits = patterns.in_plain(letters) if patterns.fits_plain(letters) else patterns.NOTHING
            self.plain_sources.append(_FLAGS + _REFERENCE.sub(lambda found: _phrases(found[1], rule, plain=True), fits))
        return self._known[source]


@cache
def _phrases(group: str, rule: str, *, plain: bool = False) -> str:
    lists = rulebook.load_list("phrases")
    given = lists.get(group) if isinstance(lists, dict) else None
    if not isinstance(given, dict):
        raise RuleError(f"{rule}: rules/lists/phrases.yaml has no group {group!r}")
    entries = [
        _any_letters(str(entry)) for language in given.values() if isinstance(language, list) for entry in language
    ]
    if plain:
        entries = [patterns.in_plain(each) for each in entries if patterns.fits_plain(each)] or [patterns.NOTHING]
    return f"(?:{'|'.join(entries)})"


def _any_letters(source: str) -> str:
    r"""RE2 takes ``\w`` for ASCII; in a pattern of another script it means any letter."""
    return source if source.isascii() else source.replace(r"\w", r"\pL")


def parse(rule: Rule, words: Words) -> TextRule:
    """Read the ``match`` of one rule.

    Raises:
        RuleError: it is malformed.
    """
    match = rule.match
    unknown = set(match) - {
        "any_of",
        "none_of",
        "doubt_of",
        "doubt_named",
        "within",
        "views",
        "texts",
        "pointers",
        "taken",
    }
    if unknown:
        raise RuleError(f"{rule.source}: a text rule knows no {min(unknown)!r}")
    excuses = _numbers(match.get("none_of", []), rule, words)
    clauses = tuple(_clause(entry, match, excuses, rule, words) for entry in _list(match.get("any_of"), rule))
    return TextRule(
        rule,
        clauses,
        frozenset(str(view) for view in _list(match.get("views", ["plain", "decoded"]), rule)),
        str(match.get("texts", "any")),
        tuple(_glob(str(pointer), rule) for pointer in _list(match.get("pointers", []), rule)),
        _numbers(match.get("doubt_of", []), rule, words),
        tuple(Pattern(_FLAGS + str(source), rule.source) for source in _list(match.get("doubt_named", []), rule)),
        match.get("taken") is True,
    )


def _clause(entry: Json, match: Mapping[str, Json], excuses: tuple[int, ...], rule: Rule, words: Words) -> Clause:
    if isinstance(entry, str):
        return Clause((words.number(entry, rule.source),), excuses, _within(match.get("within", "sentence"), rule))
    if not isinstance(entry, dict) or set(entry) - _CLAUSE_WORDS:
        raise RuleError(f"{rule.source}: an entry of any_of is a pattern, or a mapping of all_of, none_of and within")
    return Clause(
        _numbers(entry.get("all_of"), rule, words),
        excuses + _numbers(entry.get("none_of", []), rule, words),
        _within(entry.get("within", match.get("within", "sentence")), rule),
    )


def _within(given: Json, rule: Rule) -> int:
    if isinstance(given, int) and given > 0:
        return given
    if given in ("sentence", "text"):
        return 0 if given == "sentence" else -1
    raise RuleError(f"{rule.source}: within is sentence, text or a number of characters")


def _numbers(given: Json, rule: Rule, words: Words) -> tuple[int, ...]:
    return tuple(words.number(str(source), rule.source) for source in _list(given, rule))


def _list(given: Json, rule: Rule) -> list[Json]:
    if not isinstance(given, list):
        raise RuleError(f"{rule.source}: expected a list in match")
    return given


def _glob(pattern: str, rule: Rule) -> Pattern:
    """``*`` is one token of a pointer, ``**`` any number of them."""
    parts = re.split(r"(\*\*|\*)", pattern)
    matched = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    return Pattern(f"(?s)^(?:{matched})$", rule.source)


class Reading:
    """One text, read by many clauses: each pattern is located once."""

    def __init__(self, text: str, patterns: Sequence[Pattern]) -> None:
        self.text = text
        self._patterns = patterns
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._breaks: list[int] | None = None

    def find(self, clause: Clause) -> tuple[int, int] | None:
        """The first place where a clause holds, from its first to its last character."""
        lists: list[Spans] = []
        for number in clause.all_of:
            spans = self._locate(number)
            if not spans:
                return None
            lists.append(spans)
        excuses = [self._locate(number) for number in clause.none_of]
        for start, end in lists[0]:
            low, high = self._unit(start, end, clause.within)
            found = [_inside(spans, low, high) for spans in lists[1:]]
            if not all(found):
                continue
            places = [(start, end), *(place for place in found if place)]
            whole = min(place[0] for place in places), max(place[1] for place in places)
            # What excuses stands in the very sentences, whatever else is near.
            if not any(_inside(spans, *self.sentence(*whole)) for spans in excuses):
                return whole
        return None

    def is_doubtful(self, rule: TextRule, found: tuple[int, int]) -> bool:
        """Whether the sentences of a match say that they warn of such words, or quote them.

        An excuse can be planted, so it never takes a match away.
        """
        unit = self.sentence(*found)
        return any(_inside(self._locate(number), *unit) for number in rule.doubts)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The whole sentences that hold these characters."""
        breaks = self._sentences()
        low = breaks[max(bisect_right(breaks, start) - 1, 0)]
        after = bisect_left(breaks, end)
        return low, breaks[after] if after < len(breaks) else len(self.text)

    def _unit(self, start: int, end: int, within: int) -> tuple[int, int]:
        if within < 0:
            return 0, len(self.text)
        if within:
            return start - within, end + within
        return self.sentence(start, end)

    def _sentences(self) -> list[int]:
        if self._breaks is None:
            self._breaks = [0, *(found.end() for found in BOUNDARY.finditer(self.text))]
        return self._breaks

    def _locate(self, number: int) -> list[tuple[int, int]]:
        if number not in self._spans:
            self._spans[number] = list(self._patterns[number].spans(self.text))
        return self._spans[number]


def _inside(spans: Spans, low: int, high: int) -> tuple[int, int] | None:
    """The first of these spans, which come in order, that begins and ends between two characters."""
    at = bisect_left(spans, (low, 0))
    if at < len(spans) and spans[at][1] <= high:
        return spans[at]
    return None
