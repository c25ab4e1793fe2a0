"""Signing with a private key file in PEM, as ``driftseal keygen`` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from driftseal.model.trust import Statement
from driftseal.sign import _keys, oms
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
        public = self._key.public_key()
        of_model = oms.is_of_model(statement.payload)
        hint = oms.key_hint(_keys.pem(public)) if of_model else key_hint(_keys.der(public))
        return bundle(statement.payload, signature, hint)

    def public_key(self) -> bytes:
        """See `Signer.public_key`."""
        return _keys.pem(self._key.public_key())
