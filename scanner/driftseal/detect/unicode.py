"""Characters that hide text from people while models read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from driftseal.detect._rules import by_word, cut, place
from driftseal.detect.base import Detector
from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.item import Item
from driftseal.model.rule import Confidence, Rule
from driftseal.model.snapshot import Session, Snapshot
from driftseal.observe.observations import Observations
from driftseal.observe.text import hidden
from driftseal.observe.text.hidden import Hidden, Trick
from driftseal.observe.views import View

_AROUND: Final = 40
"""Characters shown before and after."""
_NAMES_TOLD: Final = 3
_CARRIERS: Final = {
    Trick.TAGS: "tag characters",
    Trick.ZERO_WIDTH: "zero-width bits",
    Trick.VARIATION: "variation selectors",
    Trick.LOOK_ALIKE: "look-alike letters",
    Trick.BIDI: "bidi",
}
"""The decoding that tells what a trick hides."""
_MARKS: Final = frozenset("\u200b\ufeff")
"""Where a line may break, and how a text that was pasted began."""
_FEW: Final = 2
_UNIT: Final = 2
"""Letters of a unit of measure."""
_NAMED: Final = frozenset({"/name", "/title"})
_SPANS_TOLD: Final = 10
"""So many spans are looked through for names of characters."""


class Unicode(Detector):
    """See ``Detector``."""

    name: ClassVar[str] = "unicode"
    within_sessions: ClassVar[bool] = True

    def detect(self, sessions: Sequence[Session], seen: Observations, rules: Sequence[Rule]) -> Iterator[Match]:
        """See ``Detector.detect``."""
        tricks = by_word(rules, "hides")
        for session in sessions:
            for snapshot, item in session.items():
                views = seen.views(item)
                for view in views:
                    text = view.text
                    # Printable ASCII holds nothing hidden, however it is arranged, unless it is padded.
                    if text.isascii() and text.isprintable() and "  " not in text:
                        continue
                    if view.decodings or view.joined:
                        continue
                    for fact in hidden.find(text):
                        for rule in tricks.get(fact.trick, ()):
                            if rule.looks_at(item.kind) and _enough(rule, fact, view):
                                yield _match(rule, snapshot, item, view, fact, views, seen.limits)


def _enough(rule: Rule, fact: Hidden, view: View) -> bool:
    least, most = rule.match.get("at_least", 1), rule.match.get("at_most")
    if isinstance(least, int) and fact.count < least:
        return False
    if isinstance(most, int) and fact.count > most:
        return False
    where = rule.match.get("texts", "any")
    named = view.is_key or view.pointer in _NAMED
    return where == "any" or (where == "names") == named


def _match(
    rule: Rule, snapshot: Snapshot, item: Item, view: View, fact: Hidden, views: Sequence[View], limits: Limits
) -> Match:
    start, end = fact.span
    message = _told(fact, view.text)
    said = next((other.text for other in views if _decodes(other, view, fact)), "")
    if said:
        message += f"; read as a model does: {cut(said, limits)}"
    return Match(
        rule.id,
        place(snapshot, item, view.pointer),
        cut(view.text[max(0, start - _AROUND) : end + _AROUND], limits),
        message=message,
        confidence=Confidence.LOW if _typeset(fact, view) or _says_nothing(fact, view.text) else None,
        span=view.origin(start, end),
        view=_CARRIERS.get(fact.trick, "") if said else "",
    )


def _typeset(fact: Hidden, view: View) -> bool:
    """Whether a few marks of a word processor or a page stand in a text where they cut no word."""
    if fact.trick is not Trick.ZERO_WIDTH or fact.count > _FEW or view.is_key or view.pointer in _NAMED:
        return False
    text = view.text
    return all(
        _MARKS.issuperset(text[start:end]) and not (text[start - 1 : start].isalnum() and text[end : end + 1].isalnum())
        for start, end in fact.spans
    )


def _says_nothing(fact: Hidden, text: str) -> bool:
    """Whether there is no word that could be hidden: a unit of measure, or a control character all by itself."""
    if fact.trick is Trick.CONTROL:
        return not any(char.isalnum() for char in text)
    return fact.trick is Trick.LOOK_ALIKE and all(end - start <= _UNIT for start, end in fact.spans)


def _decodes(other: View, view: View, fact: Hidden) -> bool:
    return (
        other.pointer == view.pointer
        and other.is_key == view.is_key
        and other.decodings == (_CARRIERS.get(fact.trick, ""),)
    )


def _told(fact: Hidden, text: str) -> str:
    if fact.trick is Trick.PADDING:
        return f"{fact.count} blanks stand before further text"
    if fact.trick is Trick.LOOK_ALIKE:
        words = ", ".join(dict.fromkeys(text[start:end] for start, end in fact.spans[:_NAMES_TOLD]))
        return f"{len(fact.spans)} words mix Latin letters with look-alikes of another script: {words}"
    if fact.trick is Trick.TERMINAL:
        sequences = dict.fromkeys(text[start:end] for start, end in fact.spans[:_SPANS_TOLD])
        told = ", ".join(_effect(sequence) for sequence in list(sequences)[:_NAMES_TOLD])
        return f"{len(fact.spans)} escape sequence{'s' if len(fact.spans) > 1 else ''}: {told}"
    names = hidden.names("".join(text[start:end] for start, end in fact.spans[:_SPANS_TOLD]))
    told = ", ".join(names[:_NAMES_TOLD]) + (" …" if len(names) > _NAMES_TOLD else "")
    count = f"{fact.count} hidden character{'s' if fact.count > 1 else ''}"
    return f"{count}: {told}"


def _effect(sequence: str) -> str:
    """What a terminal does with an escape sequence (ECMA-48, sections 8.3.117 and following)."""
    if "]8;" in sequence:
        return "a link (OSC 8)"
    body = sequence.lstrip("\x1b\x9b[")
    final = body[-1:]
    if final == "m" and "8" in body[:-1].split(";"):
        return "concealed text (SGR 8)"
    effects = {
        "m": "colours (SGR)",
        "J": "erased display",
        "K": "erased line",
        "H": "moved cursor",
        "f": "moved cursor",
    }
    return effects.get(final, "moved cursor" if final in "ABCDEFG" and final else "a control sequence")
