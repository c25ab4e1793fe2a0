"""The trust policy: who may approve what. It is read from a file that people review, never from a bundle.

```toml
trusted_root = "trusted_root.json"   # for identities: Sigstore's root of trust, beside this file

[[signer.alice.key]]
file = "keys/alice.pub"          # or pem = "…", or ssh = "ssh-ed25519 …"
valid_from = 2026-01-01          # optional
revoked = 2026-11-01             # optional: nothing that this key ever signed counts any more

[[signer.ci.identity]]           # instead of a key, or beside some
san = "https://github.com/acme/models/.github/workflows/sign.yml@refs/heads/main"
issuer = "https://token.actions.githubusercontent.com"

[[signer.carol.authority]]       # certificates that one's own authority issued to her
root = "ca.pem"                  # its root certificate, beside this file; or pem = "…"
subject = "carol@acme.example"   # common or alternative name, exact; "*" for whomever it certified

[[rule]]                         # the first rule that matches a target counts
match = "*"                      # glob over target identities
signers = ["alice"]              # or ["*"]: everybody above
threshold = 1                    # how many different people must have signed
max_age_days = 90                # optional
min_version = 1                  # optional
```
"""

from __future__ import annotations

import datetime as dt
import difflib
import fnmatch
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from driftseal.errors import ConfigError, TrustError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.trust import TrustedAuthority, TrustedIdentity, TrustedKey, TrustPolicy, TrustRule
from driftseal.narrow import refuse_unknown, to_array, to_table
from driftseal.sign import _keys, certificates

_DOMAIN: Final = b"driftseal-policy-v1\0"
_TOP: Final = frozenset({"signer", "rule", "trusted_root"})
_SIGNER: Final = frozenset({"key", "identity", "authority"})
_AUTHORITY: Final = frozenset({"root", "pem", "subject", "valid_from", "revoked"})
_IDENTITY: Final = frozenset({"san", "issuer", "valid_from", "revoked"})
_KEY: Final = frozenset({"file", "pem", "ssh", "valid_from", "revoked"})
_RULE: Final = frozenset({"match", "signers", "threshold", "max_age_days", "min_version"})
EVERYBODY: Final = "*"
_LARGEST: Final = 1_000_000


def load(path: Path, limits: Limits, *, trust_digest: str = "", external: bool = False) -> TrustPolicy:
    """Read a policy and every key that it names.

    ``external`` says that it lies outside of the scanned tree; a matching ``trust_digest`` says as much.

    Raises:
        ConfigError: it cannot be read, or names a key or a person that does not exist.
        TrustError: a key is none, or the digest is not the one that was pinned.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.slow_text_bytes + 1)
    except OSError as cause:
        raise ConfigError(f"{path}: cannot be read: {cause.strerror}") from cause
    if len(data) > limits.slow_text_bytes:
        raise ConfigError(f"{path}: larger than {limits.slow_text_bytes} bytes")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as cause:
        # Besides what TOML forbids: text that is no UTF-8, a number of too many digits, and nesting without end.
        raise ConfigError(f"{path}: not valid TOML: {cause}", hint="mend the syntax there") from cause
    hashed = hashlib.sha256(_DOMAIN)
    _cover(hashed, "policy", data)
    try:
        refuse_unknown(document, _TOP, str(path))
        people = to_table(document.get("signer", {}), "signer")
        signers = {person: tuple(_read_keys(entry, person, path, hashed)) for person, entry in people.items()}
        identities = {person: tuple(_read_identities(entry, person, path)) for person, entry in people.items()}
        authorities = {one: tuple(_read_authorities(entry, one, path, hashed)) for one, entry in people.items()}
        root = _read_root(document.get("trusted_root"), path, limits, hashed, wanted=any(identities.values()))
        rules = tuple(_read_rule(entry, signers, path) for entry in to_array(document.get("rule", []), "rule"))
    except (TypeError, ValueError) as cause:
        raise ConfigError(f"{path}: {cause}") from cause
    digest = Digest("sha256", hashed.hexdigest())
    if trust_digest and trust_digest != str(digest):
        raise TrustError(
            f"{path}: the policy or one of its keys is not the pinned one: it is {digest}, pinned is {trust_digest}",
            hint="if the change is yours, pin the new digest; else somebody has changed who is believed",
        )
    outside = external or bool(trust_digest)
    return TrustPolicy(digest, signers, rules, str(path), outside, identities, root, authorities)


def rule_for(policy: TrustPolicy, identity: str) -> TrustRule | None:
    """The first rule that names this target."""
    return next((rule for rule in policy.rules if fnmatch.fnmatchcase(identity, rule.match)), None)


def people(policy: TrustPolicy, rule: TrustRule) -> tuple[str, ...]:
    """Whose signatures count under a rule."""
    return tuple(policy.signers) if EVERYBODY in rule.signers else rule.signers


def _cover(hashed: Any, name: str, data: bytes) -> None:
    """Add one part to the digest; lengths keep the parts apart."""
    for part in (name.encode(), data):
        hashed.update(len(part).to_bytes(8, "big") + part)


def _read_keys(entry: object, person: str, path: Path, hashed: Any) -> Iterator[TrustedKey]:
    table = to_table(entry, f"signer.{person}")
    refuse_unknown(table, _SIGNER, f"{path}: signer.{person}")
    for given in to_array(table.get("key", []), f"signer.{person}.key"):
        key = to_table(given, f"signer.{person}.key")
        refuse_unknown(key, _KEY, f"{path}: signer.{person}.key")
        sources = [name for name in ("file", "pem", "ssh") if name in key]
        if len(sources) != 1 or not isinstance(key[sources[0]], str):
            raise ValueError(f"signer.{person}: each key has one of file, pem or ssh")
        name, data = f"{path.name}: signer.{person}", str(key[sources[0]]).encode()
        if sources[0] == "file":
            file = _inside(path.parent, str(key["file"]))
            name, data = str(key["file"]), _keys.read_file(file)
            _cover(hashed, name, data)
        public = _keys.pem(_keys.public_key(data, name))
        yield TrustedKey(public, name, _day(key, "valid_from"), _day(key, "revoked"))


def _read_identities(entry: object, person: str, path: Path) -> Iterator[TrustedIdentity]:
    for given in to_array(to_table(entry, f"signer.{person}").get("identity", []), f"signer.{person}.identity"):
        table = to_table(given, f"signer.{person}.identity")
        refuse_unknown(table, _IDENTITY, f"{path}: signer.{person}.identity")
        san, issuer = table.get("san"), table.get("issuer")
        if not isinstance(san, str) or not san or not isinstance(issuer, str) or not issuer:
            raise ValueError(f"signer.{person}: each identity has san and issuer, both texts")
        yield TrustedIdentity(san, issuer, _day(table, "valid_from"), _day(table, "revoked"))


def _read_authorities(entry: object, person: str, path: Path, hashed: Any) -> Iterator[TrustedAuthority]:
    where = f"signer.{person}.authority"
    for given in to_array(to_table(entry, f"signer.{person}").get("authority", []), where):
        table = to_table(given, where)
        refuse_unknown(table, _AUTHORITY, f"{path}: {where}")
        sources = [one for one in ("root", "pem") if isinstance(table.get(one), str) and table[one]]
        subject = table.get("subject")
        if len(sources) != 1 or not isinstance(subject, str) or not subject:
            raise ValueError(f"signer.{person}: each authority has root, a file, or pem, and subject, all texts")
        name, data = f"{path.name}: signer.{person}", str(table[sources[0]]).encode()
        if sources[0] == "root":
            name = str(table["root"])
            data = _keys.read_file(_inside(path.parent, name))
            _cover(hashed, name, data)
        pem = certificates.root(data, name)
        yield TrustedAuthority(pem, name, subject, _day(table, "valid_from"), _day(table, "revoked"))


def _read_root(name: object, path: Path, limits: Limits, hashed: Any, *, wanted: bool) -> bytes:
    if name is None and not wanted:
        return b""
    if name is None:
        raise ValueError("identities need trusted_root, the file with Sigstore's root of trust")
    if not isinstance(name, str):
        raise TypeError("trusted_root names a file")
    file = _inside(path.parent, name)
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.slow_text_bytes + 1)
    except OSError as cause:
        raise ConfigError(f"{file}: cannot be read: {cause.strerror}") from cause
    if len(data) > limits.slow_text_bytes:
        raise ConfigError(f"{file}: larger than {limits.slow_text_bytes} bytes")
    _cover(hashed, name, data)
    return data


def _inside(folder: Path, name: str) -> Path:
    """A key file beside the policy; one that leads elsewhere would not be covered by a review of the folder."""
    found = (folder / name).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise ValueError(f"key file {name!r} lies outside of the policy's folder")
    if found.exists() and not found.is_file():
        raise ValueError(f"key file {name!r} is no file")
    return found


def _read_rule(entry: object, signers: Mapping[str, object], path: Path) -> TrustRule:
    table = to_table(entry, "rule")
    refuse_unknown(table, _RULE, f"{path}: rule")
    names = tuple(str(name) for name in to_array(table.get("signers", []), "rule.signers"))
    for name in names:
        if name != EVERYBODY and name not in signers:
            near = difflib.get_close_matches(name, signers, 1)
            raise ValueError(f"rule: no signer {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    numbers = {key: _count(table, key) for key in ("threshold", "max_age_days", "min_version") if key in table}
    if not names or numbers.get("threshold", 1) < 1:
        raise ValueError("rule: needs at least one signer and a threshold of at least 1")
    match = table.get("match")
    if not isinstance(match, str) or not match:
        raise ValueError("rule: match is a glob over target identities")
    return TrustRule(match, names, **numbers)


def _count(table: Mapping[str, object], key: str) -> int:
    value = table[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise ValueError(f"rule.{key} is a whole number up to {_LARGEST}")
    return value


def _day(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if value is None:
        return ""
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    return day.isoformat()[:10]
