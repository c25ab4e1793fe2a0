"""HTTP to one origin: to checked addresses only, without redirects, cookies or proxies, every byte counted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from driftseal.collect.mcp.address import Endpoint, without_secrets
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.transport import Budget
from driftseal.errors import AddressRefused, LimitExceeded, ProtocolError
from driftseal.model.item import Anomaly, AnomalyKind

_ATTEMPTS: Final = 2
"""A server may close an idle connection in the moment in which we use it again; that is nobody's fault."""
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ServerDisconnectedError, "closed the connection without an answer"),
    (aiohttp.ClientResponseError, "its answer is not HTTP, or a header of it is too large"),
    (aiohttp.ClientPayloadError, "its answer ended in the middle"),
    (TimeoutError, "no answer in time"),
)


class _Pinned(AbstractResolver):
    """Answers with the addresses that were checked, whatever the name leads to by now."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        self._host = host
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host != self._host:
            raise OSError(f"{host} is not the host that was checked")
        del family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to release."""


class Origin:
    """Requests to one origin and bounded answers. Made inside a running loop; always ``close`` it."""

    def __init__(self, endpoint: Endpoint, addresses: Sequence[str], budget: Budget, redaction: Redaction) -> None:
        limits = budget.limits
        self._endpoint = endpoint
        self._budget = budget
        self.redaction = redaction
        self.anomalies: list[Anomaly] = []
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Pinned(endpoint.host, addresses)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=limits.server_seconds, sock_connect=limits.request_seconds),
            auto_decompress=False,
            trust_env=False,
            max_line_size=limits.header_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.headers,
        )

    @asynccontextmanager
    async def request(
        self, method: str, endpoint: Endpoint, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request and its answer, of which the head has come.

        Raises:
            AddressRefused: another origin, or a redirect (3xx).
            ProtocolError: no answer, a malformed one, or one that is compressed all the same.
            LimitExceeded: more bytes than the budget allows.
        """
        if endpoint.origin != self._endpoint.origin:
            raise AddressRefused(f"{endpoint}: not of the origin {self._endpoint.origin}")
        try:
            response = await self._start(method, endpoint, {"Accept-Encoding": "identity", **headers}, body)
            try:
                self._judge(endpoint, response)
                yield response
            finally:
                # Gives the connection back when the whole answer was read, else closes it.
                response.release()
        except (aiohttp.ClientError, OSError) as cause:
            raise ProtocolError(f"{endpoint}: {self._why(cause)}") from None

    async def _start(
        self, method: str, endpoint: Endpoint, headers: Mapping[str, str], body: bytes | None
    ) -> aiohttp.ClientResponse:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._session.request(
                    method, endpoint.url, data=body, headers=headers, allow_redirects=False
                )
            except aiohttp.ServerDisconnectedError:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _judge(self, endpoint: Endpoint, response: aiohttp.ClientResponse) -> None:
        self._budget.spend(sum(len(name) + len(value) for name, value in response.raw_headers))
        if 300 <= response.status < 400:  # noqa: PLR2004 - RFC 9110, section 15.4
            location = response.headers.get("Location", "")
            try:
                where = without_secrets(urljoin(str(endpoint), location))
            except ValueError:
                where = without_secrets(location)
            where = self.redaction.text(where)
            self.anomalies.append(Anomaly(AnomalyKind.REDIRECT, "", f"redirects to {where}"))
            raise AddressRefused(
                f"{endpoint}: redirects to {where}; not followed", hint="name that URL if it is the server you mean"
            )
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in {"identity", ""}:
            raise ProtocolError(f"{endpoint}: answers in {self.redaction.text(coding)}, which we did not accept")

    async def chunks(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The body as it comes. Errors of the connection pass through ``request``, which words them."""
        while chunk := await response.content.readany():
            self._budget.spend(len(chunk))
            yield chunk

    async def body(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        """The whole body.

        Raises:
            LimitExceeded: more than ``most`` bytes, announced or sent.
        """
        if (response.content_length or 0) > most:
            raise LimitExceeded(f"the server announced a message of {response.content_length} bytes")
        data = bytearray()
        async for chunk in self.chunks(response):
            data += chunk
            if len(data) > most:
                raise LimitExceeded(f"the server sent a message of more than {most} bytes")
        return bytes(data)

    async def close(self) -> None:
        """Close every socket; never raises, never waits long."""
        with contextlib.suppress(aiohttp.ClientError, OSError):
            async with asyncio.timeout(self._budget.limits.shutdown_seconds):
                await self._session.close()

    def _why(self, cause: Exception) -> str:
        """In our own words: aiohttp's hold the whole URL with its query."""
        if isinstance(cause, aiohttp.ClientConnectorCertificateError):
            inner = cause.certificate_error
            told = getattr(inner, "verify_message", "") or type(inner).__name__
            return f"its TLS certificate is not trusted: {self.redaction.text(told)}"
        if isinstance(cause, aiohttp.ClientConnectorError):
            return f"cannot be reached: {_system_error(cause.os_error)}"
        for kind, words in _WORDS:
            if isinstance(cause, kind):
                return words
        return f"the connection broke: {_system_error(cause)}"


def _system_error(cause: Exception) -> str:
    number = getattr(cause, "errno", None)
    return os.strerror(number) if isinstance(number, int) and number > 0 else type(cause).__name__
