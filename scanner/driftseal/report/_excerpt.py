"""The offending text in what surrounds it, cut around the match."""

from __future__ import annotations

from dataclasses import replace

from driftseal.limits import Limits
from driftseal.model.finding import Match
from driftseal.model.item import Item, Json
from driftseal.records import dataclass
from driftseal.report._reveal import cut


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Raw text, not yet made visible. What was left out is told by the numbers."""

    before: str
    matched: str
    after: str
    left_out: tuple[int, int, int] = (0, 0, 0)
    """Characters missing ahead of ``before``, at the end of ``matched``, and behind ``after``."""
    readable: str = ""
    """What the text says once it is decoded or joined; empty where it says it as it stands."""


def excerpt(match: Match, item: Item | None, limits: Limits, *, context: int) -> Excerpt:
    """What a report shows of a match: ``limits.evidence_chars`` of the original, and as many made readable.

    At most ``context`` of them are what surrounds the match. The original is looked up in the item; where it
    is not there the evidence stands alone.
    """
    most = limits.evidence_chars
    original = _original(match, item)
    if original is None:
        alone = _window(match.evidence, 0, len(match.evidence), most, 0)
        return Excerpt("", "", "", readable=cut(match.evidence, most)) if match.view else alone
    start, end = _span(match, original)
    shown = _window(original, start, end, most, context)
    if not match.view or match.evidence in {original, original[start:end]}:
        return shown
    return replace(shown, readable=cut(match.evidence, most))


def _window(text: str, start: int, end: int, most: int, context: int) -> Excerpt:
    stop = min(end, start + most)
    room = min(most - (stop - start), context)
    behind = min(room // 2, len(text) - end) if stop == end else 0
    ahead = min(room - behind, start)
    behind = min(room - ahead, len(text) - end) if stop == end else 0
    rest = len(text) - end - behind
    return Excerpt(
        text[start - ahead : start],
        text[start:stop],
        text[end : end + behind],
        (start - ahead, end - stop, rest),
    )


def _span(match: Match, original: str) -> tuple[int, int]:
    start, end = match.span
    if 0 <= start < end <= len(original):
        return start, end
    found = original.find(match.evidence)
    return (found, found + len(match.evidence)) if found >= 0 and match.evidence else (0, len(original))


def _original(match: Match, item: Item | None) -> str | None:
    """The string that the match's pointer names, if the match can have come from it."""
    if item is None:
        return None
    pointer = match.location.pointer
    candidates = [_resolve(item.content, pointer)]
    if pointer:
        # The name of a member has the pointer of its value.
        candidates.append(_unescape(pointer.rpartition("/")[2]))
    texts = [candidate for candidate in candidates if isinstance(candidate, str)]
    start, end = match.span
    holding = [text for text in texts if match.evidence and match.evidence in text]
    spanned = [text for text in texts if 0 <= start < end <= len(text)]
    return next(iter([*holding, *spanned]), None)


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _resolve(value: Json, pointer: str) -> Json:
    """What a JSON pointer (RFC 6901) names; ``None`` where nothing stands there."""
    for token in pointer.split("/")[1:]:
        name = _unescape(token)
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdecimal() and len(name) <= len(str(len(value))):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
