"""Packages and package URLs: only such as mean the same once they are printed and read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from driftseal.model.item import Item, ItemKind
from driftseal.narrow import text_or_empty

if TYPE_CHECKING:
    from packageurl import PackageURL

_REGISTRIES: Final = frozenset({"npm", "pypi", "docker", "oci", "nuget", "golang", "cargo", "maven", "gem", "composer"})
"""Types of package URL that a type and a name are enough for."""
_ANY_CASE: Final = _REGISTRIES - {"docker", "oci"}
"""Those whose versions are written as they are told."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")
"""A version that nothing of is escaped."""
_REMEMBERED: Final = 1024
"""Packages."""
LONGEST: Final = 786
"""Characters of a package URL that Dependency-Track takes; a longer one would keep the whole document out."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a package item, or the package of a launch, is called."""

    purl: str
    """Empty where it is in no registry; survives parsing and printing unchanged."""
    name: str
    version: str = ""
    """Empty for a requirement that more than one version meets."""
    requirement: str = ""
    """As it was asked for."""
    pinned: bool = False


def package_of(item: Item) -> Package | None:
    """The package that an item tells of; ``None`` if it tells of none."""
    content = item.content if isinstance(item.content, dict) else {}
    described = content if item.kind is ItemKind.PACKAGE else content.get("package")
    if isinstance(described, str):
        # Code that starts a server tells its package in one word.
        described = {"purl": described} if described.startswith("pkg:") else {"name": described}
    if not isinstance(described, dict):
        return None
    asked = text_or_empty(described.get("version")) or _version(text_or_empty(described.get("purl")))
    pinned = bool(asked) and described.get("pinned") is not False
    version = asked if pinned else ""
    name = text_or_empty(described.get("name")) or (item.name if item.kind is ItemKind.PACKAGE else "")
    given = text_or_empty(described.get("purl")) or (item.name if item.name.startswith("pkg:") else "")
    found = _parsed(given, version) or _built(text_or_empty(described.get("type")).lower(), name, version)
    if found is None:
        return Package("", name, version, asked, pinned) if name else None
    full = f"{found.namespace}/{found.name}" if found.namespace else found.name
    return Package(found.to_string(), full, found.version or version, asked, pinned)


def purl(
    kind: str, name: str, version: str = "", *, namespace: str = "", qualifiers: Mapping[str, str] | None = None
) -> str:
    """A package URL; empty where no canonical one can be made of this."""
    from packageurl import PackageURL

    try:
        made = PackageURL(kind, namespace or None, name, version or None, dict(qualifiers or {})).to_string()
    except ValueError:
        return ""
    parsed = _parsed(made, "")
    return parsed.to_string() if parsed is not None else ""


def of_registry(kind: str, name: str, version: str = "") -> str:
    """The package URL of a package by the name that its registry knows it by; empty where it has none."""
    separator = ":" if kind == "maven" else "/"
    namespace, _, short = name.rpartition(separator)
    if kind not in _REGISTRIES or not short or (kind == "maven" and not namespace):
        return ""
    if kind in _ANY_CASE and _PLAIN.fullmatch(version):
        # A lock file may pin thousands of versions of one package, which differ in nothing else.
        base = _unversioned(kind, short, namespace)
        made = f"{base}@{version}" if base else ""
        return made if len(made) <= LONGEST else ""
    return purl(kind, short, version, namespace=namespace)


@lru_cache(maxsize=_REMEMBERED)
def _unversioned(kind: str, name: str, namespace: str) -> str:
    return purl(kind, name, namespace=namespace)


def without_version(given: str) -> str:
    """The same package in any version."""
    before, at, version = given.rpartition("@")
    if at and _PLAIN.fullmatch(version):
        # A name has no ``@`` that is not escaped, and what follows a version has characters that this one has not.
        return before
    from packageurl import PackageURL

    return PackageURL.from_string(given)._replace(version=None, subpath=None).to_string()


def _version(given: str) -> str:
    parsed = _parsed(given, "") if given else None
    return (parsed.version or "") if parsed is not None else ""


def _built(kind: str, name: str, version: str) -> PackageURL | None:
    return _parsed(of_registry(kind, name, version), version)


def _parsed(given: str, version: str) -> PackageURL | None:
    """The package URL, if it means the same once it is printed and read again."""
    from packageurl import PackageURL

    try:
        read = PackageURL.from_string(given)
        if version and not read.version:
            read = read._replace(version=version)
        again = PackageURL.from_string(read.to_string())
    except ValueError:
        return None
    printed = again.to_string()
    return again if len(printed) <= LONGEST and PackageURL.from_string(printed) == again else None
