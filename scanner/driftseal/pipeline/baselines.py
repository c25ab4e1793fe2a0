"""``baseline``: people look at a snapshot, approve it, and sign what they approved."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from driftseal import snapshot
from driftseal.errors import TargetError, TrustError
from driftseal.model.drift import Drift
from driftseal.model.report import Report
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import Approved, Baseline, SignedBaseline, Statement, TrustPolicy, VerificationStatus
from driftseal.pipeline import gather
from driftseal.pipeline.judging import Pair, judge_pairs
from driftseal.pipeline.scan import Run, report_on, rules_for
from driftseal.pipeline.trust import Checked, Trust, check, remember
from driftseal.sign import statement, verify
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
    consent = dataclasses.replace(run.context.consent, unattended=True)
    gathered = gather.gather(references, dataclasses.replace(run.context, consent=consent))
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
            pairs[identity] = Pair(dataclasses.replace(old, target=taken.target), taken, None)
    drifts = {
        drift.target.identity: drift for drift in judge_pairs(list(pairs.values()), gathered.snapshots, rules, run)
    }
    for taken in gathered.snapshots:
        checked = checks[taken.target.identity]
        version = _next_version(checked, trust, run)
        proposals.append(Proposal(taken, checked, drifts.get(taken.target.identity), version))
    report = dataclasses.replace(report_on(gathered, rules, run), drifts=tuple(drifts.values()))
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


def _stored(slug: str, trust: Trust, run: Run) -> Approved | None:
    """The statement in force as it reads, verified or not: only its version and digest are taken from it."""
    signed = trust.store.load(slug, run.config.limits)
    return statement.read(signed.payload, run.config.limits) if signed else None


def _old(checked: Checked, trust: Trust, run: Run) -> Snapshot | None:
    if checked.approved is None:
        return None
    signed = trust.store.load(checked.slug, run.config.limits)
    return verify.open_snapshot(signed, checked.approved, run.config.limits) if signed else None


def _next_version(checked: Checked, trust: Trust, run: Run) -> int:
    stored = _stored(checked.slug, trust, run)
    return max(stored.version if stored else 0, checked.verification.version) + 1


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
        TrustError: the key cannot be used.
    """
    taken = proposal.snapshot
    stored = _stored(proposal.current.slug, trust, run)
    baseline = Baseline(
        snapshot=taken,
        version=proposal.version,
        prepared_by=prepared_by,
        prepared_at=run.context.now,
        expires_at=_later(run.context.now, days),
        previous=stored.statement if stored else None,
        note=note,
    )
    file = snapshot.dump(taken)
    made = statement.make(baseline, file)
    slug = trust.store.slug(taken.target.identity)
    bundles = {_bundle_name(signer, trust.policy): signer.sign(made)}
    trust.store.write_pending(slug, snapshot=file, payload=made.payload, bundles=bundles)
    return settle(slug, taken.target.identity, run, trust)


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
    pairs = [Pair(dataclasses.replace(old, target=taken.target), taken, None)] if old is not None else []
    drifts = tuple(judge_pairs(pairs, [taken], rules, run))
    report = dataclasses.replace(report_on(gather.Gathered((taken,), ()), rules, run), drifts=drifts)
    proposal = Proposal(taken, checked, drifts[0] if drifts else None, approved.version)
    return Review(report, (proposal,)), pending


def _pending(slug: str, run: Run, trust: Trust) -> SignedBaseline:
    pending = trust.store.load_pending(slug, run.config.limits)
    if pending is None:
        raise TrustError(f"{slug}: nothing is pending", hint="see: driftseal baseline list")
    return pending


def add_signature(slug: str, reviewed: SignedBaseline, signer: Signer, run: Run, trust: Trust) -> Approval:
    """Add one more person's signature to a pending baseline, over the very bytes that were reviewed.

    Raises:
        TrustError: it is another one now, or the key cannot be used.
    """
    pending = _pending(slug, run, trust)
    if (pending.payload, pending.snapshot) != (reviewed.payload, reviewed.snapshot):
        raise TrustError(f"{slug}: changed while it was reviewed", hint="look at it again")
    bundles = {**pending.bundles, _bundle_name(signer, trust.policy): signer.sign(Statement(pending.payload))}
    trust.store.write_pending(slug, snapshot=pending.snapshot, payload=pending.payload, bundles=bundles)
    return settle(slug, statement.read(pending.payload, run.config.limits).target, run, trust)


def settle(slug: str, identity: str, run: Run, trust: Trust) -> Approval:
    """Put a pending baseline in force as soon as enough people have signed it.

    Without a policy one signature is enough to store it; believing it still takes a policy.
    """
    pending = _pending(slug, run, trust)
    approved = statement.read(pending.payload, run.config.limits)
    verification, _ = verify.verify(pending, identity, trust.policy, trust.state, run.context.now, run.config.limits)
    threshold = verify.threshold(trust.policy, identity)
    enough = trust.policy is None or verification.status is VerificationStatus.VERIFIED
    if not enough and verification.status is not VerificationStatus.BELOW_THRESHOLD:
        raise TrustError(f"{approved.reference}: {verification.reason}")
    if enough:
        trust.store.promote(slug)
        remember([approved], trust)
    return Approval(approved.reference, slug, approved.version, verification.signers, threshold, enough)


def _bundle_name(signer: Signer, policy: TrustPolicy | None) -> str:
    public = signer.public_key().strip()
    for person, keys in (policy.signers if policy else {}).items():
        if any(key.pem.strip() == public for key in keys):
            return f"{person}.sigstore.json"
    if policy is not None:
        raise TrustError(
            "this key belongs to nobody whom the trust policy names",
            hint="add it with: driftseal trust add NAME KEY.pub",
        )
    return f"{_UNCLAIMED}.sigstore.json"


def _later(now: str, days: int) -> str:
    moment = dt.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    return (moment + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
