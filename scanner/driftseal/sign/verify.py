"""May this baseline be believed? Signatures first, and only with keys of the policy; then everything else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from driftseal import snapshot
from driftseal.errors import FormatError, LimitExceeded, TargetError, TrustError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.snapshot import Snapshot
from driftseal.model.trust import (
    Approved,
    SignedBaseline,
    TrustPolicy,
    TrustRule,
    Verification,
    VerificationStatus,
)
from driftseal.sign import makers, oms, statement
from driftseal.sign.envelope import PAYLOAD_TYPE, Envelope, open_bundle
from driftseal.sign.policy import people, rule_for
from driftseal.sign.state import State

_SKEW: Final = dt.timedelta(days=1)
"""Clocks of honest people differ by less."""
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


class _Refused(Exception):  # it is no error of ours: it is the answer
    """One reason not to believe; ends the checking."""

    def __init__(
        self, status: VerificationStatus, reason: str, signers: Sequence[str] = (), approved: Approved | None = None
    ) -> None:
        super().__init__(reason)
        self.verification = Verification(
            status,
            reason,
            tuple(signers),
            approved.version if approved else 0,
            approved.expires_at if approved else "",
        )


def verify(
    signed: SignedBaseline | None,
    identity: str,
    policy: TrustPolicy | None,
    state: State | None,
    now: str,
    limits: Limits,
) -> tuple[Verification, Approved | None]:
    """Check a stored baseline as that of one target.

    The order is: bundles, signatures by keys of the policy, payload, target, threshold by person, freshness,
    versions seen before, the snapshot file. The second value is given only when all of it holds.
    """
    try:
        signed, policy, rule = _present(signed, policy, identity)
        signers = _signers(signed, policy, rule, now[:10], limits)
        approved = _payload(signed, identity, limits)
        _enough(approved, rule, signers)
        _fresh(approved, rule, now, signers)
        _not_seen_newer(approved, rule, state, signers)
        _bound(signed, approved, limits, signers)
    except _Refused as refusal:
        return refusal.verification, None
    checked = state is not None and identity in state.seen
    reason = f"approved by {', '.join(signers)}"
    verified = VerificationStatus.VERIFIED
    return Verification(verified, reason, signers, approved.version, approved.expires_at, checked), approved


def _present(
    signed: SignedBaseline | None, policy: TrustPolicy | None, identity: str
) -> tuple[SignedBaseline, TrustPolicy, TrustRule]:
    if signed is None:
        reason = "no baseline; review it and approve it with: driftseal baseline approve"
        raise _Refused(VerificationStatus.MISSING, reason)
    if policy is None:
        reason = "no trust policy says who may approve; name one with --trust, or make one with: driftseal trust add"
        raise _Refused(VerificationStatus.NO_POLICY, reason)
    rule = rule_for(policy, identity)
    if rule is None:
        raise _Refused(VerificationStatus.UNTRUSTED, f"no rule of {policy.path} names this target")
    return signed, policy, rule


def _enough(approved: Approved, rule: TrustRule, signers: Sequence[str]) -> None:
    if len(signers) < rule.threshold:
        reason = f"signed by {len(signers)} of {rule.threshold} people: {', '.join(signers)}; have another one sign it"
        raise _Refused(VerificationStatus.BELOW_THRESHOLD, reason, signers, approved)


def threshold(policy: TrustPolicy | None, identity: str) -> int:
    """How many people must sign for this target; 1 where nothing says more."""
    rule = rule_for(policy, identity) if policy else None
    return rule.threshold if rule else 1


def _signers(
    signed: SignedBaseline, policy: TrustPolicy, rule: TrustRule, today: str, limits: Limits
) -> tuple[str, ...]:
    """People whose signature over exactly these bytes holds; several keys of one person count once."""
    if not signed.bundles:
        raise _Refused(VerificationStatus.UNSIGNED, "nobody has signed it; sign it with: driftseal baseline sign")
    found: set[str] = set()
    reasons: list[str] = []
    for name, data in sorted(signed.bundles.items()):
        made = makers.of(_envelope(name, data, signed.payload, limits), people(policy, rule), policy, today)
        found |= made.people
        reasons += made.refused
    if not found:
        why = "; ".join(reasons) or "signed by nobody whom the policy names for this target"
        raise _Refused(VerificationStatus.UNTRUSTED, f"{why}; have it approved anew")
    return tuple(sorted(found))


def _envelope(name: str, data: bytes, payload: bytes, limits: Limits) -> Envelope:
    """One bundle's envelope over exactly these bytes."""
    try:
        envelope = open_bundle(data, name, limits)
    except (FormatError, LimitExceeded) as cause:
        raise _Refused(VerificationStatus.TAMPERED, str(cause)) from cause
    if envelope.payload_type != PAYLOAD_TYPE:
        raise _Refused(VerificationStatus.TAMPERED, f"{name}: signs a payload of another type")
    if envelope.payload != payload:
        raise _Refused(VerificationStatus.TAMPERED, f"{name}: signs other bytes than the statement beside it")
    return envelope


def _payload(signed: SignedBaseline, identity: str, limits: Limits) -> Approved:
    try:
        approved = statement.read(signed.payload, limits)
    except (FormatError, LimitExceeded) as cause:
        raise _Refused(VerificationStatus.TAMPERED, str(cause)) from cause
    if approved.target != identity:
        raise _Refused(
            VerificationStatus.WRONG_TARGET,
            f"it is a valid baseline of {approved.target!r}, put in the place of {identity!r}",
        )
    return approved


def _fresh(approved: Approved, rule: TrustRule, now: str, signers: Sequence[str]) -> None:
    """TUF's freeze attack: an old baseline kept in force for ever."""
    moment, prepared = _time(now), _time(approved.prepared_at)
    if moment > _time(approved.expires_at):
        reason = f"it expired on {approved.expires_at}; review and approve it anew"
        raise _Refused(VerificationStatus.EXPIRED, reason, signers, approved)
    if prepared > moment and prepared - moment > _SKEW:
        reason = f"it says that it was prepared on {approved.prepared_at}, which is still to come; check the clock"
        raise _Refused(VerificationStatus.TAMPERED, reason, signers, approved)
    if rule.max_age_days and moment - prepared > dt.timedelta(days=rule.max_age_days):
        reason = f"it is older than the {rule.max_age_days} days that the policy allows; approve it anew"
        raise _Refused(VerificationStatus.EXPIRED, reason, signers, approved)


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(text, _STAMP).replace(tzinfo=dt.UTC)
    except ValueError as cause:
        raise _Refused(VerificationStatus.TAMPERED, f"{text[:40]!r} is no time") from cause


def _not_seen_newer(approved: Approved, rule: TrustRule, state: State | None, signers: Sequence[str]) -> None:
    if approved.version < rule.min_version:
        reason = f"version {approved.version} is below the policy's minimum of {rule.min_version}"
        raise _Refused(VerificationStatus.ROLLED_BACK, reason, signers, approved)
    seen = state.seen.get(approved.target) if state else None
    if seen is None:
        return
    if approved.version < seen.version:
        reason = f"version {approved.version} was put back: version {seen.version} was in force here before"
        raise _Refused(VerificationStatus.ROLLED_BACK, reason, signers, approved)
    if approved.version == seen.version and approved.statement != seen.statement:
        reason = f"version {approved.version} says something else than the version {seen.version} seen here before"
        raise _Refused(VerificationStatus.EQUIVOCATION, reason, signers, approved)


def _bound(signed: SignedBaseline, approved: Approved, limits: Limits, signers: Sequence[str]) -> None:
    """The snapshot file must be the one that was approved."""
    if Digest.of(signed.snapshot) == approved.file:
        return
    # Other bytes may still be the same items, as after a checkout that changes line ends.
    try:
        open_snapshot(signed, approved, limits)
    except TrustError as cause:
        raise _Refused(VerificationStatus.TAMPERED, str(cause), signers, approved) from cause


def open_snapshot(signed: SignedBaseline, approved: Approved, limits: Limits) -> Snapshot:
    """The approved snapshot, every item of it digested anew and held against the statement.

    Raises:
        TrustError: it is not what was approved.
    """
    try:
        taken = snapshot.load(signed.snapshot, statement.SNAPSHOT_FILE, limits)
    except (FormatError, LimitExceeded) as cause:
        raise TrustError(f"the snapshot is not the one that was approved: {cause}") from cause
    try:
        wrong = next(_differences(taken, approved), "")
    except TargetError as cause:
        raise TrustError(f"the snapshot is not one that can be signed: {cause}") from cause
    if wrong:
        raise TrustError(f"the snapshot is not the one that was approved: {wrong} differs")
    return taken


def _differences(taken: Snapshot, approved: Approved) -> Iterator[str]:
    if taken.target.identity != approved.target:
        yield "its target"
    items = {item.key: item.digest for item in taken.items}
    for key in sorted(items.keys() | approved.items.keys()):
        known = approved.items.get(key)
        if known is None or items.get(key) != known.digest:
            yield key
    if taken.origin != approved.origin:
        yield "how it was taken"
    # What other verifiers hold against the model must be what people have looked at here.
    if oms.files(taken) != approved.files:
        yield "what is signed of its files"
    if taken.digest != approved.snapshot:
        yield "its digest"
