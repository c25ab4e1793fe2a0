"""Completeness for people: each element, how much of it is there, and who can supply the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from driftseal.bom._outline import counted
from driftseal.bom._paper import FAINT, GOOD, STRONG, WARNING, WORST, Paper, Words
from driftseal.bom.profiles.base import ProfileFormat
from driftseal.model.profile import Completeness, Row, Status, Subject

_STYLES: Final = {Status.FILLED: GOOD, Status.PARTLY: WARNING, Status.MISSING: WORST, Status.ABSENT: FAINT}
_SINGLE: Final = frozenset({Subject.DOCUMENT, Subject.SYSTEM})
_NOUNS: Final = {Subject.SOFTWARE: "package"}
_NAMED: Final = 5
"""Names of those that lack something; JSON has all."""


class TextProfile(ProfileFormat):
    """See `ProfileFormat`."""

    name = "text"

    def render(self, told: Completeness) -> str:
        """See `ProfileFormat.render`."""
        paper = Paper(self.view)
        profile = told.profile
        tree = paper.tree([(told.name, STRONG), (f"  {profile.title}, driftseal {told.tool_version}", FAINT)])
        paper.branch(tree, [(profile.about, FAINT)])
        for section, rows in groupby(told.rows, key=lambda row: row.element.section):
            heading = paper.branch(tree, [(section, STRONG)])
            for row in rows:
                branch = paper.branch(heading, _line(row))
                if row.status is not Status.FILLED:
                    for who, how in row.element.supply.items():
                        paper.branch(branch, [(f"{who}: ", STRONG), how])
                if row.status is Status.PARTLY:
                    paper.branch(branch, [("lacking: ", FAINT), _names(row)])
        summary = ", ".join(f"{told.number(status)} {status}" for status in Status)
        closing = paper.said(f"{counted(len(told.rows), 'element')}: {summary}")
        return f"{paper.text(tree)}\n{closing}\n"


def _line(row: Row) -> Iterator[Words]:
    of = row.element.of
    noun = _NOUNS.get(of, str(of))
    yield (f"{row.status} ", _STYLES[row.status])
    yield row.element.title
    if row.status is Status.ABSENT:
        yield (f"  no {noun} was found", FAINT)
    elif of not in _SINGLE:
        yield (f"  {row.filled} of {counted(row.total, noun)}", FAINT)


def _names(row: Row) -> str:
    names = ", ".join(name for _, name in row.lacking[:_NAMED])
    more = len(row.lacking) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
