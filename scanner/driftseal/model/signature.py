"""Signatures that others made of a model: as they were found, and what checking them came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from driftseal.model.digest import Digest
from driftseal.records import dataclass

_SHOWN: Final = 5
"""Files left out that are told to people one by one."""


class SignatureForm(StrEnum):
    """How a signature is written down."""

    BUNDLE = "bundle"
    """A Sigstore bundle, with a DSSE envelope in it."""
    ENVELOPE = "envelope"
    """A DSSE envelope alone, as cosign attached attestations."""
    SIMPLE = "simple"
    """A signature beside the text that it signs, as cosign attached signatures (simple signing)."""


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature that lies beside a model, or that its registry has. Nothing of it is believed."""

    name: str
    """Path in the model, or what its registry calls it."""
    data: bytes = field(repr=False)
    form: SignatureForm = SignatureForm.BUNDLE
    signature: str = ""
    """Base64, where it lies beside the text."""
    subject: Digest | None = None
    """The manifest that it has to be about; ``None`` where it has to cover files."""
    measured: Mapping[str, str] = field(default_factory=dict)
    """Digests that were made for this signature alone, by the name of its resource: of parts of files, or BLAKE2."""
    item: str = ""
    """Key of the item that stands for it."""
    unread: str = ""
    """Why it could not be read; then ``data`` is empty."""


class SignatureStatus(StrEnum):
    """What checking a signature came to; the first that applies."""

    MALFORMED = "malformed"
    """It cannot be read, or contradicts itself."""
    MISMATCH = "mismatch"
    """It is one of other bytes than those that are here."""
    UNCHECKED = "unchecked"
    """It covers files by digests that are not computed here."""
    UNKNOWN = "unknown-signer"
    """It fits, and nobody whom the trust policy names made it."""
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The answer to: who says that these are the files?"""

    name: str
    status: SignatureStatus
    reason: str
    """One sentence."""
    signers: tuple[str, ...] = ()
    """People, as the policy names them, whose signature it is, whether it fits or not."""
    covered: int = 0
    """Files that it covers and that are here with the digest that it says."""
    claimed: int = 0
    """Files whose digest whoever has them says, and nobody computed here."""
    changed: tuple[str, ...] = ()
    """Files with another digest."""
    removed: tuple[str, ...] = ()
    """Files that it covers and that are not here."""
    added: tuple[str, ...] = ()
    """Files that are here and that it does not cover."""
    ignored: tuple[str, ...] = ()
    """Files that are here and that the signer left out by name."""
    refused: str = ""
    """Why a signature that holds does not count: its key was revoked, or counts only later."""
    item: str = ""
    """Key of the item that stands for it; empty where none does."""

    def __str__(self) -> str:
        """For people."""
        shown = ", ".join(self.ignored[:_SHOWN]) + (" …" if len(self.ignored) > _SHOWN else "")
        left = f"; left out by name: {shown}" if self.ignored else ""
        return f"{self.status}, {self.reason}{left}"
