"""Which targets a drift check is about: what is configured or named, and what only a baseline knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from driftseal.collect.base import Consent
from driftseal.errors import TrustError, UsageError
from driftseal.model.report import Failure
from driftseal.model.target import Target
from driftseal.model.trust import Approved, Verification, VerificationStatus
from driftseal.pipeline import gather
from driftseal.pipeline.gather import Found
from driftseal.pipeline.scan import Run
from driftseal.pipeline.trust import Checked, Trust, check, check_stored, check_waiting


@dataclass(frozen=True, slots=True)
class Case:
    """One target with its baseline."""

    target: Target
    verification: Verification
    approved: Approved | None
    only_asked: bool = False
    """Nobody named or configured it today: only its baseline says how to start or reach it."""


@dataclass(slots=True)
class _Known:
    """What is known so far, while it is put together."""

    targets: dict[str, Target] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    only_asked: set[str] = field(default_factory=set)


def cases_of(references: Sequence[str], run: Run, trust: Trust) -> tuple[list[Case], tuple[Found, ...], list[Failure]]:
    """Targets that are configured or named, each with its baseline; without references every baseline's, too.

    Nothing is started or contacted.
    """
    run = replace(run, context=replace(run.context, consent=Consent()))
    known = _Known()
    found, failures = gather.find(references or ["."], run.context)
    known.found.extend(found)
    known.failures.extend(failures)
    known.targets.update({target.identity: target for part in found for target in part.targets})
    pending = set(trust.store.list_pending())
    cases = []
    if not references:
        cases = [*_stored(known, run, trust), *_waiting(pending, known, run, trust), *_vanished(pending, known, trust)]
    for identity, target in known.targets.items():
        slug = trust.store.slug(identity)
        checked = check(slug, identity, trust, run)
        if checked.verification.status is VerificationStatus.MISSING and slug in pending:
            checked = check_waiting(slug, trust, run)
        expected = target.enabled and not target.incidental
        if checked.verification.status is VerificationStatus.MISSING and not expected:
            continue
        cases.append(Case(target, checked.verification, checked.approved, identity in known.only_asked))
    return cases, tuple(known.found), known.failures


def _stored(known: _Known, run: Run, trust: Trust) -> Iterator[Case]:
    """Baselines of targets that nothing configures: each is looked up where it was when it was approved."""
    configured = {trust.store.slug(identity) for identity in known.targets}
    for slug in trust.store.list():
        if slug in configured:
            continue
        checked = check_stored(slug, trust, run)
        if checked.approved is None:
            yield _orphan(checked)
        else:
            _look_up(checked, checked.approved.reference, known, run)


def _waiting(pending: set[str], known: _Known, run: Run, trust: Trust) -> Iterator[Case]:
    """What was approved by too few people as yet, and has nothing in force and nothing that configures it."""
    told = {trust.store.slug(identity) for identity in known.targets}
    for slug in sorted(pending.difference(trust.store.list(), told)):
        yield _orphan(check_waiting(slug, trust, run))


def _vanished(pending: set[str], known: _Known, trust: Trust) -> Iterator[Case]:
    """What was in force here before and left no trace: whoever deletes a baseline must not pass for clean."""
    there = {*pending, *trust.store.list(), *map(trust.store.slug, known.targets)}
    for identity, seen in sorted(trust.state.seen.items()) if trust.state else ():
        slug = trust.store.slug(identity)
        if slug not in there:
            reason = (
                f"version {seen.version} was in force here before, and its baseline is gone; put it back, "
                f"or take {identity!r} out of {trust.state_path} if that is meant"
            )
            missing = Verification(VerificationStatus.MISSING, reason)
            yield Case(Target("baseline", slug, slug, identity), missing, None)


def _orphan(checked: Checked) -> Case:
    return Case(Target("baseline", checked.slug, checked.slug, checked.identity), checked.verification, None)


def _look_up(checked: Checked, reference: str, known: _Known, run: Run) -> None:
    try:
        again, failures = gather.find([reference], run.context)
    except UsageError:
        # Where nothing lies any more, a path is a reference of no kind.
        again, failures = (), ()
    known.failures.extend(failures)
    for part in again:
        for target in part.targets:
            if target.identity == checked.identity and target.identity not in known.targets:
                known.targets[target.identity] = target
                known.found.append(Found(part.collector, (target,)))
                if part.collector.asks:
                    known.only_asked.add(target.identity)
    if checked.identity not in known.targets:
        known.failures.append(
            Failure(
                f"{reference}: has a baseline and is not there any more",
                f"remove {checked.slug} from the baselines if that is meant",
                TrustError.exit_code,
                reference,
            )
        )
