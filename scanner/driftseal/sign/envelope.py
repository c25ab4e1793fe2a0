"""DSSE envelopes in Sigstore bundles v0.3, in key mode: written by us, verified by anybody."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import to_object, to_text, why

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a bundle holds. Nothing of it is believed before its signature was checked with a key of the policy."""

    payload: bytes
    payload_type: str
    signature: bytes
    hint: str
    """Which key the bundle says it was signed with: a help for other tools, never a reason to trust."""

    @property
    def signed(self) -> bytes:
        """The bytes that the signature covers."""
        return pae(self.payload_type, self.payload)


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_hint(public_der: bytes) -> str:
    """The hint that cosign and sigstore-go write: base64 of SHA-256 over the DER SubjectPublicKeyInfo."""
    return base64.b64encode(hashlib.sha256(public_der).digest()).decode("ascii")


def bundle(payload: bytes, signature: bytes, hint: str) -> bytes:
    """A Sigstore bundle with exactly one signature, as every verifier demands."""
    document = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": [], "timestampVerificationData": {}},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode("ascii"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(signature).decode("ascii"), "keyid": ""}],
        },
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode("ascii")


def open_bundle(data: bytes, name: str, limits: Limits) -> Envelope:
    """Take a bundle apart, strictly.

    Raises:
        FormatError: not a bundle v0.3 with one DSSE signature by a key.
        LimitExceeded: larger than ``limits`` allow.
    """
    parsed = canonical.parse_json(data, name, limits)
    if parsed.duplicate_keys:
        raise FormatError(f"{name}: names {parsed.duplicate_keys[0]!r} twice")
    try:
        return _open(to_object(parsed.value))
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(f"{name}: not a Sigstore bundle that can be checked: {why(cause)}") from cause


def _open(document: Mapping[str, Json]) -> Envelope:
    if document["mediaType"] != MEDIA_TYPE:
        raise ValueError("its media type is not that of version 0.3")
    material = to_object(document["verificationMaterial"])
    if "publicKey" not in material:
        raise ValueError("it was not signed with a key")
    envelope = to_object(document["dsseEnvelope"])
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise ValueError("it must hold exactly one signature")
    hint = to_object(material["publicKey"]).get("hint", "")
    return Envelope(
        payload=_bytes(envelope["payload"]),
        payload_type=to_text(envelope["payloadType"]),
        signature=_bytes(to_object(signatures[0])["sig"]),
        hint=to_text(hint),
    )


def _bytes(value: Json) -> bytes:
    try:
        return base64.b64decode(to_text(value), validate=True)
    except binascii.Error as cause:
        raise ValueError(f"not base64: {cause}") from cause
