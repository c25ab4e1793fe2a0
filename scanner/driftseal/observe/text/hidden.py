"""Characters that a person does not see or sees elsewhere than they stand, told apart from innocent ones.

Joiners in Persian and Indic words, emoji sequences, soft hyphens, a byte order mark at the start, marks in
right-to-left text and variation selectors after emoji or ideographs are how these scripts are written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from driftseal.observe.text import confusables
from driftseal.observe.text.patterns import Pattern
from driftseal.records import dataclass
from driftseal.regexes import regex


class Trick(StrEnum):
    """One way of hiding text."""

    TAGS = "tags"
    """U+E0000 to U+E007F: invisible copies of ASCII."""
    ZERO_WIDTH = "zero-width"
    VARIATION = "variation-selectors"
    """Selectors after nothing that varies; a run of them carries bytes."""
    BIDI = "bidi"
    """Direction controls that show text in another order than it is read (CVE-2021-42574)."""
    PRIVATE_USE = "private-use"
    TERMINAL = "terminal-escapes"
    """ECMA-48 sequences: concealed text, moved cursors, links (OSC 8)."""
    CONTROL = "control"
    """Other control characters: backspace, NUL, C1."""
    LOOK_ALIKE = "look-alikes"
    PADDING = "padding"
    """Text pushed out of sight by blanks or empty lines."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """All that one trick does in one text."""

    trick: Trick
    spans: tuple[tuple[int, int], ...]
    """Where, in order."""

    @property
    def span(self) -> tuple[int, int]:
        """From the first to the last."""
        return self.spans[0][0], self.spans[-1][1]

    @property
    def count(self) -> int:
        """Characters in all."""
        return sum(end - start for start, end in self.spans)


_BLANKS: Final = 100
_EMPTY_LINES: Final = 16
_LONGEST_EMOJI_RUN: Final = 2

_ZERO_WIDTH: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d"
    "\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_VARIATION: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS: Final = "\U000e0000-\U000e007f"
_PRIVATE: Final = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_CLASSES: Final = {
    Trick.ZERO_WIDTH: _ZERO_WIDTH,
    Trick.BIDI: _BIDI,
    Trick.VARIATION: _VARIATION,
    Trick.TAGS: _TAGS,
    Trick.PRIVATE_USE: _PRIVATE,
}
_RUN: Final = regex(f"[{''.join(_CLASSES.values())}]+")
_PART: Final = regex("|".join(f"([{chars}]+)" for chars in _CLASSES.values()))
_PART_TRICKS: Final = (Trick.CONTROL, *_CLASSES)
_DIRECTION: Final = regex(f"[{_BIDI}]")
_SELECTOR: Final = regex(f"[{_VARIATION}]")
ESCAPE: Final = regex(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x90\x9d])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC and other strings
    r"|\x1b[ -/]*[0-~]?"
)
_COLOURS: Final = regex(r"\x1b\[(?:(?:0?[01349]|2[1-9]|3[1-69]|49|9[1-6])?(?:;|m))+(?<=m)")
"""Letters that are bold, underlined or of a colour that stands out from black and from white (ECMA-48, SGR)."""
_CONTROL: Final = regex(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x8f\x91-\x9a\x9c\x9e\x9f]+")
_RIGHT_TO_LEFT: Final = regex("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_OVERRIDES: Final = frozenset("\u202d\u202e")
_OPENING: Final = frozenset("\u202a\u202b\u2066\u2067\u2068")
_CLOSING: Final = frozenset("\u202c\u2069")
_BLACK_FLAG: Final = "\U0001f3f4"
_FIRST_SIGN: Final = "\u00a9"
"""The copyright sign, lowest of the signs outside ASCII that have an emoji form."""
_CANCEL_TAG: Final = "\U000e007f"


# Several decodings ask about the same text in turn.
@lru_cache(maxsize=4)
def find(text: str) -> tuple[Hidden, ...]:
    """Every trick in a text, innocent uses left out. Linear in its length."""
    found: dict[Trick, list[tuple[int, int]]] = {}
    if not text.isascii():
        for trick, span in _invisible(text):
            spans = found.setdefault(trick, [])
            if spans and spans[-1][1] == span[0]:
                spans[-1] = (spans[-1][0], span[1])
            else:
                spans.append(span)
        words = list(confusables.mixed_words(text))
        if words:
            found[Trick.LOOK_ALIKE] = words
    for trick, pattern in ((Trick.TERMINAL, ESCAPE), (Trick.CONTROL, _CONTROL)):
        spans = [match.span() for match in pattern.finditer(text)]
        # The output of programs is coloured; what colours hide nothing of is shown as it is read.
        if spans and not all(_COLOURS.fullmatch(text, *span) for span in spans):
            found[trick] = spans
    blanks = padding(text)
    if blanks:
        found[Trick.PADDING] = blanks
    return tuple(Hidden(trick, tuple(spans)) for trick, spans in found.items())


def _invisible(text: str) -> Iterator[tuple[Trick, tuple[int, int]]]:
    directions_innocent = _directions_innocent(text)
    hyphens_innocent = text.count("\u00ad") * 4 <= len(text)
    for run in _RUN.finditer(text):
        start, end = run.span()
        before = text[start - 1] if start else ""
        after = text[end : end + 1]
        if _flag(before, run[0]):
            continue
        short = end - start <= _LONGEST_EMOJI_RUN
        for part in _PART.finditer(text, start, end):
            trick, chars = _PART_TRICKS[part.lastindex or 0], part[0]
            if trick is Trick.BIDI and directions_innocent and not _OVERRIDES & set(chars):
                continue
            if short and all(_innocent(char, start, before, after) for char in chars):
                continue
            if chars == "\u00ad" and hyphens_innocent and before.isalpha() and after.isalpha():
                continue
            yield trick, part.span()


def _flag(before: str, run: str) -> bool:
    """The flags of England, Scotland, Wales and other subdivisions (UTS #51, ED-14a)."""
    return before == _BLACK_FLAG and len(run) <= len("\U000e0067" * 6) + 1 and run.endswith(_CANCEL_TAG)


def _directions_innocent(text: str) -> bool:
    """Whether direction controls serve right-to-left words and are closed again."""
    if not _RIGHT_TO_LEFT.search(text):
        return False
    depth = 0
    for char in _DIRECTION.findall(text):
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def _innocent(char: str, start: int, before: str, after: str) -> bool:  # noqa: PLR0911 - one return a character
    if char == "\ufeff":
        return start == 0
    if _SELECTOR.match(char):
        return bool(before) and (before in "0123456789#*" or (before >= _FIRST_SIGN and _varies(char, before)))
    if char == "\u200d":
        return (_pictured(before) and _pictured(after)) or _joining(before)
    if char == "\u200c":
        return _joining(before)
    if char == "\u200b":
        return _unspaced(before) or _unspaced(after)
    if char in "\u115f\u1160\u3164\uffa0":
        return _hangul(before) or _hangul(after)
    return char in "\u180b\u180c\u180d\u180e\u180f" and bool(before) and "\u1800" <= before <= "\u18af"


def _varies(selector: str, before: str) -> bool:
    if selector > "\uffff":
        return unicodedata.category(before) == "Lo"
    return unicodedata.category(before)[0] in "SPM" or before > "\u1000"


def _pictured(char: str) -> bool:
    return bool(char) and char > "\u203b" and unicodedata.category(char)[0] in "SMC"


def _joining(char: str) -> bool:
    """Letters and marks of scripts that are written with joiners: Arabic to Sinhala, Myanmar, Khmer, Mongolian."""
    return bool(char) and ("\u0600" <= char <= "\u0dff" or "\u1000" <= char <= "\u109f" or "\u1780" <= char <= "\u18af")


def _unspaced(char: str) -> bool:
    """Scripts without blanks, in which a zero-width space marks where a line may break."""
    return bool(char) and (
        "\u0e00" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff" or "\u3000" <= char <= "\u9fff" or _hangul(char)
    )


def _hangul(char: str) -> bool:
    return bool(char) and ("\u1100" <= char <= "\u11ff" or "\u3130" <= char <= "\u318f" or "\uac00" <= char <= "\ud7ff")


@cache
def _padding() -> Pattern:
    # RE2, since a run of blanks that ends the text would cost the standard library its square.
    return Pattern(
        rf"[ \t\x{{A0}}\x{{2000}}-\x{{200A}}\x{{2800}}\x{{3000}}]{{{_BLANKS},}}"
        rf"|\n(?:[ \t\r]*\n){{{_EMPTY_LINES - 1},}}[ \t]*",
        "padding",
    )


def padding(text: str) -> list[tuple[int, int]]:
    """Runs of blanks or empty lines that part what stands before from what comes after."""
    return [(start, end) for start, end in _padding().spans(text) if start > 0 and not _ends_line(text, end)]


def _ends_line(text: str, at: int) -> bool:
    """Whether nothing follows on the line: at the end of the text, or where a row of a Markdown table is closed."""
    return at == len(text) or (text[at] == "|" and text[at + 1 : at + 2] in {"", "\r", "\n"})


def without(text: str, spans: Iterable[tuple[int, int]], instead: str) -> str:
    """The text with these spans, which come in order, replaced."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return instead.join((*kept, text[at:]))


def names(text: str) -> tuple[str, ...]:
    """Unicode names of the hidden characters in a text, each once, in order; the code point where it has none."""
    told = dict.fromkeys(text)
    return tuple(f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in told)
