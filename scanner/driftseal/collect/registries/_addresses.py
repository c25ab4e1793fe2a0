"""URLs of registries: whose origin they have, how they are shown, and by which proxy they are reached."""

from __future__ import annotations

import base64
import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from driftseal.canonical import show
from driftseal.errors import TargetError
from driftseal.limits import Limits

_PORTS: Final = {"http": 80, "https": 443}


def parse(url: str, setting: str) -> tuple[str, str]:
    """An index's URL, ending with a slash and without user and password, and the ``Authorization`` that these make.

    Raises:
        TargetError: no URL. The message does not hold it, since it may hold a password.
    """
    try:
        parts = urlsplit(url.strip())
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        plain = bare(url.strip()) if parts.hostname else ""
    except ValueError:
        plain = ""
    if not plain:
        raise TargetError(f"{setting}: holds no address of a registry", hint="write https://host/path/")
    return plain.rstrip("/") + "/", basic(user, password) if user or password else ""


def basic(user: str, password: str) -> str:
    """The header's value (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def bare(url: str) -> str:
    """Without user, password and fragment; an address that is none stays empty, and is refused as such."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def joined(base: str, reference: str) -> str:
    """Where a link on a page leads; empty where it is none."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def shown(url: str, limits: Limits) -> str:
    """Without what may be secret: user, password, and the query of a signed URL."""
    parts = urlsplit(bare(url))
    return show(urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))[: limits.name_chars]) or "no address"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or its number alone."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"


def proxies(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The proxy for this URL by the usual variables, in the form that requests takes."""
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # missing in typeshed alone

    parts = urlsplit(url)

    def told(name: str) -> str:
        return environment.get(name.lower()) or environment.get(name.upper()) or ""

    proxy = told(f"{parts.scheme}_proxy") or told("all_proxy")
    if not proxy or proxy_bypass_environment(parts.netloc, {"no": told("no_proxy")}):
        return {}
    return {parts.scheme: proxy}


def retry_after(value: str) -> float | None:
    """Seconds that an answer asks to wait (RFC 9110, section 10.2.3); None where it asks for nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
