"""What people approve, how it is signed, and what came out when the signatures were checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from driftseal.model.digest import Digest
from driftseal.model.snapshot import Snapshot
from driftseal.records import dataclass


@dataclass(frozen=True, slots=True)
class Baseline:
    """A snapshot that people approve. Who approved it is read from the verified bundles alone."""

    snapshot: Snapshot
    version: int
    """Counts up from 1 with each approval of the same target; never goes back."""
    prepared_by: str
    prepared_at: str
    """RFC 3339, UTC."""
    expires_at: str
    """RFC 3339, UTC. After it, the baseline says nothing any more."""
    previous: Digest | None = None
    """Digest of the statement that this one replaces."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """An in-toto Statement v1 as exact bytes: these are what is signed and what is parsed."""

    payload: bytes

    @property
    def digest(self) -> Digest:
        """Of the payload bytes."""
        return Digest.of(self.payload)


@dataclass(frozen=True, slots=True)
class ApprovedItem:
    """What a statement says about one item: digests, never content."""

    key: str
    digest: Digest
    fields: Mapping[str, Digest]


@dataclass(frozen=True, slots=True)
class Approved:
    """The predicate of a verified statement: enough to say «unchanged» without opening the snapshot."""

    target: str
    """The target's identity."""
    reference: str
    version: int
    prepared_by: str
    prepared_at: str
    expires_at: str
    previous: Digest | None
    note: str
    snapshot: Digest
    """``Snapshot.digest`` of what was approved."""
    file: Digest
    """SHA-256 of the snapshot file's bytes."""
    source: Digest | None
    """``Snapshot.source``: equal raw bytes need no canonicalisation."""
    items: Mapping[str, ApprovedItem]
    origin: str
    """``live`` or ``static``: whether the running server was asked."""
    statement: Digest
    """Of the payload itself; the next version names it as ``previous``."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Of a model: SHA-256 of each file by its path, as other verifiers hold it against the files."""


@dataclass(frozen=True, slots=True)
class SignedBaseline:
    """As it lies in the store: nothing in it is trusted before ``verify`` says so."""

    slug: str
    """The folder's name."""
    payload: bytes
    """The statement as it lies on disk; each bundle must carry the very same bytes."""
    bundles: Mapping[str, bytes]
    """File name → Sigstore bundle v0.3."""
    snapshot: bytes
    """The snapshot file, bound to the payload by its item digests."""


class VerificationStatus(StrEnum):
    """What checking a baseline came to."""

    VERIFIED = "verified"
    MISSING = "missing"
    """No baseline for a target that needs one."""
    UNSIGNED = "unsigned"
    UNTRUSTED = "untrusted"
    """Signed, but by nobody whom the policy names for this target."""
    BELOW_THRESHOLD = "below-threshold"
    EXPIRED = "expired"
    ROLLED_BACK = "rolled-back"
    """Older than one that was already seen, or below the policy's minimum."""
    EQUIVOCATION = "equivocation"
    """Another content under a version that was already seen."""
    WRONG_TARGET = "wrong-target"
    """A valid baseline of something else (mix-and-match)."""
    TAMPERED = "tampered"
    """The snapshot is not the one that was signed."""
    NO_POLICY = "no-policy"
    POLICY_CHANGED = "policy-changed"
    """The trust policy or a key is not the one pinned by ``--trust-digest``."""
    UNSAFE = "unsafe-unsigned"
    """The user asked to use an unsigned baseline; every report shows it."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to: may this baseline be believed?"""

    status: VerificationStatus
    reason: str
    """One sentence, with the mend."""
    signers: tuple[str, ...] = ()
    """People, as the policy names them, whose signatures hold."""
    version: int = 0
    expires_at: str = ""
    rollback_checked: bool = False
    """False without a state file: then an older signed baseline would pass."""

    @property
    def trusted(self) -> bool:
        """Whether the baseline may be compared against."""
        return self.status in {VerificationStatus.VERIFIED, VerificationStatus.UNSAFE}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One public key of one person."""

    pem: bytes
    """SubjectPublicKeyInfo, PEM."""
    file: str
    """Where the policy found it, for messages."""
    valid_from: str = ""
    """RFC 3339 or ``YYYY-MM-DD``; empty: always."""
    revoked: str = ""
    """Day of revocation; a revoked key never counts, whenever it signed."""


@dataclass(frozen=True, slots=True)
class TrustedIdentity:
    """One identity that a person, or a workflow, signs under without a key."""

    san: str
    """Of the certificate, exact: an address of mail, or the URL of a workflow at its ref."""
    issuer: str
    """Who says so: the URL of the OpenID Connect provider."""
    valid_from: str = ""
    """As that of a key."""
    revoked: str = ""
    """As that of a key."""


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """The certificates that one authority issued to one person."""

    pem: bytes
    """Its root certificate."""
    file: str
    """Where the policy found it, for messages."""
    subject: str
    """Common name or alternative name of the person's certificates, exact; ``*`` for whomever it certified."""
    valid_from: str = ""
    """As that of a key."""
    revoked: str = ""
    """As that of a key."""


@dataclass(frozen=True, slots=True)
class TrustRule:
    """Who may approve baselines of the targets that ``match`` names."""

    match: str
    """Glob over target identities."""
    signers: tuple[str, ...]
    threshold: int = 1
    """How many different people must have signed."""
    max_age_days: int = 0
    """0: as long as the baseline itself says."""
    min_version: int = 0


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """``trust.toml`` with every key that it names."""

    digest: Digest
    """Covers the policy and all keys: what ``--trust-digest`` pins."""
    signers: Mapping[str, tuple[TrustedKey, ...]]
    rules: tuple[TrustRule, ...]
    path: str = ""
    external: bool = field(default=False)
    """Given from outside the scanned tree, or pinned by digest: only then may it start a server."""
    identities: Mapping[str, tuple[TrustedIdentity, ...]] = field(default_factory=dict)
    """By person, as ``signers``."""
    trusted_root: bytes = field(default=b"", repr=False)
    """Sigstore's root of trust as JSON, for identities."""
    authorities: Mapping[str, tuple[TrustedAuthority, ...]] = field(default_factory=dict)
    """By person, as ``signers``."""
