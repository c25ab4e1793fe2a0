"""The legacy HTTP+SSE transport of 2024-11-05: one stream for everything that comes, one POST for each message sent.

https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urljoin

from driftseal.collect.mcp import address
from driftseal.collect.mcp import headers as fields
from driftseal.collect.mcp.address import Endpoint
from driftseal.collect.mcp.eventstream import Event, EventParser
from driftseal.collect.mcp.inbox import Inbox
from driftseal.collect.mcp.server import HttpServer
from driftseal.collect.mcp.transport import Budget, Received, Transport
from driftseal.errors import AddressRefused, FormatError, ProtocolError, TargetError
from driftseal.model.item import Json

EVENT_STREAM = "text/event-stream"


class LegacySse(Transport):
    """One event stream and the endpoint that it names."""

    def __init__(self, server: HttpServer, budget: Budget, inbox: Inbox | None = None) -> None:
        self.anomalies = server.anomalies
        self._server = server
        self._limits = budget.limits
        self._inbox = inbox or Inbox(str(server.endpoint), budget, server.redaction)
        self._endpoint: asyncio.Future[Endpoint] | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """See `Transport.open`. Waits until the server has named its endpoint."""
        await self._server.open()
        self._endpoint = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read(self._endpoint))
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await asyncio.shield(self._endpoint)
        except TimeoutError as cause:
            raise ProtocolError(f"{self._server.endpoint}: its event stream names no endpoint") from cause

    async def _read(self, endpoint: asyncio.Future[Endpoint]) -> None:
        try:
            await self._events(endpoint)
        except TargetError as cause:
            self._over(endpoint, cause)
        else:
            self._over(endpoint, ProtocolError(f"{self._server.endpoint}: the event stream ended"))

    def _over(self, endpoint: asyncio.Future[Endpoint], cause: TargetError) -> None:
        if endpoint.done():
            self._inbox.fail(cause)
        else:
            endpoint.set_exception(cause)

    async def _events(self, endpoint: asyncio.Future[Endpoint]) -> None:
        server = self._server
        async with server.request("GET", server.endpoint, extra={"Accept": EVENT_STREAM}) as response:
            if response.status != HTTPStatus.OK or response.content_type != EVENT_STREAM:
                kind = server.redaction.text(response.content_type)
                raise ProtocolError(f"{server.endpoint}: no event stream, but HTTP {response.status} with {kind}")
            parser = EventParser(self._limits.message_bytes)
            async for chunk in server.origin.chunks(response):
                for event in parser.feed(chunk):
                    self._take(event, endpoint)

    def _take(self, event: Event, endpoint: asyncio.Future[Endpoint]) -> None:
        if event.name == b"endpoint" and not endpoint.done():
            endpoint.set_result(self._same_origin(event.data))
        elif event.name == b"message":
            try:
                self._inbox.put(event.data)
            except FormatError as cause:
                self._inbox.fail(cause)

    def _same_origin(self, data: bytes) -> Endpoint:
        """Where to send messages: only to where the user or the configuration sent us (security of that page)."""
        here = self._server.endpoint
        try:
            place = address.parse(urljoin(here.url, data.decode("utf-8").strip()), self._limits)
        except ValueError as cause:
            raise ProtocolError(f"{here}: names an endpoint that is no URL") from cause
        if place.origin != here.origin:
            where = self._server.redaction.text(str(place))
            raise AddressRefused(f"{here}: names an endpoint of another origin, {where}; not followed")
        return place

    async def send(self, message: Mapping[str, Json], *, headers: Mapping[str, str] | None = None) -> None:
        """See `Transport.send`."""
        if self._endpoint is None or not self._endpoint.done():
            raise ProtocolError(f"{self._server.endpoint}: the connection is not open")
        place = self._endpoint.result()
        extra = {**fields.protocol(message, headers or {}), "Content-Type": "application/json", "Accept": "*/*"}
        body = json.dumps(message).encode("ascii")
        try:
            async with (
                asyncio.timeout(self._limits.request_seconds),
                self._server.request("POST", place, extra=extra, body=body) as response,
            ):
                status = response.status
        except TimeoutError as cause:
            raise ProtocolError(f"{self._server.endpoint}: does not take messages") from cause
        if status >= HTTPStatus.BAD_REQUEST and message.get("id") is not None and "method" in message:
            self._inbox.refuse(message["id"], f"HTTP {status}", status)

    async def receive(self) -> Received:
        """See `Transport.receive`."""
        return await self._inbox.get()

    async def close(self) -> None:
        """See `Transport.close`."""
        await self.stop()
        await self._server.close()

    async def stop(self) -> None:
        """Leave the stream; the server stays open for another transport."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        if self._endpoint is not None and self._endpoint.done() and not self._endpoint.cancelled():
            # Looked at, so that an error that came too late is not reported as forgotten.
            self._endpoint.exception()
