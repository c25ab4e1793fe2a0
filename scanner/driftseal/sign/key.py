"""Signing with a private key file in PEM, as ``driftseal keygen`` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from driftseal.model.trust import Statement
from driftseal.sign import _keys
from driftseal.sign.base import Signer
from driftseal.sign.envelope import PAYLOAD_TYPE, bundle, key_hint, pae


class KeySigner(Signer):
    """See `Signer`. ECDSA P-256 is what every verifier accepts; Ed25519 works with most."""

    name: ClassVar[str] = "key"

    def __init__(self, path: Path, *, passphrase: bytes | None, openssh: bool = False) -> None:
        self._key = _keys.private_key(_keys.read_file(path), str(path), passphrase, openssh=openssh)

    def sign(self, statement: Statement) -> bytes:
        """See `Signer.sign`."""
        signature = _keys.sign(self._key, pae(PAYLOAD_TYPE, statement.payload))
        return bundle(statement.payload, signature, key_hint(_keys.der(self._key.public_key())))

    def public_key(self) -> bytes:
        """See `Signer.public_key`."""
        return _keys.pem(self._key.public_key())
