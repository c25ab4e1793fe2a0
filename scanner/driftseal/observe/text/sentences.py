"""Where sentences end, in any script, in prose, lists, tables and generated parameter docs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.regexes import regex

_STOP: Final = r"[.!?\u0964\u061f][\"')\]]*\s+|[\u3002\uff01\uff1f]"
"""Full stops of Latin, Devanagari, Arabic and CJK scripts."""
_LINES: Final = r"\n[ \t]*\n|\n[ \t]*[-*\u2022#\u2500-\u257f|]|</"
"""Blank lines, list items, table rows, rules, closing tags."""

BOUNDARY: Final = regex(f"{_STOP}|{_LINES}")
"""After its match a sentence begins."""

# The dot of a numbered step ends nothing.
_ENDS: Final = regex(rf"(?<!\n\d)(?<!\n\d\d)(?:{_STOP})")
# ``name (str): what it is``, as generated documentation lists parameters; numbered steps.
_BEGINS: Final = regex(rf"{_LINES}|\n[ \t]*(?:`?\w{{1,60}}`?(?: ?\([^)\n]{{1,60}}\))?:|\d{{1,2}}[.)])(?=[ \t\n])")
_MARKS: Final = regex(r"[.!?\u0964\u061f\u3002\uff01\uff1f\n]|</")
"""What every end and every beginning holds one of."""
_SPACE: Final = regex(r"\s")


def spans(text: str, longest: int) -> Sequence[tuple[int, int]]:
    """Sentences in order, without the blanks around them, each of ``longest`` characters at most.

    A longer one is cut where a word ends. Together they hold every character that is no blank.
    """
    return tuple(_spans(text, longest))


def _spans(text: str, longest: int) -> Iterator[tuple[int, int]]:
    if not _MARKS.search(text):
        yield from _cut(text, 0, len(text), longest)
        return
    ends = sorted({found.end() for found in _ENDS.finditer(text)} | {found.start() for found in _BEGINS.finditer(text)})
    start = 0
    for end in (*ends, len(text)):
        yield from _cut(text, start, end, longest)
        start = end


def is_enumeration(text: str, start: int, end: int) -> bool:
    """Whether a stretch is a list of many names, such as the values that a parameter takes."""
    if text.count(",", start, end) < _MANY:
        return False
    parts = text[start:end].split(",")
    short = sum(part.count(" ", 1) < _FEW_WORDS for part in map(str.strip, parts))
    return short >= _NEARLY_ALL * len(parts)


_MANY: Final = 10
_FEW_WORDS: Final = 3
_NEARLY_ALL: Final = 0.9


def _cut(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    while True:
        while start < end and text[start].isspace():
            start += 1
        stop = min(end, start + longest)
        if stop < end:
            blank = max((found.start() for found in _SPACE.finditer(text, start + longest // 2, stop)), default=stop)
            stop = blank
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        if stop >= end:
            return
        start = stop
