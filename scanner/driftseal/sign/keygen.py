"""A new key pair."""

from __future__ import annotations

import os
from pathlib import Path

from driftseal.errors import UsageError
from driftseal.sign import _keys


def generate(path: Path, *, passphrase: bytes | None) -> bytes:
    """Write an ECDSA P-256 private key (PKCS#8 PEM, for its owner alone) and ``path.pub``; returns the public PEM.

    Raises:
        UsageError: one of the files is there already, or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        KeySerializationEncryption,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    public = _keys.pem(key.public_key())
    _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), 0o600)
    _write_new(path.with_name(path.name + ".pub"), public, 0o644)
    return public


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        # O_EXCL: neither an existing key nor a link that somebody put there is written to.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise UsageError(f"{path}: is there already", hint="name another file; a key is never overwritten") from None
    except OSError as cause:
        raise UsageError(f"{path}: cannot be written: {cause.strerror}") from cause
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
