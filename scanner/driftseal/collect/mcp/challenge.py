"""What a server asks of those who want in: its ``WWW-Authenticate`` header and its protected resource metadata.

RFC 9110, section 11.6.1; RFC 6750, section 3; RFC 9728; MCP 2026-07-28, «Authorization», «Scope selection».
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from driftseal import canonical
from driftseal.collect.mcp import address
from driftseal.collect.mcp.address import Endpoint
from driftseal.errors import AddressRefused, TargetError
from driftseal.limits import Limits
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.narrow import object_or_empty, texts_among
from driftseal.snapshot import make_item

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
# name=token or name="quoted". Linear: a name begins only where no letter stands before it.
_PARAMETER: Final = re.compile(r'(?<![A-Za-z_])([A-Za-z_]+)\s?=\s?(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCOPE: Final = re.compile(r"[!#-\[\]-~]+")
"""RFC 6749, section 3.3."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One refusal for want of authorization."""

    status: int
    header: str = field(repr=False)
    """``WWW-Authenticate`` as it came, several joined by commas."""
    scopes: tuple[str, ...] = ()
    error: str = ""
    metadata_url: str = field(default="", repr=False)

    @classmethod
    def read(cls, status: int, headers: Sequence[str], limits: Limits) -> Challenge:
        """From a 401 or 403."""
        joined = ", ".join(headers)[: limits.header_bytes]
        found: dict[str, str] = {}
        for match in _PARAMETER.finditer(joined):
            value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
            found.setdefault(match[1].lower(), value)
        return cls(
            status,
            joined,
            _scopes(found.get("scope", "").split(), limits),
            found.get("error", ""),
            found.get("resource_metadata", ""),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a server wants before it lets anybody in."""

    scopes: tuple[str, ...] = ()
    authorization_servers: tuple[str, ...] = ()
    resource: str = ""

    def __str__(self) -> str:
        parts = []
        if self.scopes:
            parts.append(f"the OAuth scope{'s' if len(self.scopes) > 1 else ''} {', '.join(self.scopes)}")
        if self.authorization_servers:
            parts.append(f"from {', '.join(self.authorization_servers)}")
        return " ".join(parts)

    def items(self, uri: str) -> tuple[Item, ...]:
        """A permission for each scope, so that one more is drift; one without a name where only servers are told."""
        if not (self.scopes or self.authorization_servers):
            return ()
        several: list[Json] = [*sorted(self.authorization_servers)]
        servers: Json = several if len(several) > 1 else "".join(self.authorization_servers)
        return tuple(
            make_item(
                ItemKind.PERMISSION,
                f"oauth:{scope}",
                {"scope": scope, "authorization_server": servers, "resource": self.resource},
                evidence=(Evidence(uri),),
            )
            for scope in self.scopes or ("",)
        )


def metadata_places(challenge: Challenge, endpoint: Endpoint, limits: Limits) -> tuple[Endpoint, ...]:
    """Where the metadata may lie (RFC 9728, section 3.1), of the server's own origin alone."""
    path = endpoint.path if endpoint.path != "/" else ""
    urls = [challenge.metadata_url, endpoint.origin + WELL_KNOWN + path, endpoint.origin + WELL_KNOWN]
    places: dict[Endpoint, None] = {}
    for url in filter(None, urls):
        try:
            place = address.parse(url, limits)
        except AddressRefused:
            continue
        if place.origin == endpoint.origin:
            places[place] = None
    return tuple(places)


def wanted(challenge: Challenge, metadata: bytes | None, limits: Limits) -> Wanted:
    """What header and metadata say together; the header's scopes count before the metadata's."""
    document: Mapping[str, Json] = {}
    if metadata is not None:
        try:
            value = canonical.parse_json(metadata, "protected resource metadata", limits).value
        except TargetError:
            value = None
        document = object_or_empty(value)
    return Wanted(
        challenge.scopes or _scopes(texts_among(document.get("scopes_supported")), limits),
        tuple(
            dict.fromkeys(
                address.without_secrets(url)
                for url in texts_among(document.get("authorization_servers"))[: limits.scopes]
                if urlsplit_is_web(url)
            )
        ),
        address.without_secrets(resource) if isinstance(resource := document.get("resource"), str) else "",
    )


def urlsplit_is_web(url: str) -> bool:
    """Whether this text is an ``http`` or ``https`` URL at all."""
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def _scopes(words: Sequence[str], limits: Limits) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if _SCOPE.fullmatch(word)))[: limits.scopes]
