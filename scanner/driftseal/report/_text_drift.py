"""Drift for people: who vouches for the baseline, then what changed, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from driftseal.model.drift import Change, Drift, PathChange
from driftseal.model.trust import Verification, VerificationStatus
from driftseal.report._index import Index, changes_worst_first
from driftseal.report._page import ADDED, FAINT, INSET, MATCHED, REMOVED, STRONG, Page, badge
from driftseal.report._reveal import cut
from driftseal.report._sides import sides


def write_drifts(page: Page, index: Index, drifts: Sequence[Drift]) -> None:
    """Each target that drifted or whose baseline does not hold; all others share one line."""
    # What was not looked at today is told as that, further below: it is neither changed nor unchanged.
    drifts = [drift for drift in drifts if drift.new or not drift.old or not _is_quiet(drift)]
    quiet = [drift for drift in drifts if _is_quiet(drift)]
    for drift in drifts:
        if not _is_quiet(drift):
            _tell(page, index, drift)
    if quiet:
        page.blank()
        for vouched, group in groupby(sorted(quiet, key=_vouched_for), key=_vouched_for):
            _unchanged(page, vouched, list(group))


def _is_quiet(drift: Drift) -> bool:
    if drift.changes:
        return False
    verification = drift.verification
    return verification is None or verification.status is VerificationStatus.VERIFIED


def _vouched_for(drift: Drift) -> str:
    return "" if drift.verification is None else "; ".join(_vouched(drift.verification))


def _unchanged(page: Page, vouched: str, drifts: Sequence[Drift]) -> None:
    """Targets of one approval in one paragraph: many are the good case, and nobody reads a thousand names."""
    listed = len(drifts) if page.screen.verbose else page.screen.limits.listed_places
    names = ", ".join(page.name(drift.target.name) for drift in drifts[:listed])
    more = f" and {len(drifts) - listed} more" if len(drifts) > listed else ""
    page.add([("unchanged: ", STRONG), f"{names}{more}", *([f" ({vouched})"] if vouched else [])], hang=2)


def _tell(page: Page, index: Index, drift: Drift) -> None:
    page.blank()
    page.add([("drift of ", FAINT), (page.name(drift.target.name), STRONG), f"  {page.name(drift.target.reference)}"])
    _verification(page, drift.verification)
    told: list[Change] = []
    folded: list[Change] = []
    for change in changes_worst_first(drift):
        full = page.screen.verbose or change.severity >= index.report.threshold.severity
        (told if full else folded).append(change)
    for change in told:
        _change(page, index, drift, change)

    # Real updates touch three tools in four: what is the same for many is said once.
    def likeness(change: Change) -> tuple[int, str, str, str, str]:
        kind, _ = index.kind_and_name(drift.target.identity, change.key)
        return (-change.severity, change.kind, kind, change.rule_id, change.reason)

    folded.sort(key=likeness)
    for _, group in groupby(folded, key=likeness):
        _fold(page, index, drift, tuple(group))
    if folded:
        page.add([("--verbose shows what changed there", FAINT)], indent=INSET)


def _verification(page: Page, verification: Verification | None) -> None:
    if verification is None:
        page.add([("compared without a baseline: nobody has approved either side", FAINT)], indent=2)
        return
    words = "; ".join(_vouched(verification))
    if verification.status is VerificationStatus.VERIFIED:
        page.add([(f"baseline {words}", FAINT)], indent=2, hang=2)
        return
    page.add([(f"BASELINE {str(verification.status).upper()}", MATCHED), f": {verification.reason}"], indent=2, hang=2)
    if verification.version:
        page.add([(f"baseline {words}", FAINT)], indent=2, hang=2)


def _vouched(verification: Verification) -> Iterator[str]:
    yield f"version {verification.version}"
    yield f"signed by {', '.join(verification.signers)}" if verification.signers else "signed by nobody who is trusted"
    if verification.expires_at:
        yield f"valid until {verification.expires_at[:10]}"
    yield "rollback checked" if verification.rollback_checked else "rollback NOT checked, no state to check it against"


def _subject(page: Page, index: Index, drift: Drift, change: Change) -> str:
    kind, name = index.kind_and_name(drift.target.identity, change.key)
    subject = f"{kind} {page.name(name)}".rstrip()
    if change.old_key:
        _, old = index.kind_and_name(drift.target.identity, change.old_key)
        return f"{subject} {change.kind} from {page.name(old)}"
    return f"{subject} {change.kind}"


def _change(page: Page, index: Index, drift: Drift, change: Change) -> None:
    page.add(
        [
            "  ",
            *badge(change.severity),
            (_subject(page, index, drift, change), STRONG),
            f": {change.reason}",
            (f"  [{change.rule_id}]", FAINT),
        ],
        hang=INSET,
    )
    _notes(page, [note for note in change.notes if page.screen.verbose or note not in change.reason])
    listed = len(change.paths) if page.screen.verbose else page.screen.limits.listed_places
    for path in change.paths[:listed]:
        _path(page, path)
    if len(change.paths) > listed:
        page.add([(f"and {len(change.paths) - listed} more places; --verbose tells all", FAINT)], indent=INSET)


def _notes(page: Page, notes: Sequence[str]) -> None:
    if page.screen.verbose:
        for note in notes:
            page.add([("also: ", FAINT), note], indent=INSET, hang=6)
        return
    told = page.screen.limits.listed_notes
    more = f"; and {len(notes) - told} lesser reasons; --verbose tells all" if len(notes) > told else ""
    if notes:
        page.add([("also: ", FAINT), "; ".join(notes[:told]), (more, FAINT)], indent=INSET, hang=6)


def _path(page: Page, path: PathChange) -> None:
    if path.pointer:
        page.add([(page.name(path.pointer), FAINT)], indent=INSET)
    old, new = path.old, path.new
    limits = page.screen.limits
    if old is not None and new is not None:
        before, after = sides(old, new, limits, color=page.screen.color)
    else:
        before, after = (
            ((cut(text or "", limits.evidence_chars), style),) for text, style in ((old, REMOVED), (new, ADDED))
        )
    for sign, text, words, style in (("- ", old, before, REMOVED), ("+ ", new, after, ADDED)):
        if text is not None:
            page.add([(sign, style), *words], indent=INSET + 2, hang=2)


def _fold(page: Page, index: Index, drift: Drift, alike: Sequence[Change]) -> None:
    first = alike[0]
    if len(alike) == 1:
        told = f"{_subject(page, index, drift, first)}: {first.reason}"
    else:
        kind, _ = index.kind_and_name(drift.target.identity, first.key)
        listed = page.screen.limits.listed_places
        names = [page.name(index.kind_and_name(drift.target.identity, change.key)[1]) for change in alike]
        more = f" and {len(names) - listed} more; --verbose tells all" if len(names) > listed else ""
        told = f"{len(alike)} {kind}s {first.kind}: {first.reason}: {', '.join(names[:listed])}{more}"
    page.add(["  ", *badge(first.severity), told], hang=INSET)
