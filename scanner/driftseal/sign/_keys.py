"""Public and private keys: the few kinds that count, and nothing that a key file says about itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from driftseal.errors import TrustError
from driftseal.limits import KIB

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey
    PublicKey = EllipticCurvePublicKey | Ed25519PublicKey

_MOST: Final = 64 * KIB
_KINDS: Final = "ECDSA P-256 and Ed25519 keys count"


def read_file(path: Path) -> bytes:
    """A key file's bytes.

    Raises:
        TrustError: it cannot be read or is far too large for a key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST + 1)
    except OSError as cause:
        raise TrustError(f"{path}: cannot be read: {cause.strerror}") from cause
    if len(data) > _MOST:
        raise TrustError(f"{path}: too large for a key")
    return data


def public_key(data: bytes, name: str) -> PublicKey:
    """A public key from PEM, from a certificate in PEM, or from an OpenSSH line.

    Of a certificate only the key counts: who issued it, and until when, is not looked at.

    Raises:
        TrustError: no key, or of a kind that does not count.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    key: object
    try:
        if data.lstrip().startswith((b"ssh-", b"ecdsa-")):
            key = serialization.load_ssh_public_key(data.strip())
        elif b"-----BEGIN CERTIFICATE-----" in data:
            from cryptography.x509 import load_pem_x509_certificate

            key = load_pem_x509_certificate(data).public_key()
        else:
            key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as cause:
        hint = "give the public key (FILE.pub), not the private one" if b"PRIVATE" in data else ""
        raise TrustError(f"{name}: not a public key", hint=hint) from cause
    return accepted(key, name)


def accepted(key: object, name: str) -> PublicKey:
    """The key, where it is of a kind that counts.

    Raises:
        TrustError: it is of another kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise TrustError(f"{name}: a key of this kind does not count", hint=_KINDS)


def private_key(data: bytes, name: str, passphrase: bytes | None, *, openssh: bool) -> PrivateKey:
    """A private key from PKCS#8 PEM, or from an OpenSSH key file.

    Raises:
        TrustError: no key, of a kind that does not count, or the passphrase is missing or wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        key = load(data, password=passphrase)
    except TypeError as cause:
        needs = "is encrypted" if passphrase is None else "is not encrypted"
        hint = "name the variable that holds its passphrase with --passphrase-env" if passphrase is None else ""
        raise TrustError(f"{name}: the key {needs}", hint=hint or "leave --passphrase-env out") from cause
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise TrustError(f"{name}: not a private key, or the passphrase is wrong") from cause
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise TrustError(f"{name}: a key of this kind does not count", hint=_KINDS)


def pem(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def der(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def sign(key: PrivateKey, data: bytes) -> bytes:
    """ECDSA over SHA-256, or Ed25519, as the key is."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    return key.sign(data)


def holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether this key made this signature over these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(signature, data)
    except InvalidSignature:
        return False
    return True
