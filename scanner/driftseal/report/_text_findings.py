"""Findings for people: by target, the worst first, each rule explained once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from driftseal.limits import Limits
from driftseal.model.finding import Finding, Location
from driftseal.observe.views import JOINED, JOINED_TOOLS
from driftseal.report._excerpt import Excerpt, excerpt
from driftseal.report._index import WHOLE_TARGET, Index, Row
from driftseal.report._page import ADDED, FAINT, INSET, MATCHED, REMOVED, STRONG, Page, Words, badge
from driftseal.report._reveal import cut
from driftseal.report._sides import sides

_DOUBTFUL: Final = "  doubtful"
"""Bad enough to fail a run, and not sure enough."""
_AGAIN: Final = 4
"""So many times less surrounds a match in a text that was shown before."""


@dataclass(slots=True)
class _Said:
    """What one target's section has told already and need not tell again."""

    advice: set[str] = field(default_factory=set)
    texts: set[tuple[str, str]] = field(default_factory=set)
    """Item and pointer of each text that was shown in its surroundings."""

    def context(self, place: Location, limits: Limits) -> int:
        """How much of what surrounds a match is shown: less for a text that was shown before."""
        key = (place.item, place.pointer)
        known = key in self.texts
        self.texts.add(key)
        return limits.evidence_chars // _AGAIN if known else limits.evidence_chars


def write_findings(page: Page, index: Index, row: Row, findings: Sequence[Finding]) -> None:
    """One target: a heading, then its findings; those that fail nothing are folded unless all is asked for."""
    write_heading(page, row)
    told: list[tuple[Finding, ...]] = []
    folded: list[tuple[Finding, ...]] = []
    for _, group in groupby(findings, key=lambda finding: finding.rule.id):
        members = tuple(group)
        full = page.screen.verbose or any(index.report.fails(finding) for finding in members)
        (told if full else folded).append(members)
    said = _Said()
    for members in told:
        _tell(page, index, members, said)
    for members in folded:
        _fold(page, index, members)


def write_heading(page: Page, row: Row) -> None:
    """Which target, and how it was looked at."""
    page.blank()
    words: list[Words] = [(page.name(row.target.name), STRONG)]
    if row.target.reference != row.target.name:
        words += ["  ", page.name(row.target.reference)]
    words.append((f"  ({row.coverage}, {row.size} {'item' if row.size == 1 else 'items'})", FAINT))
    page.add(words, hang=2)


def _tell(page: Page, index: Index, members: Sequence[Finding], said: _Said) -> None:
    first, limits = members[0], page.screen.limits
    head: list[Words] = ["  ", *badge(first.severity), (first.rule.title, STRONG), (f"  [{first.rule.id}]", FAINT)]
    if page.screen.verbose:
        head.append((f"  confidence {first.confidence}", FAINT))
    elif index.report.doubts(first):
        head.append((_DOUBTFUL, FAINT))
    page.add(head, hang=INSET)
    listed = len(members) if page.screen.verbose else limits.listed_places
    for finding in members[:listed]:
        _place(page, index, finding, said)
    if len(members) > listed:
        page.add([(f"and in {len(members) - listed} more places; --verbose tells all", FAINT)], indent=INSET)
    advice = first.rule.remediation
    page.add([("do: ", FAINT), "as above" if advice in said.advice else advice], indent=INSET, hang=4)
    said.advice.add(advice)
    if page.screen.verbose:
        taxa = ", ".join(name for _, ids in sorted(first.rule.taxonomies.items()) for name in ids)
        if taxa:
            page.add([(f"see: {taxa}", FAINT)], indent=INSET, hang=5)


def _place(page: Page, index: Index, finding: Finding, said: _Said) -> None:
    match = finding.match
    identity = match.location.target or finding.target.identity
    page.add([where(page, index, match.location, finding.target.identity)], indent=INSET, hang=2)
    inner = INSET + 2
    if match.message and match.message != finding.rule.title:
        page.add([match.message], indent=inner)
    limits = page.screen.limits
    shown = excerpt(
        match, index.item(identity, match.location.item), limits, context=said.context(match.location, limits)
    )
    if _is_difference(shown.matched):
        _differing(page, shown.matched, inner)
    elif shown.matched and not _is_told(shown, match.message):
        page.add([("text: ", FAINT), *quoted(page, shown)], indent=inner, hang=6)
    if match.view and shown.readable:
        how = f"{match.view} read" if match.view in {JOINED, JOINED_TOOLS} else f"{match.view} decodes to"
        page.add([(f"{how}: ", FAINT), (f'"{shown.readable}"', MATCHED)], indent=inner, hang=6)
    told = {step.location for step in match.steps}
    others = [other for other in match.related if other not in told]
    for other in others[: len(others) if page.screen.verbose else limits.listed_places]:
        page.add([("also: ", FAINT), where(page, index, other, finding.target.identity)], indent=inner, hang=6)
    _steps(page, index, finding, inner)
    if page.screen.verbose:
        page.add([(f"fingerprint: {finding.fingerprint}", FAINT)], indent=inner)


def _steps(page: Page, index: Index, finding: Finding, indent: int) -> None:
    """The path from its start to its end; of a long one the middle is left out, since its ends say most."""
    steps, listed = finding.match.steps, page.screen.limits.listed_places
    left_out = range(0) if page.screen.verbose or len(steps) <= listed else range(listed // 2, len(steps) - listed // 2)
    for number, step in enumerate(steps):
        if number == left_out.start and left_out:
            page.add([(f"... {len(left_out)} more steps; --verbose tells all", FAINT)], indent=indent)
        if number in left_out:
            continue
        place, own = step.location, finding.match.location
        head: list[Words] = [(f"{number + 1}. ", FAINT)]
        if step.code and (place.target, place.item) == (own.target, own.item):
            # A line of the very tool that the finding names.
            head += [f"{page.name(place.uri)}:{place.region.start_line} ", step.message]
        else:
            head += [f"{step.message} ", (f"({where(page, index, place, finding.target.identity)})", FAINT)]
        page.add(head, indent=indent, hang=3)
        # One line may be several steps.
        if step.code and (number == 0 or steps[number - 1].location != place):
            page.add([(cut(step.code, page.screen.limits.name_chars), FAINT)], indent=indent + 3, hang=2)


def _is_told(shown: Excerpt, message: str) -> bool:
    """Whether the message has quoted all that there is to show, and every character of it can be seen."""
    return (
        not (shown.before or shown.after or any(shown.left_out))
        and shown.matched.isprintable()
        and (f"'{shown.matched}'" in message or message.endswith(f" {shown.matched}"))
    )


def _is_difference(evidence: str) -> bool:
    """Whether a detector tells of two texts, as cloaking does: one after ``- ``, the other after ``+ ``."""
    return evidence.startswith("- ") and "\n+ " in evidence


def _differing(page: Page, evidence: str, indent: int) -> None:
    one, _, other = evidence.removeprefix("- ").partition("\n+ ")
    lines = sides(one, other, page.screen.limits, color=page.screen.color)
    for sign, words, style in zip(("- ", "+ "), lines, (REMOVED, ADDED), strict=True):
        page.add([(sign, style), *words], indent=indent, hang=2)


def quoted(page: Page, shown: Excerpt) -> Iterator[Words]:
    """The excerpt in quotes, the match emphasised: by style on a colour screen, else by ``>>`` and ``<<``."""
    ahead, inside, behind = shown.left_out
    opening, closing = ("", "") if page.screen.color or not (shown.before or shown.after) else (">>", "<<")
    yield '"'
    if ahead:
        yield (f"[{ahead} characters ...] ", FAINT)
    yield shown.before
    yield (f"{opening}{shown.matched}", MATCHED)
    if inside:
        yield (f" [... {inside} more characters]", FAINT)
    yield (closing, MATCHED)
    yield shown.after
    if behind:
        yield (f" [... {behind} characters]", FAINT)
    yield '"'


def where(page: Page, index: Index, place: Location, own: str) -> str:
    """A place in words: the item, the pointer inside it, the file and line; another target by its name."""
    kind, name = index.kind_and_name(place.target or own, place.item)
    whole = kind == WHOLE_TARGET
    words = ["the whole target" if whole else f"{kind} {page.name(name)}".rstrip()]
    if place.pointer:
        words.append(page.name(place.pointer))
    if place.target and place.target != own:
        other = index.target(place.target)
        words.append(f"{'' if whole else 'of '}{page.name(other.name if other is not None else place.target)}")
    here = index.target(own)
    line = place.region.start_line
    if place.uri and (here is None or place.uri != here.reference):
        column = f":{place.region.start_column}" if line and place.region.start_column else ""
        words.append(f"in {page.name(place.uri)}{f':{line}' if line else ''}{column}")
    elif line:
        words.append(f"in line {line}")
    return " ".join(words)


def _fold(page: Page, index: Index, members: Sequence[Finding]) -> None:
    first = members[0]
    listed = page.screen.limits.listed_places
    places = dict.fromkeys(_short(page, index, finding) for finding in members)
    more = f" and {len(places) - listed} more" if len(places) > listed else ""
    page.add(
        [
            "  ",
            *badge(first.severity),
            first.rule.title,
            (f"  [{first.rule.id}]  ", FAINT),
            (f"{_DOUBTFUL.strip()}  " if index.report.doubts(first) else "", FAINT),
            ", ".join(list(places)[:listed]) + more,
        ],
        hang=INSET,
    )


def _short(page: Page, index: Index, finding: Finding) -> str:
    place = finding.match.location
    kind, name = index.kind_and_name(place.target or finding.target.identity, place.item)
    return "the whole target" if kind == WHOLE_TARGET else f"{kind} {page.name(name)}".rstrip()
