"""An old and a new text side by side, cut to what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.limits import Limits
from driftseal.model.drift import Edit, Segment
from driftseal.observe.textdiff import highlight
from driftseal.report._page import ADDED, FAINT, REMOVED, Words

_AROUND: Final = 8
"""Unchanged text beside a change is at most this part of ``limits.evidence_chars``, on each side of it."""
_STYLE: Final = {Edit.REMOVED: f"bold {REMOVED}", Edit.ADDED: f"bold {ADDED}"}
_MARKS: Final = {Edit.REMOVED: ("[-", "-]"), Edit.ADDED: ("{+", "+}")}
"""As wdiff marks words; only where no colour can."""


def sides(old: str, new: str, limits: Limits, *, color: bool) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """The words of the old line and of the new line, each with its own changes standing out."""
    segments = highlight(old, new, limits)
    return (
        tuple(_side(segments, Edit.REMOVED, limits, color=color)),
        tuple(_side(segments, Edit.ADDED, limits, color=color)),
    )


def _side(segments: Sequence[Segment], own: Edit, limits: Limits, *, color: bool) -> Iterator[Words]:
    most = limits.evidence_chars
    mine = [(number, part) for number, part in enumerate(segments) if part.edit in {own, Edit.SAME}]
    # Nothing stayed the same: the marks would say nothing.
    marked = not color and any(part.edit is Edit.SAME for _, part in mine)
    opening, closing = _MARKS[own] if marked else ("", "")
    room = most
    for place, (number, part) in enumerate(mine):
        if room <= 0:
            yield (f"[... {sum(len(rest.text) for _, rest in mine[place:])} more characters]", FAINT)
            return
        if part.edit is Edit.SAME:
            text = _short(part.text, most // _AROUND, first=number == 0, last=number == len(segments) - 1)
            yield (text, FAINT if color else "")
            room -= len(text)
            continue
        lost = len(part.text) - room
        left_out = f" [... {lost} more characters]" if lost > 0 else ""
        yield (f"{opening}{part.text[:room]}{left_out}{closing}", _STYLE[own])
        room -= len(part.text)


def _short(text: str, around: int, *, first: bool, last: bool) -> str:
    """Unchanged text without its middle; at either end of the whole only the side towards the change stays."""
    head, tail = (0 if first else around), (0 if last else around)
    lost = len(text) - head - tail
    if lost <= around:
        return text
    return f"{text[:head]}[... {lost} characters ...]{text[len(text) - tail :]}"
