"""Logging in to a server that asks for OAuth, with the client of the ``mcp`` package, over connections of ours.

The package decides what is asked (RFC 9728, RFC 8414, RFC 7591, PKCE, RFC 8707); each of its requests is sent
by us, to checked addresses and within bounds. Versions 1.29 and later and 2.x of it work: they differ in the
HTTP library whose requests they make, and in what their callback returns. Of all this only the access token
is kept, in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import webbrowser
from collections.abc import AsyncGenerator, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from driftseal.collect.base import Context, Login
from driftseal.collect.mcp import address
from driftseal.collect.mcp.address import Endpoint
from driftseal.collect.mcp.challenge import Challenge
from driftseal.collect.mcp.loopback import Loopback
from driftseal.collect.mcp.origin import Origin
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.server import allowed
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.collect.mcp.transport import Budget
from driftseal.errors import AccessRefused, AddressRefused, TargetError

_HINT: Final = "get a token from that service yourself and pass it: --header-env Authorization=NAME"
_SAFE_URL: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@\[\]%&+,=-]+")
"""No character that a shell or a command line reads as more than text: a server's ``authorization_endpoint``
has run programs on its clients' machines before (CVE-2025-6514)."""
_FOREIGN: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the package may run into while it reads documents of strangers, besides its own errors."""
_SENT: Final = ("content-type", "authorization", "accept", "mcp-protocol-version")


async def log_in(spec: HttpSpec, context: Context, endpoint: Endpoint, challenge: Challenge) -> Login:
    """Let a person log in to this server; waits up to ``limits.login_seconds``.

    Raises:
        AccessRefused: the login was refused, or did not come about.
        TargetError: the authorization server cannot be reached or misbehaves.
    """
    async with Loopback(context.limits) as loopback:
        attempt = _Attempt(spec, context, endpoint, loopback)
        try:
            async with asyncio.timeout(context.limits.login_seconds):
                return Login(await attempt.token(challenge))
        except TimeoutError as cause:
            raise AccessRefused(f"{endpoint}: nobody logged in in time", hint=_HINT) from cause


class _Memory:
    """Remembers nothing: a token storage for the package that gives none back."""

    async def get_tokens(self) -> None:
        """No tokens from before."""

    async def set_tokens(self, tokens: object) -> None:
        """Not kept; the request that carries the access token is all we need."""

    async def get_client_info(self) -> None:
        """No registration from before."""

    async def set_client_info(self, client_info: object) -> None:
        """Not kept: each run registers anew."""


class _Attempt:
    def __init__(self, spec: HttpSpec, context: Context, endpoint: Endpoint, loopback: Loopback) -> None:
        self._spec = spec
        self._context = context
        self._endpoint = endpoint
        self._loopback = loopback
        self._budget = Budget(context.limits)
        self._last = ""

    async def token(self, challenge: Challenge) -> str:
        from mcp.client.auth import OAuthFlowError, oauth2

        # The library that this version of the package speaks: httpx for 1.x, httpx2 for 2.x.
        library: Any = vars(oauth2).get("httpx2") or vars(oauth2)["httpx"]
        request = library.Request("POST", str(self._endpoint))
        # The package reads the header again; what is no ASCII has no place in it.
        header = challenge.header.encode("ascii", "replace").decode("ascii")
        refused = library.Response(challenge.status, headers={"WWW-Authenticate": header}, request=request)
        flow: AsyncGenerator[Any, Any] = self._provider().async_auth_flow(request)
        try:
            with _quiet():
                await anext(flow)
                outgoing = await flow.asend(refused)
                while outgoing is not request:
                    outgoing = await flow.asend(await self._fetch(outgoing, library))
        except (OAuthFlowError, library.InvalidURL, StopAsyncIteration, *_FOREIGN) as cause:
            # Never the text of the error: it may hold what the authorization server sent, codes and secrets.
            raise AccessRefused(
                f"{self._endpoint}: the OAuth login failed ({type(cause).__name__}{self._last})", hint=_HINT
            ) from None
        finally:
            await flow.aclose()
        scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
        if scheme != "Bearer" or not re.fullmatch(r"[!-~]+", token) or len(token) > self._context.limits.header_bytes:
            raise AccessRefused(f"{self._endpoint}: the OAuth login gave no token that a header can carry", hint=_HINT)
        return token

    def _provider(self) -> Any:
        from mcp.client.auth import OAuthClientProvider
        from mcp.shared.auth import OAuthClientMetadata
        from pydantic import AnyUrl

        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl(self._loopback.uri)],
            token_endpoint_auth_method="none",  # noqa: S106 - a public client has no secret
            # Servers built with the package register nobody without the second, which we do not use.
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            client_name="driftseal",
        )
        storage: Any = _Memory()
        return OAuthClientProvider(str(self._endpoint), metadata, storage, self._send_person, self._returned)

    async def _send_person(self, url: str) -> None:
        """Show the login page's URL, and open it where there is a desktop."""
        place = address.parse(url, self._context.limits)
        if not _SAFE_URL.fullmatch(url):
            raise AddressRefused(f"{place}: a login page whose URL holds unusual characters; not opened", hint=_HINT)
        self._check_secure(place)
        self._loopback.expect(parse_qs(urlsplit(url).query).get("state", [""])[0])
        (self._context.notice or self._context.progress)(f"log in to {self._endpoint}: {url}")
        if self._context.platform in {"darwin", "win32"} or _has_desktop(self._context.environment):
            await asyncio.to_thread(webbrowser.open, url)

    async def _returned(self) -> Any:
        import mcp.client.auth as package

        given = await self._loopback.answer()
        if "code" not in given:
            told = Redaction((), self._context.limits).text(given.get("error", "no code"))
            raise AccessRefused(f"{self._endpoint}: the login was refused: {told}")
        result = vars(package).get("AuthorizationCodeResult")
        if result is None:
            return given["code"], given.get("state")
        return result(code=given["code"], state=given.get("state"), iss=given.get("iss"))

    def _check_secure(self, place: Endpoint) -> None:
        if place.scheme != "https" and place.host != self._endpoint.host:
            raise AddressRefused(f"{place}: an authorization server without https")

    async def _fetch(self, outgoing: Any, library: Any) -> Any:
        """Send one request of the package's: checked address, no redirect, no header of the server's."""
        limits = self._context.limits
        place = address.parse(str(outgoing.url), limits)
        self._check_secure(place)
        # The server's own host is as private as the server; any other must be public or allowed by name.
        addresses = await address.pin(place, allowed(self._spec, self._context, self._endpoint), limits)
        origin = Origin(place, addresses, self._budget, Redaction((), limits))
        headers = {name: value for name, value in outgoing.headers.items() if name.lower() in _SENT}
        try:
            async with (
                asyncio.timeout(limits.request_seconds),
                origin.request(outgoing.method, place, headers=headers, body=outgoing.content or None) as response,
            ):
                self._last = f", {place}: HTTP {response.status}"
                data = await origin.body(response, limits.metadata_bytes)
                return library.Response(response.status, content=data, request=outgoing)
        except AddressRefused:
            if outgoing.method != "GET":
                raise
            # A metadata document that lies elsewhere is none; the package has further places to look.
            return library.Response(HTTPStatus.NOT_FOUND, request=outgoing)
        except TimeoutError as cause:
            raise TargetError(f"{place}: no answer in time") from cause
        finally:
            await origin.close()


def _has_desktop(environment: Mapping[str, str]) -> bool:
    # Without one, a text browser would take the terminal over.
    return "DISPLAY" in environment or "WAYLAND_DISPLAY" in environment


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The package logs its errors with all they hold; they are told by us instead, without secrets."""
    logger = logging.getLogger("mcp.client.auth")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
