"""Whether an archive is the one that its registry promised."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from driftseal.errors import TargetError
from driftseal.formats.archive import Problem

_STRONG: Final = ("sha512", "sha384", "sha256")
_WEAK: Final = ("sha224", "sha1", "md5")


def check(data: bytes, hashes: Sequence[tuple[str, bytes]], name: str) -> list[Problem]:
    """Compare with the strongest hashes told, of which one has to fit (Subresource Integrity, section 3.3.4).

    Raises:
        TargetError: none fits.
    """
    algorithm = next((known for known in (*_STRONG, *_WEAK) if any(known == told for told, _ in hashes)), "")
    if not algorithm:
        return [Problem("", "the registry tells no hash of the archive, so it was compared with none")]
    found = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    if not any(told == algorithm and hmac.compare_digest(found, value) for told, value in hashes):
        raise TargetError(
            f"{name}: the archive is not the one that the registry promises ({algorithm} differs)",
            hint="fetch it again; if it stays so, the mirror or somebody on the way changes packages",
        )
    if algorithm in _WEAK:
        return [Problem("", f"the registry tells only a {algorithm} hash of the archive, which can be forged")]
    return []


def from_hex(text: str) -> bytes:
    """A hash; empty, which fits nothing, where it cannot be read."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
