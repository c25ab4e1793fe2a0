"""``baseline``: people look at a snapshot, approve it, and sign what they approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from driftseal import snapshot
from driftseal.errors import FormatError, LimitExceeded, TargetError, TrustError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.drift import Drift
from driftseal.model.report import Report
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import Baseline, SignedBaseline, Statement, TrustPolicy, VerificationStatus
from driftseal.pipeline import gather
from driftseal.pipeline.judging import Pair, judge_pairs
from driftseal.pipeline.scan import Run, report_on, rules_for
from driftseal.pipeline.trust import Checked, Trust, check, remember
from driftseal.sign import envelope, makers, statement, verify
from driftseal.sign import policy as policies
from driftseal.sign.base import Signer

DEFAULT_DAYS: Final = 90
_UNCLAIMED: Final = "unlisted"
"""File name of a bundle whose key no policy names."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One snapshot that may become a baseline."""

    snapshot: Snapshot
    current: Checked
    """The baseline that it would replace."""
    drift: Drift | None
    """What differs from that one; ``None`` where there is none to compare with."""
    version: int
    in_force: Digest | None
    """Digest of the statement that was in force when this was proposed, verified or not."""
    waiting: Digest | None
    """The same for the one that waited for signatures."""


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that a person should see before signing."""

    report: Report
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of a signature."""

    reference: str
    slug: str
    version: int
    signers: tuple[str, ...]
    threshold: int
    in_force: bool
    """False while further people have to sign: the baseline before it stays in force."""


def review(references: Sequence[str], run: Run, trust: Trust) -> Review:
    """Collect, scan and compare with what is in force; nothing is written.

    Raises:
        TargetError: a snapshot has gaps and gaps are not allowed, or holds two items of one name.
    """
    # Looked at as `drift` will look: what a baseline cannot bind must not shape it.
    consent = replace(run.context.consent, unattended=True)
    gathered = gather.gather(references, replace(run.context, consent=consent))
    wanted = tuple(taken for taken in gathered.snapshots if not taken.target.incidental)
    gathered = replace(gathered, snapshots=wanted)
    rules = rules_for(run)
    proposals = []
    pairs: dict[str, Pair] = {}
    checks: dict[str, Checked] = {}
    for taken in gathered.snapshots:
        _refuse_unfit(taken, run)
        identity = taken.target.identity
        checks[identity] = check(trust.store.slug(identity), identity, trust, run)
        old = _old(checks[identity], trust, run)
        if old is not None and old.digest != taken.digest:
            pairs[identity] = Pair(replace(old, target=taken.target), taken, None)
    drifts = {
        drift.target.identity: drift for drift in judge_pairs(list(pairs.values()), gathered.snapshots, rules, run)
    }
    for taken in gathered.snapshots:
        checked = checks[taken.target.identity]
        proposals.append(_proposal(taken, checked, drifts.get(taken.target.identity), trust, run))
    report = replace(report_on(gathered, rules, run), drifts=tuple(drifts.values()))
    return Review(report, tuple(proposals))


def _refuse_unfit(taken: Snapshot, run: Run) -> None:
    for item in taken.items:
        if item.ordinal > 1:
            raise TargetError(
                f"{taken.target.reference}: holds {item.key}: two items of one name cannot be approved",
                hint="ask the server's provider to mend it",
            )
    if taken.gaps and not run.allow_gaps:
        gap = taken.gaps[0]
        raise TargetError(
            f"{taken.target.reference}: {gap.what}: {gap.why}",
            hint="what was not seen cannot be approved; mend it, or approve the rest with --allow-gaps",
        )


def _proposal(taken: Snapshot, checked: Checked, drift: Drift | None, trust: Trust, run: Run) -> Proposal:
    limits = run.config.limits
    signed, waiting = trust.store.load(checked.slug, limits), trust.store.load_pending(checked.slug, limits)
    version = _next_version(checked, signed, trust, run)
    return Proposal(taken, checked, drift, version, _digest(signed), _digest(waiting))


def _digest(signed: SignedBaseline | None) -> Digest | None:
    return Digest.of(signed.payload) if signed else None


def _next_version(checked: Checked, signed: SignedBaseline | None, trust: Trust, run: Run) -> int:
    """One more than any that was ever told: in force, verified or not, seen here before, or asked for by the policy."""
    limits = run.config.limits
    known = [checked.verification.version]
    if signed is not None:
        try:
            known.append(statement.read(signed.payload, limits).version)
        except (FormatError, LimitExceeded) as cause:
            raise TrustError(
                f"{checked.slug}: {cause}", hint="restore it from where it was approved, or remove its folder"
            ) from cause
    rule = policies.rule_for(trust.policy, checked.identity) if trust.policy else None
    known.append(rule.min_version - 1 if rule else 0)
    seen = trust.state.seen.get(checked.identity) if trust.state else None
    known.append(seen.version if seen else 0)
    if max(known) >= limits.baseline_versions:
        raise TrustError(
            f"{checked.slug}: its version is {max(known)}, and there is none above", hint="remove its folder"
        )
    return max(known) + 1


def _old(checked: Checked, trust: Trust, run: Run) -> Snapshot | None:
    if checked.approved is None:
        return None
    signed = trust.store.load(checked.slug, run.config.limits)
    return verify.open_snapshot(signed, checked.approved, run.config.limits) if signed else None


def approve(
    proposal: Proposal,
    signer: Signer,
    run: Run,
    trust: Trust,
    *,
    prepared_by: str,
    note: str = "",
    days: int = DEFAULT_DAYS,
) -> Approval:
    """Sign one proposal. It is in force at once, or pending where the policy wants more people.

    Raises:
        TrustError: the key cannot be used, or another baseline was stored since this one was proposed.
    """
    taken = proposal.snapshot
    baseline = Baseline(
        snapshot=taken,
        version=proposal.version,
        prepared_by=prepared_by,
        prepared_at=run.context.now,
        expires_at=_later(run.context.now, days),
        previous=proposal.in_force,
        note=note,
    )
    file = snapshot.dump(taken)
    made = statement.make(baseline, file)
    slug, limits = trust.store.slug(taken.target.identity), run.config.limits
    bundles = _bundle(signer, made, trust.policy, limits)
    with trust.store.alone(limits):
        current, waiting = trust.store.load(slug, limits), trust.store.load_pending(slug, limits)
        if (_digest(current), _digest(waiting)) != (proposal.in_force, proposal.waiting):
            raise TrustError(
                f"{taken.target.reference}: another baseline was stored meanwhile, and was left as it is",
                hint="look at it, then approve anew",
            )
        done = _settle(SignedBaseline(slug, made.payload, bundles, file), taken.target.identity, run, trust)
    if done.in_force:
        remember([statement.read(made.payload, limits)], trust, limits)
    return done


def review_pending(slug: str, run: Run, trust: Trust) -> tuple[Review, SignedBaseline]:
    """What a further person should see before signing: the pending snapshot, scanned and compared.

    Raises:
        TrustError: nothing is pending there, or it is not what its statement says.
    """
    pending = _pending(slug, run, trust)
    approved = statement.read(pending.payload, run.config.limits)
    if trust.store.slug(approved.target) != slug:
        raise TrustError(f"{slug}: what is pending here is a baseline of {approved.target!r}")
    taken = verify.open_snapshot(pending, approved, run.config.limits)
    checked = check(slug, approved.target, trust, run)
    old = _old(checked, trust, run)
    rules = rules_for(run)
    pairs = [Pair(replace(old, target=taken.target), taken, None)] if old is not None else []
    drifts = tuple(judge_pairs(pairs, [taken], rules, run))
    report = replace(report_on(gather.Gathered((taken,), ()), rules, run), drifts=drifts)
    in_force = _digest(trust.store.load(slug, run.config.limits))
    proposal = Proposal(taken, checked, drifts[0] if drifts else None, approved.version, in_force, _digest(pending))
    return Review(report, (proposal,)), pending


def _pending(slug: str, run: Run, trust: Trust) -> SignedBaseline:
    pending = trust.store.load_pending(slug, run.config.limits)
    if pending is None:
        raise TrustError(f"{slug}: nothing is pending", hint="see: driftseal baseline list")
    return pending


def add_signature(slug: str, reviewed: SignedBaseline, signer: Signer, run: Run, trust: Trust) -> Approval:
    """Add one more person's signature to a pending baseline, over the very bytes that were reviewed.

    Raises:
        TrustError: it is another one now, another one came in force since it was prepared, or the key cannot be used.
    """
    limits = run.config.limits
    with trust.store.alone(limits):
        pending = _pending(slug, run, trust)
        if (pending.payload, pending.snapshot) != (reviewed.payload, reviewed.snapshot):
            raise TrustError(f"{slug}: changed while it was reviewed", hint="look at it again")
        approved = statement.read(pending.payload, limits)
        if _digest(trust.store.load(slug, limits)) != approved.previous:
            raise TrustError(
                f"{slug}: what is pending was prepared while another baseline was in force",
                hint="approve anew what is there now: driftseal baseline approve",
            )
        bundles = {**pending.bundles, **_bundle(signer, Statement(pending.payload), trust.policy, limits)}
        done = _settle(replace(pending, bundles=bundles), approved.target, run, trust)
    if done.in_force:
        remember([approved], trust, limits)
    return done


def _settle(signed: SignedBaseline, identity: str, run: Run, trust: Trust) -> Approval:
    """Put a baseline in force if enough people have signed it, else let it wait. One that is refused is not written.

    Without a policy one signature is enough to store it; believing it still takes a policy.
    """
    approved = statement.read(signed.payload, run.config.limits)
    verification, _ = verify.verify(signed, identity, trust.policy, trust.state, run.context.now, run.config.limits)
    enough = trust.policy is None or verification.status is VerificationStatus.VERIFIED
    if not enough and verification.status is not VerificationStatus.BELOW_THRESHOLD:
        raise TrustError(f"{approved.reference}: {verification.reason}")
    trust.store.write_pending(signed.slug, snapshot=signed.snapshot, payload=signed.payload, bundles=signed.bundles)
    if enough:
        trust.store.promote(signed.slug)
    threshold = verify.threshold(trust.policy, identity)
    return Approval(approved.reference, signed.slug, approved.version, verification.signers, threshold, enough)


def _bundle(signer: Signer, statement: Statement, policy: TrustPolicy | None, limits: Limits) -> dict[str, bytes]:
    """The signer's bundle, in a file that bears the name of the person whom it speaks for."""
    data = signer.sign(statement)
    if policy is None:
        return {f"{_UNCLAIMED}.sigstore.json": data}
    person = makers.owner(envelope.open_bundle(data, "the new signature", limits), policy)
    if not person:
        raise TrustError(
            "this key belongs to nobody whom the trust policy names",
            hint="add it with: driftseal trust add NAME KEY.pub, or an identity by hand",
        )
    return {f"{person}.sigstore.json": data}


def _later(now: str, days: int) -> str:
    moment = dt.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    return (moment + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
