"""The headers that a server is sent: configured ones, real values by consent, mirrors of the message.

Streamable HTTP of 2026-07-28, «Request Metadata» and «Value Encoding».
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from driftseal.canonical import show
from driftseal.collect.base import Context
from driftseal.collect.mcp import secrets, wire
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.errors import TargetError
from driftseal.model.item import Json

PROTOCOL_VERSION: Final = "MCP-Protocol-Version"
SESSION_ID: Final = "Mcp-Session-Id"

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 5.1."""
_PLAIN: Final = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")
"""What a header can carry as it stands: RFC 9110, section 5.5, without the obsolete forms."""
_SENTINEL: Final = ("=?base64?", "?=")
_REFERENCE: Final = re.compile(r"\$\{|\{(?:env|file|input):|\{\{")
_UNEXPANDED: Final = re.compile(r"\$\{|\$[A-Za-z_]|\{(?:env|file|input):|%[A-Za-z_]+%|^<[^<>]*>$")

# What frames the message or belongs to the connection is ours alone; a configured one could smuggle a second
# request past a proxy, or pose as another host.
_OURS: Final = frozenset({
    "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
    "keep-alive", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """Headers of every request to one server."""

    headers: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)
    """Values that must not be seen in anything the server says."""
    left_out: tuple[str, ...] = ()
    """Names of configured headers whose value refers to something that we were not given."""


def for_server(spec: HttpSpec, context: Context, *, client_name: str) -> Sent:
    """Which headers this server is sent.

    A configured value goes to the configured URL as it stands, unless it refers to a variable. A value by
    ``--header-env`` goes to a URL that the user typed, and to a configured one only where the configuration
    itself names that header with that variable: nobody else's server is handed the token.

    Raises:
        TargetError: a header that no request can carry, or a variable that is not set.
    """
    headers: dict[str, tuple[str, str]] = {"user-agent": ("User-Agent", show(client_name))}
    private = set(secrets_of(spec.url))
    left_out: list[str] = []
    for name, value in spec.headers.items():
        if name.lower() in _OURS:
            continue
        if _UNEXPANDED.search(value):
            left_out.append(name)
            continue
        headers[name.lower()] = (name, _checked(name, value))
        if is_secret(name, value):
            private.add(value)
    for name, variable in context.consent.header_env:
        if not (spec.named or _asks_for(spec, name, variable)):
            continue
        value = context.environment.get(variable, "")
        if not value:
            raise TargetError(f"--header-env: variable {variable} is not set", hint="export it first")
        headers[name.lower()] = (name, _checked(name, value))
        private.add(value)
        left_out = [other for other in left_out if other.lower() != name.lower()]
    return Sent(dict(headers.values()), frozenset(private), tuple(left_out))


def refers(url: str) -> bool:
    """Whether a URL holds a reference that nobody expanded."""
    return bool(_REFERENCE.search(url))


def secrets_of(url: str) -> tuple[str, ...]:
    """The credentials in a URL's query."""
    query = url.partition("?")[2].partition("#")[0]
    return tuple(value for name, value in parse_qsl(query) if is_secret(name, value))


def is_secret(name: str, value: str) -> bool:
    """Whether a header or a query parameter holds a credential."""
    return secrets.is_secret_name(name) or secrets.is_secret_value(value)


def _asks_for(spec: HttpSpec, name: str, variable: str) -> bool:
    return any(
        configured.lower() == name.lower() and re.search(rf"(?<!\w){re.escape(variable)}(?!\w)", value)
        for configured, value in spec.headers.items()
    )


def _checked(name: str, value: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise TargetError(f"{show(name)!r} cannot be the name of a header")
    if not _PLAIN.fullmatch(value):
        # Never the value itself in the message.
        raise TargetError(f"the value of header {name} holds characters that no header can carry")
    return value


def mirrors(message: Mapping[str, Json]) -> dict[str, str]:
    """The headers that repeat parts of a message of 2026-07-28 or later; none for the handshake revisions."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = meta.get(wire.META_VERSION) if isinstance(meta, dict) else None
    method = message.get("method")
    if not (isinstance(params, dict) and isinstance(version, str) and isinstance(method, str)):
        return {}
    found = {PROTOCOL_VERSION: encode(version), "Mcp-Method": encode(method)}
    name = params.get(wire.NAME_PARAMETERS.get(method, ""))
    if isinstance(name, str):
        found["Mcp-Name"] = encode(name)
    return found


def protocol(message: Mapping[str, Json], given: Mapping[str, str]) -> dict[str, str]:
    """The headers of one message: those ``given`` by the session, and the mirrors, which count.

    A server's own words (the name of a prompt) may be in either; none can split the request.
    """
    safe = {name: value if _PLAIN.fullmatch(value) else encode(value) for name, value in given.items()}
    return {**safe, **mirrors(message)}


def encode(value: str) -> str:
    """A header value by «Value Encoding»: as it stands where a header can carry it, else Base64 in a sentinel."""
    begin, end = _SENTINEL
    if _PLAIN.fullmatch(value) and not (value.startswith(begin) and value.endswith(end)):
        return value
    # A lone surrogate has no UTF-8; a server cannot match it either way.
    return begin + base64.b64encode(value.encode("utf-8", "replace")).decode("ascii") + end
