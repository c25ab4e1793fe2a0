"""Patterns in linear time: the one door to RE2, typed, safe for any Python string."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from driftseal.errors import RuleError
from driftseal.regexes import regex

_MEMORY: Final = 8 * 1024 * 1024
NOTHING: Final = r"[^\x00-\x{10FFFF}]"
"""A pattern that no text holds."""
_CLASS: Final = regex(r"\[[^\]]*\]")
_LETTER: Final = "\u00e9"
"""Stands for a group of which every alternative holds a letter beyond ASCII."""
_GROUP: Final = regex(r"\(([^()]*)\)")
# Letters and digits beyond ASCII; U+017F and U+212A are other cases of the ASCII letters s and k.
_FOREIGN: Final = regex(r"[^\W\x00-\x7f\u017f\u212a]")
_CLASS_OR_LETTER: Final = regex(r"\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|\\(?:pL|.)", re.DOTALL)
_PLAIN_LETTERS: Final = "A-Za-z\u017f\u212a"
_REQUIRED: Final = regex(rf"{_FOREIGN.pattern}(?![?*{{])")


def is_plain(text: str) -> bool:
    """Whether a text holds no letter beyond ASCII; dashes, quotes and symbols may be."""
    return text.isascii() or not _FOREIGN.search(text)


def fits_plain(source: str) -> bool:
    """Whether a pattern may occur in a plain text. Where that is hard to tell, it may.

    Most entries of a list in twelve languages may not, and leaving those out makes compiling three times as fast.
    """
    if is_plain(source):
        return True
    bare = _CLASS.sub("", source.replace("\\(", "").replace("\\)", ""))
    while (flat := _GROUP.sub(lambda group: _LETTER if _is_foreign(group[1]) else "", bare)) != bare:
        bare = flat
    return not _is_foreign(bare)


def in_plain(source: str) -> str:
    r"""A pattern that finds the same in plain texts, of which ``\pL`` stands for few letters.

    All those of Unicode, repeated, take as long to compile as a hundred other patterns.
    """
    return _CLASS_OR_LETTER.sub(_plain_letters, source) if r"\pL" in source else source


def _plain_letters(found: re.Match[str]) -> str:
    if found[0] == r"\pL":
        return f"[{_PLAIN_LETTERS}]"
    return found[0].replace(r"\pL", _PLAIN_LETTERS) if found[0].startswith("[") else found[0]


def _is_foreign(alternatives: str) -> bool:
    return all(_REQUIRED.search(one) for one in alternatives.split("|"))


def carriable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot carry, replaced; every offset stays."""
    return text if text.isascii() else carried(text).decode("utf-8")


def carried(text: str) -> bytes:
    """The text as RE2 reads it, lone surrogates replaced."""
    # To try is five times as fast as to look for them first.
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _options() -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


class Pattern:
    """One RE2 pattern."""

    def __init__(self, source: str, name: str, compiled: Any = None) -> None:
        """``compiled`` is the pattern as RE2 keeps it, where it was compiled before."""
        import re2

        self.source = source
        try:
            self._compiled = compiled or re2.compile(source, _options())
        except re2.error as cause:
            raise RuleError(f"{name}: not a pattern for RE2: {source[:80]!r}: {cause}") from cause

    def search(self, text: str) -> bool:
        """Whether it occurs."""
        return self._compiled.search(carried(text)) is not None

    def spans(self, text: str, group: int = 0) -> Iterator[tuple[int, int]]:
        """Where it occurs, or this group of it, in order; empty matches are none."""
        for match in self._compiled.finditer(carriable(text)):
            start, end = match.span(group)
            if end > start:
                yield start, end


class Screen:
    """Many patterns asked at once which of them occur in a text."""

    def __init__(self, sources: Sequence[str], name: str) -> None:
        import re2

        self._sources = tuple(sources)
        self._name = name
        self._filter = re2.Filter()
        self._empty = not sources
        for source in sources:
            try:
                self._filter.Add(source, _options())
            except re2.error as cause:
                raise RuleError(f"{name}: not a pattern for RE2: {source[:80]!r}") from cause
        if sources:
            self._filter.Compile()

    def occurring(self, text: str) -> frozenset[int]:
        """Indices of the patterns that occur."""
        return frozenset(() if self._empty else self._filter.Match(carried(text)) or ())

    def possible(self, text: str) -> Sequence[int]:
        """Indices of the patterns that may occur, by what of them stands in the text to the letter."""
        return () if self._empty else self._filter.Match(carried(text), potential=True) or ()

    def pattern(self, index: int) -> Pattern:
        """One of the patterns, not compiled again; it lives as long as the screen does."""
        return Pattern(self._sources[index], self._name, self._filter.re(index))


class Set:
    """Patterns that are all looked for in one pass over a text; the fastest way for many short texts."""

    def __init__(self, sources: Sequence[str], name: str) -> None:
        import re2

        self._set = re2.Set.SearchSet(_options())
        for source in sources:
            try:
                self._set.Add(source)
            except re2.error as cause:
                raise RuleError(f"{name}: not a pattern for RE2: {source[:80]!r}") from cause
        self._set.Compile()

    def occurring(self, text: str) -> frozenset[int]:
        """Indices of the patterns that occur."""
        return frozenset(self._set.Match(carried(text)) or ())
