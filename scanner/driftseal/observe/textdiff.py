"""Two texts, word by word: which stretches stayed, which went, which came."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal.limits import DEFAULT_LIMITS, Limits
from driftseal.model.drift import Edit, Segment

# A word, a run of blanks, or one other character: joined again they are the text.
_TOKEN: Final = re.compile(r"\w+|\s+|[^\w\s]")


def highlight(old: str, new: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Segment, ...]:
    """The two texts as one row of stretches: without the added ones it is ``old``, without the removed ones ``new``.

    Equal beginnings and ends cost next to nothing. What differs between them is compared word by word within
    ``limits.diff_word_pairs``, and told as a whole beyond.
    """
    if old == new:
        return (Segment(Edit.SAME, new),) if new else ()
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    start, end = _common_ends(before, after)
    head, tail = before[:start], before[len(before) - end :]
    middle = _compare(before[start : len(before) - end], after[start : len(after) - end], limits)
    return tuple(_merge([(Edit.SAME, head), *middle, (Edit.SAME, tail)]))


def added(old: str, new: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """The words that only the new text has, in their order."""
    return "".join(part.text for part in highlight(old, new, limits) if part.edit is Edit.ADDED)


def _common_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    most = min(len(before), len(after))
    start = 0
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return start, end


def _compare(before: Sequence[str], after: Sequence[str], limits: Limits) -> Iterator[tuple[Edit, Sequence[str]]]:
    # SequenceMatcher is quadratic for hostile text: the product of both sides is what is bounded.
    if not before or not after or len(before) * len(after) > limits.diff_word_pairs:
        yield Edit.REMOVED, before
        yield Edit.ADDED, after
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield Edit.SAME, after[new_start:new_end]
        else:
            yield Edit.REMOVED, before[old_start:old_end]
            yield Edit.ADDED, after[new_start:new_end]


def _merge(parts: Sequence[tuple[Edit, Sequence[str]]]) -> Iterator[Segment]:
    """Neighbours of one kind become one stretch; a blank between two changes belongs to them."""
    removed: list[str] = []
    added_: list[str] = []
    for index, (edit, words) in enumerate(parts):
        if edit is Edit.REMOVED:
            removed += words
        elif edit is Edit.ADDED:
            added_ += words
        elif words:
            if (removed or added_) and index + 1 < len(parts) and all(word.isspace() for word in words):
                removed += words
                added_ += words
                continue
            yield from _flush(removed, added_)
            yield Segment(Edit.SAME, "".join(words))
    yield from _flush(removed, added_)


def _flush(removed: list[str], added_: list[str]) -> Iterator[Segment]:
    for edit, words in ((Edit.REMOVED, removed), (Edit.ADDED, added_)):
        if words:
            yield Segment(edit, "".join(words))
        words.clear()
