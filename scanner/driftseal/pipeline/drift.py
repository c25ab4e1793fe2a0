"""``drift``: is everything still what was approved?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import driftseal
from driftseal import config
from driftseal.collect.base import Consent
from driftseal.errors import ConfigError, TrustError, UsageError
from driftseal.model.drift import Drift
from driftseal.model.item import Gap, ItemKind
from driftseal.model.report import Failure, Report
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.model.trust import Approved
from driftseal.pipeline import gather
from driftseal.pipeline._cases import Case, cases_of
from driftseal.pipeline.gather import Found
from driftseal.pipeline.judging import Pair, judge_pairs
from driftseal.pipeline.scan import Run, rules_for
from driftseal.pipeline.trust import Trust, remember
from driftseal.rulebook import Rulebook
from driftseal.sign import verify
from driftseal.snapshot import digest_items

_CONFIGURED = frozenset({ItemKind.LAUNCH, ItemKind.PACKAGE, ItemKind.PERMISSION, ItemKind.CREDENTIAL})
"""What a configuration alone tells about a server; the rest is known only by asking it."""
_STARTING = frozenset({ItemKind.LAUNCH, ItemKind.PACKAGE})
"""What decides which program is started, or which URL is asked."""


def compare_two(old: str, new: str, run: Run) -> Report:
    """Two manifests or snapshots against each other, without a baseline.

    Raises:
        UsageError: one of them is not exactly one target.
    """
    sides: list[Snapshot] = []
    failures: list[Failure] = []
    for reference in (old, new):
        gathered = gather.gather([reference], run.context)
        failures.extend(gathered.failures)
        if not gathered.failures and len(gathered.snapshots) != 1:
            raise UsageError(
                f"{reference} holds {len(gathered.snapshots)} targets", hint="compare one manifest or snapshot with one"
            )
        sides.extend(gathered.snapshots)
    rules = rules_for(run)
    if failures:
        return _report(run, rules, (), (), failures)
    before, after = sides
    programs = [run.context.programs.get(side.target.identity) for side in sides]
    # Two files are two targets to the collector; here they are two states of one.
    before = dataclasses.replace(before, target=after.target)
    one, other = programs
    files = run.context.readings.get(sides[0].target.identity)
    pair = Pair(before, after, None, (one, other) if one is not None and other is not None else None, files)
    return _report(run, rules, judge_pairs([pair], [after], rules, run), [after], ())


def drift(references: Sequence[str], run: Run, trust: Trust) -> Report:
    """Every baseline against what is there now, and every configured server that has none.

    Nothing is started before its baseline is verified against a policy from outside the tree, and not
    even then when its launch differs from the approved one.
    """
    rules = rules_for(run)
    cases, found, failures = cases_of(references, run, trust)
    same = set() if run.together else _same_bytes(cases, found)
    waiting = {case.target.identity for case in cases if case.only_asked}
    gathered = gather.collect(_with_consent(_without(found, same | waiting), Consent()))
    failures.extend(gathered.failures)
    current = {snapshot.target.identity: snapshot for snapshot in gathered.snapshots}
    asked, refusals = _ask(cases, found, current, run, trust)
    current.update({snapshot.target.identity: snapshot for snapshot in asked})
    failures.extend(refusals)

    drifts: list[Drift] = []
    pairs: list[Pair] = []
    gaps: list[Gap] = []
    for case in cases:
        now = current.get(case.target.identity)
        if now is not None:
            gaps.extend(now.gaps)
        if case.approved is not None and case.target.identity in same:
            approved, count = case.approved.snapshot, len(case.approved.items)
            drifts.append(Drift(case.target, approved, approved, (), case.verification, count))
            continue
        if case.only_asked and now is None and case.approved is not None:
            gaps.append(_unasked(case.target, case.approved))
            drifts.append(Drift(case.target, case.approved.snapshot, None, (), case.verification))
            continue
        if case.approved is None or now is None:
            drifts.append(Drift(case.target, None, now.digest if now else None, (), case.verification))
            continue
        pair, gap = _pair(case, case.approved, now, run, trust)
        if gap is not None:
            gaps.append(gap)
        if pair is None:
            digest = case.approved.snapshot
            drifts.append(Drift(case.target, digest, now.digest, (), case.verification, len(now.items)))
        else:
            pairs.append(pair)
    failures.extend(_remembered(cases, run, trust))
    drifts.extend(judge_pairs(pairs, list(current.values()), rules, run))
    drifts.sort(key=lambda one: (-(one.severity or 0), one.target.reference))
    return _report(run, rules, drifts, list(current.values()), failures, gaps)


def beside(report: Report, references: Sequence[str], run: Run, trust: Trust) -> Report:
    """The report with what drifted of those of its targets that have a baseline; of others nothing is said.

    Its own gaps and errors stay, and those of the comparison come to them.
    """
    context = dataclasses.replace(run.context, discover=None)
    compared = drift(references, dataclasses.replace(run, context=context, detects=True), trust)
    told = {(gap.target, gap.what, gap.why) for gap in report.gaps}
    return dataclasses.replace(
        report,
        drifts=tuple(one for one in compared.drifts if one.old is not None),
        gaps=(*report.gaps, *(gap for gap in compared.gaps if (gap.target, gap.what, gap.why) not in told)),
        errors=(*report.errors, *(failure for failure in compared.errors if failure not in report.errors)),
    )


def _unasked(target: Target, approved: Approved) -> Gap:
    if f"{ItemKind.MODEL}:" in approved.items:
        why = "its baseline was taken from its registry: name it, or add --connect"
        return Gap(target.reference, "registry", why)
    return Gap(target.reference, "live server", "its baseline was taken from it running: add --live")


def _remembered(cases: Iterable[Case], run: Run, trust: Trust) -> Iterator[Failure]:
    """Write down the versions seen. Where that fails, what was found out is told all the same."""
    try:
        remember([case.approved for case in cases if case.approved is not None], trust, run.config.limits)
    except ConfigError as cause:
        yield Failure(str(cause), cause.hint, cause.exit_code)


def _same_bytes(cases: Iterable[Case], found: Iterable[Found]) -> set[str]:
    """Targets whose raw bytes are those that were approved: nothing of them needs to be canonicalised."""
    collectors = {target.identity: part.collector for part in found for target in part.targets}
    return {
        case.target.identity
        for case in cases
        if case.approved is not None
        and case.approved.source is not None
        and collectors[case.target.identity].source(case.target) == case.approved.source
    }


def _without(found: Iterable[Found], identities: set[str]) -> Iterator[Found]:
    for part in found:
        left = tuple(target for target in part.targets if target.identity not in identities)
        if left:
            yield Found(part.collector, left)


def _with_consent(found: Iterable[Found], consent: Consent) -> Iterable[Found]:
    for part in found:
        part.collector.context = dataclasses.replace(part.collector.context, consent=consent)
        yield part


def _ask(
    cases: Sequence[Case],
    found: Sequence[Found],
    current: dict[str, Snapshot],
    run: Run,
    trust: Trust,
) -> tuple[tuple[Snapshot, ...], list[Failure]]:
    """Look live at those servers whose baseline was verified and whose launch is the approved one."""
    # A baseline binds the names of variables, not their values: none of them may decide what code runs.
    consent = dataclasses.replace(run.context.consent, unattended=True)
    if not (consent.start or consent.connect):
        return (), []
    refusals: list[Failure] = []
    allowed: set[Target] = set()
    for case in cases:
        now = current.get(case.target.identity)
        if case.approved is None or (now is None and not case.only_asked) or (now and now.origin is Origin.LIVE):
            continue
        if not trust.may_start:
            refusals.append(
                Failure(
                    f"{case.target.reference}: not started: its trust policy lies in the scanned tree",
                    "give --trust FILE from outside the tree, or pin the policy with --trust-digest",
                    TrustError.exit_code,
                    case.target.reference,
                )
            )
        elif swapped := _swapped(now, case.approved) if now else "":
            refusals.append(
                Failure(
                    f"{case.target.reference}: not started: {swapped} differs from the approved one",
                    "review the change below; approve it with: driftseal baseline approve",
                    TrustError.exit_code,
                    case.target.reference,
                )
            )
        else:
            # The very target that was compared, not another one that goes by its identity.
            allowed.add(now.target if now else case.target)
    chosen = [Found(part.collector, tuple(target for target in part.targets if target in allowed)) for part in found]
    gathered = gather.collect(_with_consent([part for part in chosen if part.targets], consent))
    return gathered.snapshots, refusals + list(gathered.failures)


def _swapped(now: Snapshot, approved: Approved) -> str:
    """The first item that says how the server is started and is not the approved one, missing ones too."""
    today = {item.key: item.digest for item in now.items if item.kind in _STARTING}
    kinds = {str(kind) for kind in _STARTING}
    then = {key: item.digest for key, item in approved.items.items() if key.partition(":")[0] in kinds}
    return next((key for key in sorted(today.keys() | then.keys()) if today.get(key) != then.get(key)), "")


def _pair(case: Case, approved: Approved, now: Snapshot, run: Run, trust: Trust) -> tuple[Pair | None, Gap | None]:
    """The two sides where they differ. What was not asked for today cannot be compared, and that is a gap."""
    if now.digest == approved.snapshot:
        return None, None
    signed = trust.store.load(trust.store.slug(case.target.identity), run.config.limits)
    if signed is None:
        raise TrustError(f"{case.target.reference}: its baseline vanished while it was read")
    old = verify.open_snapshot(signed, approved, run.config.limits)
    gap = None
    if old.origin is Origin.LIVE and now.origin is not Origin.LIVE:
        consent = run.context.consent
        gap = Gap(
            case.target.reference,
            "tools, prompts and resources",
            "the baseline was taken from the running server, which did not answer now"
            if consent.start or consent.connect
            else "the baseline was taken from the running server: add --live to look at it again",
        )
        old, now = _configured(old), _configured(now)
        if old.digest == now.digest:
            return None, gap
    return Pair(dataclasses.replace(old, target=now.target), now, case.verification), gap


def _configured(snapshot: Snapshot) -> Snapshot:
    items = tuple(item for item in snapshot.items if item.kind in _CONFIGURED)
    return dataclasses.replace(snapshot, items=items, digest=digest_items(items))


def _report(
    run: Run,
    rules: Rulebook,
    drifts: Sequence[Drift],
    snapshots: Sequence[Snapshot],
    failures: Sequence[Failure],
    gaps: Sequence[Gap] = (),
) -> Report:
    return Report(
        command="drift",
        tool_version=driftseal.__version__,
        rules_version=rules.version,
        rules=rules.rules,
        started_at=run.context.now,
        threshold=run.config.threshold,
        snapshots=tuple(snapshots),
        drifts=tuple(drifts),
        gaps=tuple(gaps),
        errors=tuple(failures),
        suppressions=config.in_force(run.config.suppressions, run.today),
        loosened=run.config.loosened,
        allow_gaps=run.allow_gaps,
    )
