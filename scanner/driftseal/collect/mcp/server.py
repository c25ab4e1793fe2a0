"""An MCP server at a URL: which address it has, what it is sent, and how it refuses us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from driftseal.collect.base import Context
from driftseal.collect.mcp import address, headers
from driftseal.collect.mcp.address import Allowed, Endpoint, Resolve
from driftseal.collect.mcp.challenge import Challenge, Wanted
from driftseal.collect.mcp.origin import Origin
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.collect.mcp.transport import Budget
from driftseal.errors import AccessRefused, AddressRefused, ProtocolError, TargetError
from driftseal.model.item import Anomaly

if TYPE_CHECKING:
    import aiohttp

_UNAUTHORIZED = 401
_FORBIDDEN = 403


class HttpServer:
    """The server of one spec. ``open`` once, then ``request``, then ``close``."""

    def __init__(
        self,
        spec: HttpSpec,
        context: Context,
        budget: Budget,
        *,
        client_name: str,
        resolve: Resolve = address.system_resolve,
    ) -> None:
        if not spec.named and headers.refers(spec.url):
            shown = address.without_secrets(spec.url)
            raise AddressRefused(f"{shown}: the URL refers to a variable", hint="name the URL on the command line")
        self.endpoint = address.parse(spec.url, budget.limits)
        self.anomalies: list[Anomaly] = []
        sent = headers.for_server(spec, context, client_name=client_name)
        login = context.logins.get(str(self.endpoint))
        self._headers = dict(sent.headers)
        if login is not None and "authorization" not in {name.lower() for name in self._headers}:
            self._headers["Authorization"] = f"Bearer {login.token}"
        self.redaction = Redaction(sent.secrets | ({login.token} if login else set()), budget.limits)
        self._left_out = sent.left_out
        self._allowed = allowed(spec, context, self.endpoint)
        self._budget = budget
        self._resolve = resolve
        self._origin: Origin | None = None

    async def open(self) -> None:
        """Find and check the address. Nothing is sent yet.

        Raises:
            AddressRefused: nobody allowed us to go where the URL leads.
            ProtocolError: the host has no address.
        """
        if self._origin is None:
            addresses = await address.pin(self.endpoint, self._allowed, self._budget.limits, resolve=self._resolve)
            self._origin = Origin(self.endpoint, addresses, self._budget, self.redaction)
            self._origin.anomalies = self.anomalies

    @property
    def origin(self) -> Origin:
        """The open connection.

        Raises:
            ProtocolError: it is not open.
        """
        if self._origin is None:
            raise ProtocolError(f"{self.endpoint}: the connection is closed")
        return self._origin

    @asynccontextmanager
    async def request(
        self, method: str, endpoint: Endpoint, *, extra: Mapping[str, str], body: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request with this server's headers and ``extra`` ones. See `Origin.request`.

        Raises:
            AccessRefused: 401 or 403; the message says what the server asks for.
        """
        async with self.origin.request(method, endpoint, headers={**self._headers, **extra}, body=body) as response:
            if response.status in {_UNAUTHORIZED, _FORBIDDEN}:
                raise self._refusal(response)
            yield response

    def _refusal(self, response: aiohttp.ClientResponse) -> TargetError:
        given = any(name.lower() == "authorization" for name in self._headers)
        challenge = Challenge.read(
            response.status, response.headers.getall("WWW-Authenticate", []), self._budget.limits
        )
        wants = self.redaction.text(str(Wanted(challenge.scopes)))
        text = f"{self.endpoint}: HTTP {response.status}: " + (
            "refuses the credentials that it was given" if given else "wants credentials"
        )
        if wants:
            text += f", {wants}"
        if challenge.error:
            text += f" ({self.redaction.text(challenge.error)})"
        if self._left_out:
            text += (
                f"; not sent, since their values are not known: {', '.join(map(self.redaction.text, self._left_out))}"
            )
        return AccessRefused(text, hint="pass --header-env Authorization=NAME, or --oauth to log in")

    async def close(self) -> None:
        """End every connection."""
        if self._origin is not None:
            origin, self._origin = self._origin, None
            await origin.close()


def allowed(spec: HttpSpec, context: Context, endpoint: Endpoint) -> Allowed:
    """Which private addresses this server may have."""
    return Allowed.of(context.consent.allow_private, endpoint.host if spec.named else "")
