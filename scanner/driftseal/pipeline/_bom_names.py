"""What a bill of materials calls things: references, package URLs, and paths that tell nothing of this machine."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

from driftseal.model.item import Item, ItemKind
from driftseal.narrow import text_or_empty

if TYPE_CHECKING:
    from packageurl import PackageURL

ROOT: Final = "root"
_PLAIN: Final = "/@:,;=+!*'()$&-._"
"""Characters that stay as they are in a reference; ``#`` and ``%`` do not, so that no two references meet."""
_ABSOLUTE: Final = re.compile(
    r"(?:^|(?<=[=:,;\s]))(?:file:/{2,3}|[A-Za-z]:[\\/](?!/)|\\\\|~[\w.-]+[\\/]|/(?!/))[^,;]*", re.IGNORECASE
)
_HOME: Final = re.compile(r"(?:/home/|/Users/|[A-Za-z]:[\\/]+Users[\\/]+)[^\s\\/\"',;]+|/root(?=/)", re.IGNORECASE)
_SOMEWHERE: Final = re.compile(r"(?<![\w:/.~%@-])(?:[A-Za-z]:[\\/]|/)(?:[^\s\\/\"',;:<>|]+[\\/])+[^\s\\/\"',;:<>|]*")
_SEPARATOR: Final = re.compile(r"[\\/]+")
_REGISTRIES: Final = frozenset({"npm", "pypi", "docker", "oci", "nuget", "golang", "cargo"})
"""Types of package URL that a type and a name are enough for."""
_TELLING_APART: Final = 12
"""Hexadecimal digits that keep two references apart whose paths end alike."""


def service_ref(identity: str) -> str:
    """The reference of a target."""
    return f"service/{_quoted(identity)}"


def item_ref(identity: str, key: str) -> str:
    """The reference of an item."""
    return f"item/{_quoted(identity)}#{_quoted(key)}"


def _quoted(text: str) -> str:
    shown = portable(text)
    if shown != text:
        shown += "@" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_TELLING_APART]
    return _unescaped(quote(shown.encode("utf-8", "surrogatepass"), safe=_PLAIN))


def package_ref(purl: str) -> str:
    """The reference of a package, whoever launches it."""
    return _unescaped(purl)


def _unescaped(quoted: str) -> str:
    """``%40`` as ``~40``: there are readers who take an escaped reference for a broken package URL."""
    return quoted.replace("~", "%7E").replace("%", "~")


def portable(path: str) -> str:
    """A path, a reference or an argument without the folders of absolute paths: they name users and machines."""
    return _ABSOLUTE.sub(lambda found: ".../" + _SEPARATOR.split(found[0].rstrip("\\/"))[-1], path)


def nameless(text: str) -> str:
    """A text without the home folders that it mentions; all else is left as it stands."""
    return _HOME.sub("~", text)


def pathless(text: str) -> str:
    """A text about a launch without the folders of the absolute paths that it mentions."""
    return _SOMEWHERE.sub(lambda found: ".../" + _SEPARATOR.split(found[0].rstrip("\\/"))[-1], nameless(text))


def endpoint(url: str) -> str:
    """An http URL without user, query and fragment, all of which may hold secrets; empty if it is no such URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    literal = f"[{host}]" if ":" in host else quote(host, safe="")
    path = quote(parts.path.encode("utf-8", "surrogatepass"), safe="/:@%-._~!$&'()*+,;=")
    return urlunsplit((parts.scheme, f"{literal}:{port}" if port else literal, path, "", ""))


def is_remote(url: str) -> bool:
    """Whether this endpoint lies on another machine."""
    host = urlsplit(url).hostname or ""
    return not (host in {"localhost", "::1"} or host.startswith("127."))


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
    described = content.get("package") if item.kind is ItemKind.LAUNCH else content
    if not isinstance(described, dict):
        return None
    asked = text_or_empty(described.get("version"))
    pinned = bool(asked) and described.get("pinned") is not False
    version = asked if pinned else ""
    name = text_or_empty(described.get("name")) or (item.name if item.kind is ItemKind.PACKAGE else "")
    given = text_or_empty(described.get("purl")) or (item.name if item.name.startswith("pkg:") else "")
    purl = _parsed(given, version) or _built(text_or_empty(described.get("type")).lower(), name, version)
    if purl is None:
        return Package("", name, version, asked, pinned) if name else None
    full = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return Package(purl.to_string(), full, purl.version or version, asked, pinned)


def _built(kind: str, name: str, version: str) -> PackageURL | None:
    from packageurl import PackageURL

    if kind not in _REGISTRIES or not name:
        return None
    namespace, _, short = name.rpartition("/")
    try:
        return _parsed(PackageURL(kind, namespace or None, short, version or None).to_string(), version)
    except ValueError:
        return None


def _parsed(given: str, version: str) -> PackageURL | None:
    """The package URL, if it means the same once it is printed and read again."""
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(given)
        if version and not purl.version:
            purl = purl._replace(version=version)
        again = PackageURL.from_string(purl.to_string())
    except ValueError:
        return None
    return again if PackageURL.from_string(again.to_string()) == again else None
