"""``bom --sign`` and ``bom verify``: a bundle beside the document, and whether both belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from driftseal import atomic
from driftseal.errors import FormatError, LimitExceeded, UsageError
from driftseal.limits import Limits
from driftseal.model.trust import TrustPolicy, Verification, VerificationStatus
from driftseal.pipeline import trust
from driftseal.pipeline.scan import Run
from driftseal.pipeline.trust import TrustOptions
from driftseal.sign import attestation
from driftseal.sign.base import Signer
from driftseal.sign.envelope import open_bundle

SUFFIX: Final = ".sigstore.json"
_MOST: Final = 20
"""Bundles of one document."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is believed: the holder of one key, or whom the trust policy names."""

    options: TrustOptions
    key: Path | None = None


def sign(document: Path, data: bytes, signer: Signer, limits: Limits) -> Path:
    """Write the bundle beside a document of these bytes; where it lies.

    Raises:
        FormatError: the document is of a format that has no predicate.
        LimitExceeded: the bundle would be larger than readers take.
        TrustError: the key cannot be used.
        UsageError: the bundle cannot be written.
    """
    bundle = signer.sign(attestation.make(document.name, data, limits))
    beside = beside_of(document)
    # What we would not read again must not be handed to anybody.
    open_bundle(bundle, str(beside), limits)
    try:
        atomic.write(beside, bundle)
    except OSError as cause:
        raise UsageError(f"{beside}: cannot be written: {cause.strerror}", hint="name another --output") from cause
    return beside


def beside_of(document: Path) -> Path:
    """Where the bundle of a document lies unless somebody says otherwise."""
    return document.with_name(document.name + SUFFIX)


def verify(document: Path, bundles: Sequence[Path], whom: Whom, run: Run) -> Verification:
    """Whether the document is the one that trusted people attested; by default with the bundle beside it.

    Raises:
        UsageError: a file cannot be read, or there are too many bundles.
        TrustError: the key is none, or the policy is not the one that was pinned.
    """
    if len(bundles) > _MOST:
        raise UsageError(f"more than {_MOST} bundles", hint="name those of the people whose signatures count")
    limits = run.config.limits
    data = _read(document, limits)
    named = list(bundles) or [beside_of(document)]
    if not bundles and not named[0].is_file():
        reason = f"nobody has signed it: there is no {named[0].name} beside it"
        return Verification(VerificationStatus.UNSIGNED, reason)
    policy = _policy(whom, run)
    if policy is None:
        reason = "no trust policy says who may sign; name one with --trust, or a public key with --key"
        return Verification(VerificationStatus.NO_POLICY, reason)
    read = {str(path): _read(path, limits) for path in named}
    try:
        return attestation.check(document.name, data, read, policy, run.context.now, limits)
    except (FormatError, LimitExceeded) as cause:
        return Verification(VerificationStatus.TAMPERED, str(cause))


def _policy(whom: Whom, run: Run) -> TrustPolicy | None:
    return attestation.of_key(whom.key) if whom.key else trust.open_policy(run, whom.options)


def _read(path: Path, limits: Limits) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except OSError as cause:
        raise UsageError(f"{path}: cannot be read: {cause.strerror}", hint="name a file that is there") from cause
    if len(data) > limits.file_bytes:
        raise UsageError(
            f"{path}: larger than {limits.file_bytes} bytes", hint="raise limits.file_bytes if it is meant to be"
        )
    return data
