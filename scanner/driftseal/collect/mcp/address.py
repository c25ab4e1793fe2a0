"""Where a URL leads: parsed strictly, resolved once, every address checked, the checked ones connected to.

Server-side request forgery is what a hostile configuration would use us for: to reach the cloud's metadata
service, a database on loopback or a neighbour in the private network (MCP security best practices, «SSRF»).
A name is resolved exactly once; the connection is then made to the addresses that were checked, so a second,
different answer of the name server (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

from driftseal.canonical import show
from driftseal.errors import AddressRefused, ProtocolError
from driftseal.limits import Limits

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to the addresses that the host has; raises ``OSError`` when it has none."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SYSTEM_PORTS: Final = 1024
"""Ports below belong to the services of RFC 6335, section 6; only 80 and 443 of them speak HTTP."""
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HOST_CHARS: Final = 253

# RFC 6890 and its registries (IANA special-purpose addresses), the first match counts; kept here and not
# taken from ``ipaddress``, whose answers differ between Python versions.
_METADATA: Final = tuple(
    map(ipaddress.ip_network, ("169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192"))
) + tuple(map(ipaddress.ip_network, ("fd00:ec2::254", "fd20:ce::254")))
_SPECIAL: Final[tuple[tuple[IPNetwork, str], ...]] = tuple(
    (ipaddress.ip_network(network), kind)
    for network, kind in (
        ("127.0.0.0/8", "a loopback"),
        ("::1/128", "a loopback"),
        ("0.0.0.0/8", "an unspecified"),
        ("::/128", "an unspecified"),
        ("10.0.0.0/8", "a private"),
        ("172.16.0.0/12", "a private"),
        ("192.168.0.0/16", "a private"),
        ("fc00::/7", "a private"),
        ("fec0::/10", "a private"),
        ("169.254.0.0/16", "a link-local"),
        ("fe80::/10", "a link-local"),
        ("100.64.0.0/10", "a carrier-grade NAT"),
        ("192.0.0.0/24", "a reserved"),
        ("192.0.2.0/24", "a documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("198.18.0.0/15", "a benchmarking"),
        ("198.51.100.0/24", "a documentation"),
        ("203.0.113.0/24", "a documentation"),
        ("224.0.0.0/4", "a multicast"),
        ("ff00::/8", "a multicast"),
        ("240.0.0.0/4", "a reserved"),
        ("2001::/23", "a reserved or Teredo"),
        ("2001:db8::/32", "a documentation"),
        ("2002::/16", "a 6to4"),
        ("3fff::/20", "a documentation"),
    )
)
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
# Addresses that carry an IPv4 address which is the one really reached: RFC 4291 (mapped), RFC 6052 (NAT64).
_CARRIERS: Final = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that passed the parser. Printing it tells no query, which may hold a secret."""

    scheme: str
    host: str
    """Lower case, punycode, no trailing dot; a literal address in its canonical form, without brackets."""
    port: int
    path: str
    query: str = field(repr=False)

    @property
    def origin(self) -> str:
        """``scheme://host[:port]``, the port only where it is not the scheme's own (RFC 6454)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != _DEFAULT_PORTS[self.scheme] else "")

    @property
    def url(self) -> str:
        """What is requested; may hold secrets in its query."""
        return self.origin + self.path + (f"?{self.query}" if self.query else "")

    def __str__(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which private addresses are meant."""

    named_host: str = ""
    """The host of a URL that the user typed: its literal address, or ``localhost`` on loopback."""
    hosts: frozenset[str] = frozenset()
    networks: tuple[IPNetwork, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], named_host: str = "") -> Self:
        """From ``Consent.allow_private``: hosts, addresses and networks in CIDR form."""
        hosts: set[str] = set()
        networks: list[IPNetwork] = []
        for name in names:
            try:
                networks.append(ipaddress.ip_network(name.strip("[]"), strict=False))
            except ValueError:
                hosts.add(name.lower().removesuffix("."))
        return cls(named_host, frozenset(hosts), tuple(networks))

    def allows(self, host: str, address: IPAddress) -> bool:
        """Whether this address is meant although it is not public."""
        inner = reached(address)
        if any(inner in network or address in network for network in self.networks):
            return True
        if any(inner in network for network in _METADATA):
            # Credentials of the whole machine lie there and no MCP server: only the address itself opens it.
            return False
        if host in self.hosts:
            return True
        if host != self.named_host:
            return False
        return inner.is_loopback if _is_localhost(host) else str(address) == host


def without_secrets(url: str) -> str:
    """A URL, whatever it is, fit to be shown: no user, password, query or fragment. Never fails."""
    head = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, separator, rest = head.partition("://")
    if not separator:
        return show(head)
    authority, slash, path = rest.partition("/")
    return show(f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}")


def parse(url: str, limits: Limits) -> Endpoint:
    """Read an ``http`` or ``https`` URL, refusing every form that readers of URLs disagree about.

    Raises:
        AddressRefused: it has credentials, a host in no canonical form, control characters, another scheme …
    """
    shown = without_secrets(url)
    if len(url) > limits.url_bytes:
        raise AddressRefused(f"{shown[:80]}…: a URL of more than {limits.url_bytes} characters")
    if any(char <= " " or char in "\\\x7f" or "\ud800" <= char <= "\udfff" for char in url):
        raise AddressRefused(f"{shown}: a URL with spaces, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise AddressRefused(f"{shown}: not a URL: its host or port cannot be read") from cause
    if parts.scheme not in _DEFAULT_PORTS:
        raise AddressRefused(f"{shown}: only http and https are contacted")
    if "@" in parts.netloc:
        raise AddressRefused(
            f"{shown}: a URL with a user name or password in it",
            hint="take it out and pass it as a header: --header-env Authorization=NAME",
        )
    if port == 0:
        raise AddressRefused(f"{shown}: there is no port 0")
    host = _host(parts.hostname or "", shown)
    return Endpoint(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], parts.path or "/", parts.query)


def _host(raw: str, shown: str) -> str:
    if "%" in raw:
        raise AddressRefused(f"{shown}: a host with a zone or an escaped character")
    if ":" in raw:
        try:
            return str(ipaddress.IPv6Address(raw))
        except ValueError:
            raise AddressRefused(f"{shown}: not an IPv6 address") from None
    host = (raw if raw.isascii() else _punycode(raw, shown)).lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # «Ends in a number» (WHATWG URL, host parser): an IPv4 address for every reader, in whatever notation.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise AddressRefused(
                f"{shown}: an address in an unusual notation", hint="write it as four decimal numbers"
            ) from None
    if len(host) > _HOST_CHARS or not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused(f"{shown}: not a host name")
    return host


def _punycode(host: str, shown: str) -> str:
    import idna

    try:
        # UTS 46 maps full-width digits and other dots first, as browsers do; the result is checked like any other.
        return idna.encode(host, uts46=True, std3_rules=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise AddressRefused(f"{shown}: not an international host name (IDNA 2008)") from None


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def reached(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if any(address in carrier for carrier in _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def kind_of(address: IPAddress) -> str:
    """What is special about an address, as ``a loopback``; empty for a public one."""
    address = reached(address)
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return "a zoned"
    if any(address in network for network in _METADATA):
        return "a cloud metadata"
    for network, kind in _SPECIAL:
        if address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a reserved"
    return ""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the resolver of this machine, without blocking the others."""
    import asyncio
    import socket

    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def pin(
    endpoint: Endpoint, allowed: Allowed, limits: Limits, *, resolve: Resolve = system_resolve
) -> tuple[str, ...]:
    """The addresses to connect to, each checked. Asks the resolver once, and not at all for a literal address.

    Raises:
        AddressRefused: one of the addresses is not public and nobody named it, or the port is a system service's.
        ProtocolError: the name has no address, or the resolver is silent.
    """
    addresses = await _addresses(endpoint, limits, resolve)
    system_port = endpoint.port < _SYSTEM_PORTS and endpoint.port not in _DEFAULT_PORTS.values()
    if system_port and endpoint.host != allowed.named_host and endpoint.host not in allowed.hosts:
        raise AddressRefused(
            f"{endpoint}: port {endpoint.port} belongs to another service than HTTP",
            hint="name the URL on the command line if this is meant",
        )
    for address in addresses:
        # One private address among public ones is refused too: which is connected to would be up to chance.
        kind = kind_of(address)
        if kind and not allowed.allows(endpoint.host, address):
            raise AddressRefused(
                f"{endpoint}: leads to {kind} address, {address}",
                hint=f"pass --allow-private {endpoint.host} if this is meant"
                if kind != "a cloud metadata"
                else "nothing that answers there is an MCP server",
            )
    return tuple(map(str, addresses))


async def _addresses(endpoint: Endpoint, limits: Limits, resolve: Resolve) -> tuple[IPAddress, ...]:
    import asyncio

    try:
        return (ipaddress.ip_address(endpoint.host),)
    except ValueError:
        pass
    try:
        async with asyncio.timeout(limits.request_seconds):
            found = await resolve(endpoint.host, endpoint.port)
        addresses = tuple(map(ipaddress.ip_address, found))
    except TimeoutError as cause:
        raise ProtocolError(f"{endpoint}: the name server does not answer") from cause
    except (OSError, UnicodeError, ValueError) as cause:
        raise ProtocolError(f"{endpoint}: the host {endpoint.host} has no address") from cause
    if not addresses:
        raise ProtocolError(f"{endpoint}: the host {endpoint.host} has no address")
    return addresses
