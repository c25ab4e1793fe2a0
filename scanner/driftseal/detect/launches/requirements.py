"""What a runner is told to fetch: the name, the version, and whether tomorrow it is still the same thing."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from driftseal.records import dataclass
from driftseal.regexes import regex

_NPM: Final = regex(r"(@[^/@\s]+/[^@\s]+|[^@/\s:]+)(?:@(.*))?", re.DOTALL)
_NPM_ALIAS: Final = regex(r"npm:")
_SEMVER: Final = regex(r"[=v]?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_PYPI: Final = regex(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_EXACT: Final = regex(r"(?:===?|@)\s*v?\d[0-9A-Za-z.+!-]*")
_GIT: Final = regex(r"(?:git\+|git@|git:|github:|gitlab:|bitbucket:|gist:)|\S+\.git(?:[#@]|\Z)", re.IGNORECASE)
_SHORTHAND: Final = regex(r"[A-Za-z0-9][\w-]*/[\w.-]+(?:#\S*)?")
_COMMIT: Final = regex(r"[#@&](?:commit=)?[0-9a-f]{40}(?![0-9a-f])")
_HASHED: Final = regex(r"#(?:sha256|sha384|sha512)[=-]", re.IGNORECASE)
_URL: Final = regex(r"https?://", re.IGNORECASE)
_LOCAL: Final = regex(r"(?:\.{0,2}[\\/]|~|\.\Z|file:|link:|[A-Za-z]:[\\/])")
_REFERENCE: Final = regex(r"[$%{]|<[A-Za-z]")
_LONGEST: Final = 1024
"""Characters of a requirement that are read; npm allows 214 for a name."""


class Source(StrEnum):
    """Where a package comes from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, as npm or pip read it."""

    name: str
    version: str
    source: Source
    pinned: bool
    """Always the same bytes as long as the registry keeps its word: an exact version, a commit, a hash."""


def parse(text: str, ecosystem: str) -> Requirement:
    """Read a requirement as the runner would (npm-package-arg; PEP 508 and ``uvx name@version``)."""
    text = text[:_LONGEST].strip()
    if ecosystem == "pypi":
        name, at, address = text.partition(" @ ")
        if at:
            inner = _read(address, ecosystem)
            return Requirement(name.strip(), "", inner.source, inner.pinned)
    elif (split := _NPM.fullmatch(text)) and split[2] and _elsewhere(split[2]):
        inner = _read(_NPM_ALIAS.sub("", split[2], count=1), ecosystem)
        name = inner.name if _NPM_ALIAS.match(split[2]) else split[1]
        return Requirement(name, inner.version, inner.source, inner.pinned)
    return _read(text, ecosystem)


def _read(text: str, ecosystem: str) -> Requirement:
    if _GIT.match(text):
        return Requirement(text, "", Source.GIT, _COMMIT.search(text) is not None)
    if _URL.match(text):
        return Requirement(text, "", Source.URL, _HASHED.search(text) is not None)
    if _LOCAL.match(text):
        return Requirement(text, "", Source.LOCAL, pinned=True)
    return _npm(text) if ecosystem == "npm" else _pypi(text)


def _elsewhere(specifier: str) -> bool:
    return bool(
        _NPM_ALIAS.match(specifier) or _GIT.match(specifier) or _URL.match(specifier) or _LOCAL.match(specifier)
    )


def _npm(text: str) -> Requirement:
    if not text.startswith("@") and _SHORTHAND.fullmatch(text):
        # npm reads «owner/name» as a repository on GitHub.
        return Requirement(text, "", Source.GIT, _COMMIT.search(text) is not None)
    found = _NPM.fullmatch(text)
    name, version = (found[1], found[2] or "") if found else (text, "")
    # What a variable will hold is not ours to guess; whoever wrote one meant to pin.
    pinned = _SEMVER.fullmatch(version) is not None or bool(_REFERENCE.search(version))
    return Requirement(name, version, Source.REGISTRY, pinned)


def _pypi(text: str) -> Requirement:
    found = _PYPI.match(text)
    name, rest = (found[1], found[2].split(";")[0].strip()) if found else (text, "")
    pinned = (_EXACT.fullmatch(rest) is not None and "*" not in rest) or bool(_REFERENCE.search(rest))
    return Requirement(name, rest, Source.REGISTRY, pinned)


def normalised(name: str, ecosystem: str) -> str:
    """The name as its registry compares it (PEP 503 for PyPI)."""
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "pypi" else name.lower()
