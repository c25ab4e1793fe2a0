"""What a bill of materials calls things: references, package URLs, and paths that tell nothing of this machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from driftseal.model.item import Item, ItemKind, Json

ROOT: Final = "root"
_PLAIN: Final = "/@:,;=+!~*'()$&-._"
"""Characters that stay as they are in a reference; ``#`` and ``%`` do not, so that no two references meet."""
_ABSOLUTE: Final = re.compile(
    r"(?:^|(?<=[=:,;\s]))(?:file:/{2,3}|[A-Za-z]:[\\/](?!/)|\\\\|~[\w.-]+[\\/]|/(?!/))[^,;]*", re.IGNORECASE
)
_HOME: Final = re.compile(r"(?:/home/|/Users/|[A-Za-z]:[\\/]+Users[\\/]+)[^\s\\/\"',;]+|/root(?=/)", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[\\/]+")
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
    return quote(shown.encode("utf-8", "surrogatepass"), safe=_PLAIN)


def portable(path: str) -> str:
    """A path, a reference or an argument without the folders of absolute paths: they name users and machines."""
    return _ABSOLUTE.sub(lambda found: ".../" + _SEPARATOR.split(found[0].rstrip("\\/"))[-1], path)


def nameless(text: str) -> str:
    """A text without the home folders that it mentions; all else is left as it stands."""
    return _HOME.sub("~", text)


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


def purl_of(item: Item) -> tuple[str, str, str]:
    """Package URL, name and version of a package item, or of the package that a launch installs.

    The package URL is empty where none can be told; it survives parsing and printing unchanged.
    """
    content = item.content if isinstance(item.content, dict) else {}
    described = content.get("package") if item.kind is ItemKind.LAUNCH else content
    if not isinstance(described, dict):
        return "", "", ""
    given = _text(described, "purl") or (item.name if item.name.startswith("pkg:") else "")
    version = _text(described, "version")
    if given:
        return _round_trip(given, version)
    kind, name = _text(described, "type") or _text(described, "registry"), _text(described, "name")
    if not kind or not name:
        return "", name or (item.name if item.kind is ItemKind.PACKAGE else ""), version
    return _built(kind.lower(), name, version)


def _built(kind: str, name: str, version: str) -> tuple[str, str, str]:
    from packageurl import PackageURL

    namespace, _, short = name.rpartition("/")
    try:
        purl = PackageURL(kind, namespace or None, short, version or None).to_string()
    except ValueError:
        return "", name, version
    return _round_trip(purl, version)


def _round_trip(given: str, version: str) -> tuple[str, str, str]:
    from packageurl import PackageURL

    try:
        parsed = PackageURL.from_string(given)
        if version and not parsed.version:
            parsed = PackageURL.from_string(parsed._replace(version=version).to_string())
    except ValueError:
        return "", given, version
    purl = parsed.to_string()
    if PackageURL.from_string(purl) != parsed:
        return "", given, version
    name = f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name
    return purl, name, parsed.version or version


def _text(content: Mapping[str, Json], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""
