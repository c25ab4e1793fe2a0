"""What a value that is written down says of itself: a dummy, a hash, a key for everyone, or a secret."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.observe import randomness
from driftseal.regexes import regex

_DOCUMENTED: Final = 2000
"""Characters of a comment before a value in it."""
_LOOKED_AT: Final = 512
_NAME: Final = regex(r"[A-Za-z_][\w-]*\Z")
_LONGEST_NAME: Final = 100
_PARTS: Final = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PATH: Final = regex(r"(?:[~.]{0,2}/|[A-Za-z]:\\|[a-z]+:)[\w./~@:%#?&=+-]*")
_DOTTED: Final = regex(r"[A-Za-z_][\w-]*(?:[.:][A-Za-z_][\w-]*)+")
_INTEGRITY: Final = regex(r"(?:sha\d{1,3}|md5|blake\w{1,3})[-:=$]", re.IGNORECASE)
_PUBLIC: Final = regex(
    r"(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|MII[A-Za-z0-9+/]{3}ANBg|pk_(?:live|test)|sk_test|rk_test|pub[_-]|phc_)"
)
_PASSWORD: Final = frozenset({"password", "passwd", "passphrase", "pwd"})
_SHORTEST: Final = 16
_SHORTEST_PASSWORD: Final = 10
_LONGEST: Final = 256
_BESIDE: Final = 160
"""Characters around a value in which the rest of its settings stands."""
_HASH_SIZES: Final = frozenset({40, 56, 64, 96, 128})
_COMMENTS: Final = ("*", "//")
_EXAMPLE: Final = regex(r"""\bexamples?["']?\s*:\s*\[?\s*\{\Z""")
_SYMBOL: Final = regex(r"[^A-Za-z0-9_.-]")


@cache
def lists() -> dict[str, Json]:
    """``rules/lists/hard-coded-secrets.yaml``."""
    data = rulebook.load_list("hard-coded-secrets")
    if not isinstance(data, dict):
        raise RuleError("rules/lists/hard-coded-secrets.yaml: expected a mapping")
    return data


@cache
def words(name: str) -> tuple[str, ...]:
    """One of its lists of words."""
    listed = lists().get(name)
    if not isinstance(listed, list) or not listed:
        raise RuleError(f"rules/lists/hard-coded-secrets.yaml: {name} is a list")
    return tuple(str(word) for word in listed)


def is_in_sample(path: str) -> bool:
    """Whether a file is of a demonstration, by its name or that of a folder around it."""
    stem = posixpath.splitext(path)[0]
    return any(part.lower().replace("-", "_") in words("sample_places") for part in stem.split("/"))


def is_dummy(value: str, dummies: Sequence[str]) -> bool:
    """Whether it says that it stands in for a secret: ``your-api-key``, ``sk-...``, ``<token>``."""
    seen = value[:_LOOKED_AT].lower()
    return any(dummy in seen for dummy in dummies)


def is_quoted(text: str, start: int) -> bool:
    """Whether the line is one of a comment that shows how a value looks: ``* '-----BEGIN …``."""
    line = text[max(text.rfind("\n", 0, start) + 1, start - _LOOKED_AT) : start]
    return line.lstrip().startswith(_COMMENTS)


def is_shown(text: str, start: int) -> bool:
    """Whether it stands in the example of a comment that documents what follows: ``* @example``."""
    if not is_quoted(text, start):
        return False
    before = text[max(0, start - _DOCUMENTED) : start]
    return before.rfind("@example") > max(before.rfind("/**"), before.rfind("*/"))


def is_sample(text: str, start: int) -> bool:
    """Whether it stands in the example of a schema: ``"example": {"token": …``."""
    before = text[max(0, start - _BESIDE) : start]
    opened = before.rfind("{")
    return opened > before.rfind("}") and _EXAMPLE.search(before, 0, opened + 1) is not None


def is_private_token(value: str) -> bool:
    """Whether a web token is signed, readable and meant for somebody in particular."""
    header, payload, _ = value.split(".", 2)
    told = _decoded(payload)
    if '"alg"' not in _decoded(header) or not told.startswith("{"):
        return False
    lowered = told.lower()
    return not any(mark.lower() in lowered for mark in words("public_tokens"))


def _decoded(part: str) -> str:
    seen = part[: _LOOKED_AT * 8]
    try:
        return base64.urlsafe_b64decode(seen + "=" * (-len(seen) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def is_live_password(user: str, password: str, host: str, dummies: Sequence[str]) -> bool:
    """Whether ``user:password@host`` opens something that is not the reader's own machine."""
    labels = host.lower().split(".")
    if len(labels) < 2 or host.startswith(("127.", "0.")) or any(label in words("example_hosts") for label in labels):  # noqa: PLR2004  # one label is a neighbour in a private network
        return False
    if is_dummy(password, dummies) or is_dummy(host, dummies):
        return False
    lowered = password.lower()
    if (
        lowered in words("dull_passwords")
        or lowered == user.lower()
        or lowered.rstrip("0123456789!") in words("dull_passwords")
    ):
        return False
    return randomness.classes(password) > 1 and not randomness.is_typed(password)


def name_before(text: str, start: int, end: int) -> str:
    """The whole name whose tail begins at ``start``, of which the value follows at ``end``."""
    tail = re.match(r"[\w.-]*", text[start:end])
    found = _NAME.search(text[max(0, start - _LONGEST_NAME) : start] + (tail[0] if tail else ""))
    return found[0].strip("-") if found else ""


def says_secret(name: str) -> bool:
    """Whether a thing of this name holds a secret: ``STRIPE_API_KEY``, not ``token_url``."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts or parts[0] in words("whether") or any(part in words("plain_words") for part in parts):
        return False
    joined = ["".join(parts[index:until]) for index in range(len(parts)) for until in range(index + 1, index + 4)]
    return any(run in words("names") for run in joined)


def is_secret(name: str, value: str) -> bool:
    """Whether a value under the name of a secret is one."""
    if len(value) > _LONGEST or randomness.is_uuid(value) or _is_told(value):
        return False
    if randomness.is_hexadecimal(value):
        return len(value) >= 2 * _SHORTEST and _may_be_key(name, value) and randomness.is_random(value)
    if any(part.lower() in _PASSWORD for part in _PARTS.findall(name)):
        return len(value) >= _SHORTEST_PASSWORD and _is_strong(value)
    return len(value) >= _SHORTEST and randomness.is_random(value)


def is_for_everyone(text: str, start: int, end: int) -> bool:
    """Whether a key is one that every copy carries: for a search of documents, or to count how a program is used."""
    beside = text[max(0, start - _BESIDE) : end + _BESIDE].lower()
    return any(all(word in beside for word in together.split()) for together in words("for_everyone"))


def _is_told(value: str) -> bool:
    """Whether it is a path, an address, a dotted name, a hash that says so or a key for the public."""
    forms = (_PATH, _DOTTED)
    return (
        value.startswith("-")
        or any(form.fullmatch(value) for form in forms)
        or bool(_INTEGRITY.match(value) or _PUBLIC.match(value))
    )


def _may_be_key(name: str, value: str) -> bool:
    """A hexadecimal value of a hash's size is a key only where the name says key or secret, not token alone."""
    lowered = name.lower()
    return len(value) not in _HASH_SIZES or "key" in lowered or "secret" in lowered


def _is_strong(value: str) -> bool:
    """Whether a password is such as machines and careful people make."""
    dull = any(word in value.lower() for word in words("dull_passwords") if len(word) > 3)  # noqa: PLR2004  # shorter ones occur by chance
    mixed = randomness.classes(value) == 3 and (_SYMBOL.search(value) is not None or len(value) >= _SHORTEST)  # noqa: PLR2004  # all three
    return mixed and not dull and not randomness.is_typed(value)
