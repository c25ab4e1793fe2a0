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
from driftseal.sign import _keys, certificates, policy

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


def add_authority(path: Path, person: str, root: bytes, subject: str) -> None:
    """Let certificates count that an authority issued to a person; makes the policy where there is none.

    ``root`` is its root certificate as PEM, ``subject`` whom it issued them to.

    Raises:
        UsageError: the name or the subject cannot be used, or they count already.
        TrustError: it is no certificate of an authority.
        ConfigError: the policy that is there cannot be read.
    """
    if not _NAME.fullmatch(person):
        raise UsageError(f"{person!r} is no name for a signer", hint="use letters, digits, - and _")
    if not subject or not subject.isprintable() or set(subject) & set('"\\'):
        raise UsageError(f"{subject!r} is no subject of a certificate", hint="give its common name, or an address")
    held = certificates.root(root, f"{person}'s authority").decode("ascii")
    with _alone(path):
        text = _NEW
        if path.exists():
            known = policy.load(path, DEFAULT_LIMITS).authorities.get(person, ())
            if any(one.pem.decode("ascii") == held and one.subject == subject for one in known):
                raise UsageError(f"{path}: certificates of this authority for {subject!r} are {person}'s already")
            text = path.read_text(encoding="utf-8")
        block = f'\n[[signer.{person}.authority]]\nsubject = "{subject}"\npem = """\n{held}"""\n'
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
    headers = {f"[[signer.{person}.{part}]]" for part in ("key", "identity", "authority")}
    text = path.read_text(encoding="utf-8").splitlines()
    known = sum(len(held.get(person, ())) for held in (before.signers, before.identities, before.authorities))
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
