"""What a bill of materials calls things: references, endpoints, and paths that tell nothing of this machine."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from driftseal.model.target import Target

ROOT: Final = "root"
_LOCAL: Final = frozenset({"inventory", "model", "source"})
"""Kinds of targets whose identity holds where they lie on this machine."""
_PLAIN: Final = "/@:,;=+!*'()$&-._"
"""Characters that stay as they are in a reference; ``#`` and ``%`` do not, so that no two references meet."""
_ABSOLUTE: Final = re.compile(
    r"(?:^|(?<=[=:,;\s]))(?:file:/{2,3}|[A-Za-z]:[\\/](?!/)|\\\\|~[\w.-]+[\\/]|/(?!/))[^,;]*", re.IGNORECASE
)
_HOME: Final = re.compile(r"(?:/home/|/Users/|[A-Za-z]:[\\/]+Users[\\/]+)[^\s\\/\"',;]+|/root(?=/)", re.IGNORECASE)
_SOMEWHERE: Final = re.compile(r"(?<![\w:/.~%@-])(?:[A-Za-z]:[\\/]|/)(?:[^\s\\/\"',;:<>|]+[\\/])+[^\s\\/\"',;:<>|]*")
_SEPARATOR: Final = re.compile(r"[\\/]+")
_TELLING_APART: Final = 12
"""Hexadecimal digits that keep two references apart whose paths end alike."""


class Names:
    """References of targets and their items, from the folder that was looked at, wherever that lies."""

    def __init__(self, targets: Iterable[Target]) -> None:
        told = {target.identity: identity_of(target) for target in targets}
        often = Counter(told.values())
        self._told = {
            identity: f"{name}@{_short(identity)}" if often[name] > 1 else name for identity, name in told.items()
        }

    def service(self, identity: str) -> str:
        """The reference of a target."""
        return f"service/{_quoted(self._told.get(identity, identity))}"

    def item(self, identity: str, key: str) -> str:
        """The reference of an item."""
        return f"item/{_quoted(self._told.get(identity, identity))}#{_quoted(key)}"

    def local(self, target: Target) -> str:
        """What a target is called that lies on this machine: its place in what was looked at."""
        return self._told.get(target.identity, identity_of(target)).removeprefix(f"{target.kind}/")

    def told(self, place: str) -> str:
        """The reference of ``identity`` or ``identity|item key``."""
        identity, bar, key = place.partition("|")
        return self.item(identity, key) if bar else self.service(identity)


def identity_of(target: Target) -> str:
    """A target's identity, for kinds that hold it by its place on this machine by its place in what was looked at."""
    if target.kind in _LOCAL:
        return f"{target.kind}/{portable(target.reference.partition('#')[0])}"
    return target.identity


def named_ref(kind: str, *names: str) -> str:
    """The reference of what goes by one name wherever it is found: a model of a hub, a credential, a provider."""
    return "/".join((kind, *map(_quoted, names)))


def _quoted(text: str) -> str:
    shown = portable(text)
    if shown != text:
        shown += f"@{_short(text)}"
    return _unescaped(quote(shown.encode("utf-8", "surrogatepass"), safe=_PLAIN))


def _short(text: str) -> str:
    """What keeps two names apart that are told alike, as the folders that tell them apart are not told."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_TELLING_APART]


def package_ref(purl: str) -> str:
    """The reference of a package, whoever uses it."""
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
