"""Names of tools and servers inside running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from driftseal.observe import words
from driftseal.records import dataclass
from driftseal.regexes import regex

_WORD: Final = regex(r"[\w./:-]+")
_PART: Final = regex(r"[\w-]+")
_SIMPLE: Final = regex(r"[^\W_](?:[\w-]*[^\W_])?")
_TOOL: Final = regex("tool", re.IGNORECASE)
_DIVIDED: Final = regex(r"[./:-]|__|\A_|_\Z")
_PREFIX: Final = "__"
"""Clients write ``mcp__server__tool`` when they tell models of a tool."""
_QUOTES: Final = frozenset("`'\"\u201c\u201d\u2018\u2019\xab\xbb")
_SHORTEST: Final = 3
_SHORT: Final = 400
_FEW: Final = 64
_BRIEF: Final = 1 << 14
"""So many names are looked for one by one in a text of so many characters: that takes less time than its words."""
FEW_HELD: Final = 8
"""So few names are looked for one by one in every text."""
_REMEMBERED: Final = 1 << 13
"""Short texts that are known to hold none of the names."""


def is_distinctive(name: str) -> bool:
    """Whether a name in running text can only be that name: ``send_email`` and ``readFile``, not ``search``."""
    return len(name) > _SHORTEST and len(words.split(name)) > 1 and not name.isspace() and " " not in name


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that a text holds."""

    name: str
    start: int
    end: int


class Names:
    """Some names, to be looked for in many texts. One look-up a word, however many names there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self._plain: set[str] = set()
        self._quoted: set[str] = set()
        for name in filter(None, names):
            (self._plain if is_distinctive(name) else self._quoted).add(name)
        self._words = frozenset(name for name in self._plain if _SIMPLE.fullmatch(name))
        self._others = tuple(sorted(self._plain - self._words))
        self._silent: set[str] = set()

    def held(self, text: str) -> tuple[str, ...]:
        """Names that a text may mention: no part of it mentions another one."""
        quoted = self._quoted if self._quoted and _may_mark(text) else ()
        if len(self._plain) + len(quoted) <= _FEW and len(text) <= _BRIEF:
            return tuple([name for name in (*self._plain, *quoted) if name in text])
        found = frozenset(_SIMPLE.findall(text))
        if _PREFIX in text:
            found |= {word.rpartition(_PREFIX)[2] for word in found}
        return (*(self._words & found), *(name for name in self._others if name in text), *quoted)

    def find(self, text: str, held: Sequence[str] | None = None) -> Iterator[Mention]:
        """Each mention in order. An everyday word counts only in quotes and beside the word ``tool``.

        ``held`` are those names that alone the text may mention, where that is known.
        """
        # Servers document the same parameter for many tools, and no name is looked for in what names none.
        if text in self._silent:
            return
        if not self._may_hold(text):
            if len(text) <= _SHORT and len(self._silent) < _REMEMBERED:
                self._silent.add(text)
            return
        held = self.held(text) if held is None else held
        for start, end in _words_with(held, text) if len(held) <= FEW_HELD else _all_words(text):
            word = text[start:end]
            if self._holds(text, word, start, end):
                yield Mention(word, start, end)
            elif _DIVIDED.search(word):
                yield from self._inside(text, start, end)

    def _may_hold(self, text: str) -> bool:
        """Whether looking closely can find anything; most texts name no tool at all."""
        found = frozenset(_SIMPLE.findall(text))
        if not self._words.isdisjoint(found) or any(name in text for name in self._others):
            return True
        if self._quoted and _may_mark(text):
            return True
        return _PREFIX in text and not self._words.isdisjoint(word.rpartition(_PREFIX)[2] for word in found)

    def _inside(self, text: str, start: int, end: int) -> Iterator[Mention]:
        """Names that are a part of a longer word: ``server.tool``, ``mcp__server__tool``."""
        for part in _PART.finditer(text, start, end):
            for name in (part[0], part[0].strip("-_"), part[0].rpartition(_PREFIX)[2]):
                begin = part.start() + part[0].rfind(name)
                if self._holds(text, name, begin, begin + len(name)):
                    yield Mention(name, begin, begin + len(name))
                    break

    def _holds(self, text: str, name: str, start: int, end: int) -> bool:
        return name in self._plain or (name in self._quoted and _marked(text, start, end))


def _all_words(text: str) -> Iterator[tuple[int, int]]:
    for found in _WORD.finditer(text):
        yield found.span()


def _words_with(names: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """The words that hold the letters of any of these names, in order."""
    places: list[int] = []
    for name in names:
        at = text.find(name)
        while at >= 0:
            places.append(at)
            at = text.find(name, at + 1)
    end = 0
    for at in sorted(places):
        if at < end:
            continue
        start = at
        # No further back than the word before, so that every letter is looked at once.
        while start > end and _is_of_word(text[start - 1]):
            start -= 1
        found = _WORD.match(text, start)
        if found is not None:
            end = found.end()
            yield found.span()


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter in "_./:-"


def _may_mark(text: str) -> bool:
    """Whether an everyday word may stand for a tool in a text; see `_marked`."""
    return bool(_TOOL.search(text)) and any(quote in text for quote in _QUOTES)


def _marked(text: str, start: int, end: int) -> bool:
    """In quotes, and right behind or before the word: «the `search` tool», «tool 'search'»."""
    if start == 0 or text[start - 1] not in _QUOTES or text[end : end + 1] not in _QUOTES:
        return False
    return text[end + 1 : end + 6].lower() == " tool" or text[max(0, start - 6) : start - 1].lower() == "tool "
