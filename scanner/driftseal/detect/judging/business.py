"""Sentences that tell a tool's own business in words that betray others: what it finds, marks and hands on."""

from __future__ import annotations

from typing import Final

from driftseal.observe import signals, words
from driftseal.observe.passages import Place
from driftseal.observe.traces import Trace
from driftseal.regexes import regex

_OF_DATA: Final = frozenset({"everything", "recent-turns", "conversation", "whole", "takes-in", "gives-back"})
"""Signals that messages show which are what a tool looks for."""
_STEM: Final = 5
"""Letters that words of one family share."""
_MARKS: Final = regex(r"(?i)\b(?:mark|flag|label|set)(?:s|ed|ing)? (?:[\w-]+ ){0,5}?as (?P<word>[a-z]{4,20})\b")
_HANDLE: Final = regex(
    r"(?i)\W*(?:this|the|that|its|a|an)?\s*[\w`'\"]*(?:[a-z]I[dD]|[_ ]id|cursor|handle)[`'\"]*"
    r" (?:should|must|needs to|has to|can|may) be (?:passed|provided|included|reused|given|sent|kept)\b"
)
"""How a sentence begins that has an identifier handed on, by which a server knows what belongs together."""


def is_own(name: str, trace: Trace) -> bool:
    """Whether a sentence of a tool of this name says what such a tool is for."""
    text = trace.passage.text
    stems = {part.lower()[:_STEM] for part in words.split(name) if len(part) >= _STEM}
    marked = _MARKS.search(text)
    if marked is not None and marked["word"].lower()[:_STEM] in stems:
        return True
    if trace.place is Place.PARAMETER and _HANDLE.match(text):
        return True
    return trace.place is Place.DESCRIPTION and _finds(text, trace, stems)


def _finds(text: str, trace: Trace, stems: set[str]) -> bool:
    """``Finds all messages that mention the user``: what is looked for by the tool's own name, and nobody gets."""
    shown = {signals.known()[number].name for number in trace.signals}
    said = {part.lower()[:_STEM] for part in words.split(text)}
    return shown <= _OF_DATA and words.lead(text)[1] == "reads" and not stems.isdisjoint(said)
