"""Signing with an OpenSSH private key file: the key that developers have already."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from driftseal.sign.key import KeySigner


class SshSigner(KeySigner):
    """See `Signer`. The signature is an ordinary DSSE one, not an SSHSIG, so that every verifier reads it."""

    name: ClassVar[str] = "ssh"

    def __init__(self, path: Path, *, passphrase: bytes | None) -> None:
        super().__init__(path, passphrase=passphrase, openssh=True)
