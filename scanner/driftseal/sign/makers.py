"""Whose signature is this? The policy's keys and identities are asked; what a bundle says of itself is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from driftseal.model.trust import TrustedAuthority, TrustedIdentity, TrustedKey, TrustPolicy
from driftseal.sign import _keys
from driftseal.sign.envelope import Envelope

_Known: TypeAlias = TrustedKey | TrustedIdentity | TrustedAuthority
_NAMED: Final[dict[type, str]] = {TrustedKey: "key", TrustedIdentity: "identity", TrustedAuthority: "authority"}


@dataclass(frozen=True, slots=True)
class Makers:
    """The people who made a signature."""

    people: frozenset[str] = frozenset()
    """Those whose signature counts."""
    refused: tuple[str, ...] = ()
    """Why a signature that holds does not count."""


def of(envelope: Envelope, people: Iterable[str], policy: TrustPolicy, today: str) -> Makers:
    """Who of these people made the signature, by key or by identity."""
    found: set[str] = set()
    refused: list[str] = []
    for person in people:
        for known, unfit in _made(envelope, person, policy, today):
            named = _NAMED[type(known)]
            if unfit:
                refused.append(f"{person}'s signature does not count: {unfit}")
            elif known.revoked:
                refused.append(f"{person}'s {named} was revoked on {known.revoked}")
            elif known.valid_from > today:
                refused.append(f"{person}'s {named} counts only from {known.valid_from}")
            else:
                found.add(person)
    return Makers(frozenset(found), tuple(refused))


def owner(envelope: Envelope, policy: TrustPolicy) -> str:
    """The person whose key or identity made the signature, whether it counts or not; empty for nobody."""
    return next((person for person in policy.signers if any(_made(envelope, person, policy, ""))), "")


def _made(envelope: Envelope, person: str, policy: TrustPolicy, today: str) -> Iterator[tuple[_Known, str]]:
    """Keys, identities and authorities of a person by which the signature holds, and why one does not count.

    Without a day, whether certificates are in force is not looked at.
    """
    for key in policy.signers.get(person, ()):
        if _keys.holds(_keys.public_key(key.pem, key.file), envelope.signature, envelope.signed):
            yield key, ""
    identities = policy.identities.get(person, ())
    if identities and envelope.certified:
        from driftseal.sign import identity

        for one in identities:
            if identity.holds(envelope, one, policy.trusted_root):
                yield one, ""
    authorities = policy.authorities.get(person, ())
    if authorities and envelope.chain:
        from driftseal.sign import certificates

        for authority in authorities:
            unfit = certificates.check(envelope, authority, today)
            if unfit is not None:
                yield authority, unfit
