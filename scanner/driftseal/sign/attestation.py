"""Attestations of bills of materials: an in-toto statement whose predicate is the document, as cosign makes them.

The subject is the written file, so that whoever has the file and the bundle needs nothing else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError, LimitExceeded
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Json
from driftseal.model.trust import (
    Statement,
    TrustedKey,
    TrustPolicy,
    TrustRule,
    Verification,
    VerificationStatus,
)
from driftseal.narrow import list_or_empty, object_or_empty, text_or_empty, to_list, to_object, to_text, why
from driftseal.sign import _keys, makers
from driftseal.sign.envelope import PAYLOAD_TYPE, Envelope, open_found
from driftseal.sign.policy import EVERYBODY, people, rule_for
from driftseal.sign.statement import STATEMENT_TYPE

CYCLONEDX: Final = "https://cyclonedx.org/bom"
SPDX: Final = "https://spdx.dev/Document"
_STATEMENTS: Final = frozenset({STATEMENT_TYPE, "https://in-toto.io/Statement/v0.1"})
_VERSION: Final = re.compile(r"/v\d[\d.]*")
"""What some makers put behind the type of a predicate."""
_SUBJECTS: Final = 1024


def make(name: str, data: bytes, limits: Limits) -> Statement:
    """The statement about a bill of materials that is written to a file of this name.

    Raises:
        FormatError: it is none in JSON.
        LimitExceeded: larger than ``limits`` allow.
    """
    document = _parsed(data, name, limits)
    return Statement(
        canonical.canonicalize(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": name, "digest": {"sha256": Digest.of(data).value}}],
                "predicateType": _type_of(document, name),
                "predicate": document,
            }
        )
    )


def of_key(path: Path) -> TrustPolicy:
    """A policy that believes whoever has the private half of this key.

    Raises:
        TrustError: it is no public key.
    """
    pem = _keys.pem(_keys.public_key(_keys.read_file(path), str(path)))
    person = path.name
    return TrustPolicy(
        digest=Digest.of(pem),
        signers={person: (TrustedKey(pem, str(path)),)},
        rules=(TrustRule("*", (EVERYBODY,)),),
        path=str(path),
        external=True,
    )


def check(
    name: str, data: bytes, bundles: Mapping[str, bytes], policy: TrustPolicy, now: str, limits: Limits
) -> Verification:
    """Whether people whom the policy names for ``bom/NAME`` attested exactly this file.

    Signatures come first, then what they say, then how old the document is, if the rule bounds that.
    """
    rule = rule_for(policy, f"bom/{name}")
    if rule is None:
        return Verification(VerificationStatus.UNTRUSTED, f"no rule of {policy.path} names bom/{name}")
    try:
        signers = _signers(name, data, bundles, (policy, rule, now[:10]), limits)
        _enough(signers, rule, _parsed(data, name, limits), now)
    except _Refused as refusal:
        return Verification(refusal.status, refusal.reason)
    except (FormatError, LimitExceeded) as cause:
        return Verification(VerificationStatus.TAMPERED, str(cause))
    return Verification(VerificationStatus.VERIFIED, f"signed by {', '.join(signers)}", signers)


class _Refused(Exception):  # it is no error of ours: it is the answer
    """One reason not to believe; ends the checking."""

    def __init__(self, status: VerificationStatus, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def _signers(
    name: str,
    data: bytes,
    bundles: Mapping[str, bytes],
    trusted: tuple[TrustPolicy, TrustRule, str],
    limits: Limits,
) -> tuple[str, ...]:
    """People of the policy who attested exactly this file; several keys of one person count once."""
    policy, rule, today = trusted
    found: set[str] = set()
    refused: list[str] = []
    for file, bundle in sorted(bundles.items()):
        envelope = open_found(bundle, file, limits)
        made = makers.of(envelope, people(policy, rule), policy, today)
        if made.people:
            _about(envelope, file, name, data, limits)
        found |= made.people
        refused += made.refused
    if not found:
        raise _Refused(VerificationStatus.UNTRUSTED, "; ".join(refused) or "signed by nobody who is trusted for it")
    return tuple(sorted(found))


def _enough(signers: tuple[str, ...], rule: TrustRule, document: Mapping[str, Json], now: str) -> None:
    if len(signers) < rule.threshold:
        reason = f"signed by {len(signers)} of {rule.threshold} people: {', '.join(signers)}"
        raise _Refused(VerificationStatus.BELOW_THRESHOLD, reason)
    days = rule.max_age_days
    if days and not _is_young(document, days, now):
        reason = f"it is older than the {days} days that the policy allows, or does not say how old it is"
        raise _Refused(VerificationStatus.EXPIRED, reason)


def _about(envelope: Envelope, file: str, name: str, data: bytes, limits: Limits) -> None:
    """Let only a statement pass that names the file's digest and holds the file's content."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise FormatError(f"{file}: signs a payload of another type")
    statement = _parsed(envelope.payload, file, limits)
    try:
        form = to_text(statement["_type"])
        subjects = [to_object(one) for one in to_list(statement["subject"], _SUBJECTS)]
        named = {text_or_empty(object_or_empty(one.get("digest")).get("sha256")) for one in subjects}
        predicate = to_object(statement["predicate"])
        kind = _VERSION.sub("", to_text(statement["predicateType"]))
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(f"{file}: what is signed is no statement: {why(cause)}") from cause
    if form not in _STATEMENTS:
        raise FormatError(f"{file}: what is signed is no in-toto statement")
    if Digest.of(data).value not in named:
        reason = f"{file}: what is signed is about another file than {name}, or {name} was changed"
        raise _Refused(VerificationStatus.WRONG_TARGET, reason)
    document = _parsed(data, name, limits)
    # Who reads the predicate alone must not read something else than who reads the file.
    if kind != _type_of(document, name) or canonical.canonicalize(predicate) != canonical.canonicalize(document):
        raise FormatError(f"{file}: what is signed holds another document than {name}")


def _is_young(document: Mapping[str, Json], days: int, now: str) -> bool:
    """Whether the document says that it was made in the last so many days."""
    stamps = [object_or_empty(document.get("metadata")).get("timestamp")]
    stamps += [object_or_empty(one).get("created") for one in list_or_empty(document.get("@graph"))]
    try:
        made = dt.datetime.fromisoformat(next(stamp for stamp in stamps if isinstance(stamp, str)))
        return dt.datetime.fromisoformat(now) - made <= dt.timedelta(days=days)
    except (StopIteration, TypeError, ValueError):
        # No time, or one without a zone.
        return False


def _parsed(data: bytes, name: str, limits: Limits) -> dict[str, Json]:
    parsed = canonical.parse_json(data, name, limits)
    if parsed.duplicate_keys:
        raise FormatError(f"{name}: names {parsed.duplicate_keys[0]!r} twice")
    if not isinstance(parsed.value, dict):
        raise FormatError(f"{name}: is no object in JSON")
    return parsed.value


def _type_of(document: Mapping[str, Json], name: str) -> str:
    if document.get("bomFormat") == "CycloneDX":
        return CYCLONEDX
    if "spdx" in text_or_empty(document.get("@context")) or "spdxVersion" in document:
        return SPDX
    raise FormatError(
        f"{name}: is no bill of materials that can be signed",
        hint="write it with --format cyclonedx or --format spdx",
    )
