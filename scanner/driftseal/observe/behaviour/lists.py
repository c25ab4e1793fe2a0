"""The patterns of ``rules/lists/behaviour.yaml`` by subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.observe.text.patterns import Screen

_EVERYWHERE: Final = "everywhere"
_REMEMBERED: Final = 1 << 15
"""Texts whose subjects are remembered; code repeats its names."""
_SHORT: Final = 200
"""Characters of a text that is remembered."""


def says(subject: str, text: str) -> bool:
    """Whether a text shows a subject.

    Raises:
        RuleError: the list is malformed.
    """
    if not text:
        return False
    # In a long text one subject is looked for alone: all take long then.
    if len(text) > _SHORT:
        return shows(subject, text)
    return subject in _remembered(text) if subject in _everywhere() else _asked(subject, text)


def subjects(text: str) -> frozenset[str]:
    """Every subject that a text shows of those that are looked for everywhere, found in one pass over it.

    Raises:
        RuleError: the list is malformed.
    """
    return _remembered(text) if len(text) <= _SHORT else _found(text)


@lru_cache(maxsize=_REMEMBERED)
def _remembered(text: str) -> frozenset[str]:
    return _found(text)


@lru_cache(maxsize=_REMEMBERED)
def _asked(subject: str, text: str) -> bool:
    return shows(subject, text)


def _found(text: str) -> frozenset[str]:
    names, patterns = _patterns()
    return frozenset([names[number] for number in patterns.occurring(text)])


def shows(subject: str, text: str) -> bool:
    """What `says` tells, by the patterns of this subject alone.

    For those who ask for a few subjects of a few texts: to compile the patterns of all takes longer than to look. And
    for patterns that hold little to the letter, which in one pass for all would be tried on every text.

    Raises:
        RuleError: the list is malformed.
    """
    return bool(text) and bool(_of(subject).occurring(text))


@cache
def _of(subject: str) -> Screen:
    return Screen(_lines().get(subject, ()), "behaviour")


@cache
def _patterns() -> tuple[Sequence[str], Screen]:
    """The subject of each pattern that is looked for everywhere, and the patterns.

    Most texts, names of calls, hold nothing that any pattern needs: looked for one by one where something stands to
    the letter, they take a third of the time of an automaton of all, whose states RE2 has to work out again and again.
    """
    every = [(subject, line) for subject, lines in _lines().items() if subject in _everywhere() for line in lines]
    return [subject for subject, _ in every], Screen([line for _, line in every], "behaviour")


@cache
def _everywhere() -> frozenset[str]:
    """Subjects of which every text is asked."""
    return frozenset(_given()[_EVERYWHERE])


@cache
def _lines() -> Mapping[str, Sequence[str]]:
    """The patterns of each subject."""
    return {subject: lines for subject, lines in _given().items() if subject != _EVERYWHERE}


@cache
def _given() -> Mapping[str, Sequence[str]]:
    given = rulebook.load_list("behaviour")
    found: dict[str, Sequence[str]] = {}
    for subject, lines in given.items() if isinstance(given, dict) else ():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise RuleError(f"rules/lists/behaviour.yaml: {subject}: a list of patterns")
        found[subject] = [str(line) for line in lines]
    if not found.keys() >= {_EVERYWHERE, *found.get(_EVERYWHERE, ())}:
        raise RuleError(f"rules/lists/behaviour.yaml: {_EVERYWHERE}: names of subjects in this file")
    return found
