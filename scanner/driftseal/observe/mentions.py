"""Names of tools and servers inside running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from driftseal.observe import words
from driftseal.records import dataclass

_WORD: Final = re.compile(r"[\w./:-]+")
_PART: Final = re.compile(r"[\w-]+")
_SIMPLE: Final = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_TOOL: Final = re.compile("tool", re.IGNORECASE)
_DIVIDED: Final = re.compile(r"[./:-]|__|\A_|_\Z")
_PREFIX: Final = "__"
"""Clients write ``mcp__server__tool`` when they tell models of a tool."""
_QUOTES: Final = frozenset("`'\"\u201c\u201d\u2018\u2019\xab\xbb")
_SHORTEST: Final = 3
_SHORT: Final = 400
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

    def find(self, text: str) -> Iterator[Mention]:
        """Each mention in order. An everyday word counts only in quotes and beside the word ``tool``."""
        # Servers document the same parameter for many tools, and no name is looked for in what names none.
        if text in self._silent:
            return
        if not self._may_hold(text):
            if len(text) <= _SHORT and len(self._silent) < _REMEMBERED:
                self._silent.add(text)
            return
        for found in _WORD.finditer(text):
            if self._holds(text, found[0], *found.span()):
                yield Mention(found[0], *found.span())
            elif _DIVIDED.search(found[0]):
                yield from self._inside(text, *found.span())

    def _may_hold(self, text: str) -> bool:
        """Whether looking closely can find anything; most texts name no tool at all."""
        found = frozenset(_SIMPLE.findall(text))
        if not self._words.isdisjoint(found) or any(name in text for name in self._others):
            return True
        if self._quoted and _TOOL.search(text) and any(quote in text for quote in _QUOTES):
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


def _marked(text: str, start: int, end: int) -> bool:
    """In quotes, and right behind or before the word: «the `search` tool», «tool 'search'»."""
    if start == 0 or text[start - 1] not in _QUOTES or text[end : end + 1] not in _QUOTES:
        return False
    return text[end + 1 : end + 6].lower() == " tool" or text[max(0, start - 6) : start - 1].lower() == "tool "
