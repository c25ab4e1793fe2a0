"""DSSE envelopes in Sigstore bundles v0.3: written by us, verified by anybody; and those of others."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from driftseal import canonical
from driftseal.errors import FormatError
from driftseal.limits import Limits
from driftseal.model.item import Json
from driftseal.narrow import to_list, to_object, to_text, why

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_OLDER: Final = tuple(f"application/vnd.dev.sigstore.bundle+json;version=0.{number}" for number in (1, 2, 3))
_KEY: Final = "publicKey"
_CERTIFIED: Final = ("certificate", "x509CertificateChain")
_CERTIFICATES: Final = 16


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a bundle holds. Nothing of it is believed before its signature was checked with a key of the policy."""

    payload: bytes
    payload_type: str
    signature: bytes
    hint: str
    """Which key the bundle says it was signed with: a help for other tools, never a reason to trust."""
    certified: bool = False
    """It comes with a certificate, and not with a key's hint."""
    bundle: bytes = field(default=b"", repr=False)
    """As it came."""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    """Certificates as DER, that of the signer first; as little believed as all the rest."""
    raw: bool = False
    """The payload itself is what is signed, as cosign's simple signing has it."""

    @property
    def signed(self) -> bytes:
        """The bytes that the signature covers."""
        return self.payload if self.raw else pae(self.payload_type, self.payload)


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
        FormatError: not a bundle v0.3 with one DSSE signature.
        LimitExceeded: larger than ``limits`` allow.
    """
    return _read(data, name, limits, lambda document: _open(document, data, (MEDIA_TYPE,)))


def open_found(data: bytes, name: str, limits: Limits) -> Envelope:
    """The same for a bundle of others, which may be of an older version. Raises as ``open_bundle``."""
    return _read(data, name, limits, lambda document: _open(document, data, (MEDIA_TYPE, *_OLDER)))


def open_envelope(data: bytes, name: str, limits: Limits) -> Envelope:
    """The same for a DSSE envelope without a bundle around it. Raises as ``open_bundle``."""
    return _read(data, name, limits, lambda document: _dsse(document, hint="", certified=False, bundle=b""))


def open_simple(data: bytes, signature: str, name: str) -> Envelope:
    """The same for a text that is signed as it is.

    Raises:
        FormatError: the signature is none.
    """
    try:
        return Envelope(data, "", _bytes(signature), "", raw=True)
    except ValueError as cause:
        raise FormatError(f"{name}: its signature cannot be read: {cause}") from cause


def _read(data: bytes, name: str, limits: Limits, read: Callable[[Mapping[str, Json]], Envelope]) -> Envelope:
    parsed = canonical.parse_json(data, name, limits)
    if parsed.duplicate_keys:
        raise FormatError(f"{name}: names {parsed.duplicate_keys[0]!r} twice")
    try:
        return read(to_object(parsed.value))
    except (KeyError, TypeError, ValueError) as cause:
        raise FormatError(f"{name}: not a Sigstore bundle that can be checked: {why(cause)}") from cause


def _open(document: Mapping[str, Json], data: bytes, versions: Collection[str]) -> Envelope:
    if document["mediaType"] not in versions:
        raise ValueError("its media type is not that of version 0.3")
    if "messageSignature" in document:
        raise ValueError("it signs the bytes of one file, and not a statement")
    material = to_object(document["verificationMaterial"])
    certified = any(kind in material for kind in _CERTIFIED)
    if certified == (_KEY in material):
        raise ValueError("it was signed neither with a key nor with a certificate")
    hint = "" if certified else to_text(to_object(material[_KEY]).get("hint", ""))
    chain = _chain(material) if certified else ()
    return _dsse(to_object(document["dsseEnvelope"]), hint=hint, certified=certified, bundle=data, chain=chain)


def _chain(material: Mapping[str, Json]) -> tuple[bytes, ...]:
    if _CERTIFIED[0] in material:
        return (_bytes(to_object(material[_CERTIFIED[0]])["rawBytes"]),)
    held = to_list(to_object(material[_CERTIFIED[1]])["certificates"], _CERTIFICATES)
    return tuple(_bytes(to_object(one)["rawBytes"]) for one in held)


def _dsse(
    envelope: Mapping[str, Json], *, hint: str, certified: bool, bundle: bytes, chain: tuple[bytes, ...] = ()
) -> Envelope:
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise ValueError("it must hold exactly one signature")
    return Envelope(
        payload=_bytes(envelope["payload"]),
        payload_type=to_text(envelope["payloadType"]),
        signature=_bytes(to_object(signatures[0])["sig"]),
        hint=hint,
        certified=certified,
        bundle=bundle,
        chain=chain,
    )


def _bytes(value: Json) -> bytes:
    try:
        return base64.b64decode(to_text(value), validate=True)
    except binascii.Error as cause:
        raise ValueError(f"not base64: {cause}") from cause
