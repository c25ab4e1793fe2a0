"""Signatures with a certificate of somebody's own authority: the chain in the bundle must end at a root of the policy.

The policy says whose certificates of that authority count. Nothing of the bundle proves when a signature was made, so
every certificate of the chain has to be in force today: with a key that was stolen after its certificate had expired,
anybody could sign. Revocation lists are not asked for; a certificate is taken out of force in the policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from driftseal.errors import TrustError
from driftseal.model.trust import TrustedAuthority
from driftseal.sign import _keys
from driftseal.sign.envelope import Envelope

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ANYBODY: Final = "*"
_LONGEST: Final = 8
"""Certificates of one chain."""
_SOUND: Final = frozenset({"sha256", "sha384", "sha512", ""})
"""Hashes that a certificate may be signed over; none where the signature brings its own."""


def root(data: bytes, name: str) -> bytes:
    """The one certificate in a file, as PEM.

    Raises:
        TrustError: it holds none or several, or it is no authority's.
    """
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import DuplicateExtension, InvalidVersion, load_pem_x509_certificates

    try:
        held = load_pem_x509_certificates(data)
        unfit = _unfit_to_issue(held[0], 0)
    except (ValueError, DuplicateExtension, InvalidVersion) as cause:
        raise TrustError(f"{name}: holds no certificate", hint="give the root certificate as PEM") from cause
    if len(held) != 1:
        raise TrustError(f"{name}: holds {len(held)} certificates", hint="give the root certificate alone")
    if unfit:
        raise TrustError(f"{name}: {unfit}", hint="for a signer's own certificate, leave its subject out")
    return held[0].public_bytes(Encoding.PEM)


def check(envelope: Envelope, authority: TrustedAuthority, today: str) -> str | None:
    """Why a signature does not count that a certificate of this authority made; empty where it counts.

    ``None`` where no certificate of it made this signature, or none for the wanted subject. Without a day, whether they
    are in force is not looked at.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import (
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
        load_der_x509_certificate,
        load_pem_x509_certificate,
    )

    if not 0 < len(envelope.chain) < _LONGEST:
        return None
    try:
        chain = [load_der_x509_certificate(one) for one in envelope.chain]
        leaf, anchor = chain[0], load_pem_x509_certificate(authority.pem)
        if not _is_for(leaf, authority.subject) or not _made(envelope, leaf):
            return None
        path = _path(leaf, chain[1:], anchor)
        return None if path is None else _why_not(path, today)
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
    ):
        # A chain that cannot be read is as good as one of another authority.
        return None


def _is_for(leaf: Certificate, subject: str) -> bool:
    return subject == ANYBODY or subject in _subjects(leaf)


def _subjects(leaf: Certificate) -> set[str]:
    """Whom it was issued to: common names, and alternative names that are text."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = {str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return found
    return found | {
        str(one.value)
        for one in names
        if isinstance(one, x509.RFC822Name | x509.DNSName | x509.UniformResourceIdentifier)
    }


def _made(envelope: Envelope, leaf: Certificate) -> bool:
    try:
        key = _keys.accepted(leaf.public_key(), "its certificate")
    except TrustError:
        return False
    return _keys.holds(key, envelope.signature, envelope.signed)


def _path(leaf: Certificate, others: Sequence[Certificate], anchor: Certificate) -> list[Certificate] | None:
    """From the signer's certificate to the root, each issued by the next one."""
    path, left = [leaf], list(others)
    while not _issued(path[-1], anchor):
        following = next((one for one in left if one != anchor and _issued(path[-1], one)), None)
        if following is None:
            return None
        left.remove(following)
        path.append(following)
    return [*path, anchor]


def _issued(one: Certificate, by: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _why_not(path: Sequence[Certificate], today: str) -> str:
    """What is wrong with a chain whose signatures hold; empty where nothing is."""
    day = dt.date.fromisoformat(today) if today else None
    for depth, one in enumerate(path):
        begins, ends = one.not_valid_before_utc.date(), one.not_valid_after_utc.date()
        named = "its certificate" if depth == 0 else "a certificate above its own"
        if day is not None and not begins <= day <= ends:
            return f"{named} is in force from {begins} to {ends}"
        hashed = one.signature_hash_algorithm
        if depth < len(path) - 1 and (hashed.name if hashed is not None else "") not in _SOUND:
            return f"{named} is signed over a hash that no longer counts"
        unfit = _unfit_to_issue(one, depth - 1) if depth else _unfit_to_sign(one)
        if unfit:
            return f"{named} {unfit}"
    return ""


def _unfit_to_sign(leaf: Certificate) -> str:
    """As ``model_signing`` has it: a certificate for signatures, or for signatures of code."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    basic = _extension(leaf, x509.BasicConstraints)
    usage = _extension(leaf, x509.KeyUsage)
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if isinstance(basic, x509.BasicConstraints) and basic.ca:
        return "is that of an authority"
    signs = isinstance(usage, x509.KeyUsage) and usage.digital_signature
    code = isinstance(purposes, x509.ExtendedKeyUsage) and ExtendedKeyUsageOID.CODE_SIGNING in purposes
    if not signs and not code:
        return "is for no signatures"
    return _unknown(leaf)


def _unfit_to_issue(issuer: Certificate, below: int) -> str:
    """``below`` counts authorities between it and the signer."""
    from cryptography import x509

    basic = _extension(issuer, x509.BasicConstraints)
    usage = _extension(issuer, x509.KeyUsage)
    if not isinstance(basic, x509.BasicConstraints) or not basic.ca:
        return "is that of no authority"
    if basic.path_length is not None and below > basic.path_length:
        return "allows fewer authorities below it"
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
        return "may not issue others"
    return _unknown(issuer)


def _extension(one: Certificate, kind: type) -> object:
    from cryptography.x509 import ExtensionNotFound

    try:
        return one.extensions.get_extension_for_class(kind).value
    except ExtensionNotFound:
        return None


def _unknown(one: Certificate) -> str:
    """A condition that must not be passed over, and that nobody here can judge, such as constraints of names."""
    from cryptography import x509

    known = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.SubjectAlternativeName)
    for extension in one.extensions:
        constrains = isinstance(extension.value, x509.NameConstraints)
        if constrains or (extension.critical and not isinstance(extension.value, known)):
            return f"has a condition that is not checked here ({extension.oid.dotted_string})"
    return ""
