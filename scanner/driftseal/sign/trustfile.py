"""Editing ``trust.toml`` as a person would: adding lines, keeping what is there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from driftseal import atomic
from driftseal.errors import ConfigError, UsageError
from driftseal.limits import DEFAULT_LIMITS
from driftseal.sign import _keys, policy

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NEW: Final = """\
# Who may approve baselines. Whoever can change this file can change whom to believe:
# keep it, or its digest (driftseal trust show), outside of what it guards.

[[rule]]
match = "*"
signers = ["*"]
threshold = 1
"""


def add(path: Path, person: str, public: bytes) -> None:
    """Let a person's key count; makes the policy where there is none.

    ``public`` is PEM or an OpenSSH public key.

    Raises:
        UsageError: the name cannot be used, or the key counts already.
        TrustError: it is no key that counts.
        ConfigError: the policy that is there cannot be read.
    """
    if not _NAME.fullmatch(person):
        raise UsageError(f"{person!r} is no name for a signer", hint="use letters, digits, - and _")
    key = _keys.pem(_keys.public_key(public, f"{person}'s key"))
    with _alone(path):
        _add(path, person, key)


def _add(path: Path, person: str, key: bytes) -> None:
    text = _NEW
    if path.exists():
        for name, keys in policy.load(path, DEFAULT_LIMITS).signers.items():
            if any(known.pem == key for known in keys):
                raise UsageError(f"{path}: this key is {name}'s already")
        text = path.read_text(encoding="utf-8")
    block = f'\n[[signer.{person}.key]]\npem = """\n{key.decode("ascii")}"""\n'
    _write(path, text.rstrip("\n") + "\n" + block)


def revoke(path: Path, person: str, day: dt.date) -> None:
    """Mark every key and identity of a person as revoked.

    Raises:
        UsageError: the policy names no such person, or holds them in a form that only a person can edit.
        ConfigError: the policy cannot be read.
    """
    with _alone(path):
        _revoke(path, person, day)


def _revoke(path: Path, person: str, day: dt.date) -> None:
    before = policy.load(path, DEFAULT_LIMITS)
    if person not in before.signers:
        raise UsageError(f"{path}: names no signer {person!r}", hint=f"there are: {', '.join(before.signers)}")
    headers = {f"[[signer.{person}.{part}]]" for part in ("key", "identity")}
    text = path.read_text(encoding="utf-8").splitlines()
    known = len(before.signers[person]) + len(before.identities.get(person, ()))
    if sum(line.strip() in headers for line in text) != known:
        raise UsageError(
            f"{path}: a key of {person!r} is written in a form that must be edited by hand",
            hint=f"add revoked = {day.isoformat()} to each of the keys",
        )
    lines: list[str] = []
    for number, line in enumerate(text):
        lines.append(line)
        if line.strip() in headers and not _is_revoked(text[number + 1 :]):
            lines.append(f"revoked = {day.isoformat()}")
    _write(path, "\n".join(lines) + "\n")


def _is_revoked(following: list[str]) -> bool:
    for line in following:
        if line.lstrip().startswith("["):
            return False
        if re.match(r"\s*revoked\s*=", line):
            return True
    return False


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two who change a policy at once must not lose what the other one wrote: it may be a revocation."""
    with ExitStack() as held:
        try:
            held.enter_context(atomic.alone(path.parent, DEFAULT_LIMITS.lock_seconds))
        except OSError as cause:
            raise ConfigError(f"{path}: cannot be written: {cause.strerror}") from cause
        yield


def _write(path: Path, text: str) -> None:
    try:
        atomic.write(path, text.encode("utf-8"))
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be written: {cause.strerror}") from cause
