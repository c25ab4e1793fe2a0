"""Paths and addresses that hold keys to other things, after ``rules/lists/sensitive-places.yaml``."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import unquote, urlsplit

from driftseal.observe import words
from driftseal.regexes import regex

LONGEST: Final = 4096
"""Characters of a path or URL that are looked at; longer ones name nothing that opens."""
_SCHEME: Final = regex(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOME: Final = regex(r"(?:/home|/users|c:/users|/mnt/c/users)/[^/]+/?|\$\{?(?:env:)?(?:userhome|home|userprofile)\}?/?")
_LIST: Final = "sensitive-places"


def scheme(uri: str) -> str:
    """The scheme in lower case, empty where there is none. Blanks before it and inside it do not hide it."""
    found = _SCHEME.match(re.sub(r"[\t\r\n]", "", uri[:LONGEST]))
    return found[1].lower() if found else ""


def runs(uri: str) -> bool:
    """Whether opening this address runs something."""
    return scheme(uri) in words.vocabulary(_LIST, "active_schemes")


def host(url: str) -> str:
    """The host in lower case, empty where there is none or the URL is broken."""
    try:
        return (urlsplit(url[:LONGEST]).hostname or "").lower()
    except ValueError:
        return ""


def path(url: str) -> str:
    """The path, decoded; a broken URL as it stands, since programs may read it otherwise."""
    try:
        return unquote(urlsplit(url[:LONGEST]).path)
    except ValueError:
        return unquote(url[:LONGEST])


def is_loopback(name: str) -> bool:
    """Whether a host is this very machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_plain_http(url: str) -> bool:
    """Whether a URL goes to another machine without encryption."""
    return scheme(url) in {"http", "ws"} and not is_loopback(host(url))


def is_metadata(url: str) -> bool:
    """Whether a URL asks a cloud's metadata service."""
    name = host(url)
    return bool(name) and (
        name in words.vocabulary(_LIST, "metadata_hosts") or f"[{name}]" in words.vocabulary(_LIST, "metadata_hosts")
    )


def sensitive_path(path: str) -> str:
    """The part of a path that is known to hold keys; empty for an ordinary path."""
    plain = "/" + path[:LONGEST].replace("\\", "/").lower().strip("/") + "/"
    return next((part for part in sorted(words.vocabulary(_LIST, "paths")) if f"/{part}/" in plain), "")


def is_whole(path: str) -> bool:
    """Whether a path is all of a machine or all of a person's files."""
    plain = path[:LONGEST].strip().strip("\"'").replace("\\", "/").lower()
    return (plain.rstrip("/") or "/") in words.vocabulary(_LIST, "whole") or plain in words.vocabulary(_LIST, "whole")


def is_home(path: str) -> bool:
    """Whether a path is one person's home folder."""
    plain = path[:LONGEST].strip().strip("\"'").replace("\\", "/").lower()
    return _HOME.fullmatch(plain) is not None
