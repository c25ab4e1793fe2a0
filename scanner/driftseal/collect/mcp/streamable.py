"""Streamable HTTP in both eras: one POST for each message, a JSON or an event stream for an answer.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http and, for sessions,
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from driftseal import canonical
from driftseal.collect.mcp import headers as fields
from driftseal.collect.mcp import wire
from driftseal.collect.mcp.eventstream import EventParser
from driftseal.collect.mcp.inbox import Inbox, answers, error_code
from driftseal.collect.mcp.server import HttpServer
from driftseal.collect.mcp.spec import HttpTransport
from driftseal.collect.mcp.sse import EVENT_STREAM, LegacySse
from driftseal.collect.mcp.transport import Budget, Received, Transport
from driftseal.errors import FormatError, ProtocolError, TargetError
from driftseal.model.item import Json

if TYPE_CHECKING:
    import aiohttp

_JSON: Final = "application/json"
_ACCEPT: Final[Mapping[str, str]] = {"Accept": f"{_JSON}, {EVENT_STREAM}", "Content-Type": _JSON}
_LEGACY_STATUS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""How a server of 2024-11-05 answers our POST («Backward Compatibility»)."""
_STATUSES: Final = frozenset(HTTPStatus)
_MODERN_ERRORS: Final = frozenset({wire.METHOD_NOT_FOUND, -32020, -32021, wire.UNSUPPORTED_VERSION})
"""In the body of such an answer, these say that the server speaks Streamable HTTP all the same."""


class StreamableHttp(Transport):
    """A conversation of POSTs.

    What concerns one request alone (an HTTP status, a stream that ends early) is answered to it as a JSON-RPC
    error; what concerns the whole server (no access, a redirect, a limit) ends the connection.
    """

    def __init__(self, server: HttpServer, budget: Budget, kind: HttpTransport) -> None:
        self.anomalies = server.anomalies
        self._server = server
        self._budget = budget
        self._limits = budget.limits
        self._may_be_legacy = kind is HttpTransport.AUTO
        self._inbox = Inbox(str(server.endpoint), budget, server.redaction)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session_id = ""
        self._version: dict[str, str] = {}
        """The negotiated version, for what is sent without one: replies and the end of the session."""
        self._legacy: LegacySse | None = None
        self._heard = False

    async def open(self) -> None:
        """See `Transport.open`."""
        await self._server.open()

    async def send(self, message: Mapping[str, Json], *, headers: Mapping[str, str] | None = None) -> None:
        """See `Transport.send`. A request's answer is read beside; a notification is delivered when this returns."""
        if self._legacy is not None:
            await self._legacy.send(message, headers=headers)
            return
        work = asyncio.create_task(self._exchange(message, headers or {}))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        if "id" not in message:
            await asyncio.wait([work], timeout=self._limits.request_seconds)

    async def receive(self) -> Received:
        """See `Transport.receive`."""
        return await self._inbox.get()

    async def close(self) -> None:
        """See `Transport.close`. Ends the session of the handshake era with a DELETE."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        with contextlib.suppress(TargetError, TimeoutError):
            async with asyncio.timeout(self._limits.shutdown_seconds):
                await self._end_session()
        if self._legacy is not None:
            await self._legacy.stop()
        await self._server.close()

    async def _end_session(self) -> None:
        if self._session_id:
            extra = {**self._version, fields.SESSION_ID: self._session_id}
            async with self._server.request("DELETE", self._server.endpoint, extra=extra):
                self._session_id = ""

    # --- one message -------------------------------------------------------------------------

    async def _exchange(self, message: Mapping[str, Json], headers: Mapping[str, str]) -> None:
        try:
            body = json.dumps(message).encode("ascii")
            async with self._server.request(
                "POST", self._server.endpoint, extra=self._extra(message, headers), body=body
            ) as response:
                await self._read(message, headers, response)
        except (ProtocolError, FormatError) as cause:
            self._failed(message, cause)
        except TargetError as cause:
            self._inbox.fail(cause)

    def _failed(self, message: Mapping[str, Json], cause: TargetError) -> None:
        """One exchange broke. A server that has answered before may still answer the next."""
        if not self._heard:
            self._inbox.fail(cause)
        elif "method" in message and message.get("id") is not None:
            self._inbox.refuse(message["id"], str(cause))

    def _extra(self, message: Mapping[str, Json], headers: Mapping[str, str]) -> dict[str, str]:
        if message.get("method") == wire.INITIALIZE:
            self._session_id = ""
        if fields.PROTOCOL_VERSION in headers:
            self._version = {fields.PROTOCOL_VERSION: headers[fields.PROTOCOL_VERSION]}
        known = self._version if self._session_id else {}
        extra = {**known, **fields.protocol(message, headers), **_ACCEPT}
        if self._session_id:
            extra[fields.SESSION_ID] = self._session_id
        return extra

    async def _read(
        self, message: Mapping[str, Json], headers: Mapping[str, str], response: aiohttp.ClientResponse
    ) -> None:
        method, number = message.get("method"), message.get("id")
        if response.status >= HTTPStatus.BAD_REQUEST:
            await self._refused(message, headers, response)
            return
        if method is None or number is None:
            return
        if method == wire.INITIALIZE:
            self._session_id = self._checked_session(response)
        if response.content_type == EVENT_STREAM:
            await self._stream(number, response)
        elif response.status in {HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT}:
            self._inbox.refuse(number, f"HTTP {response.status}: taken and not answered", response.status)
        elif response.content_type == _JSON:
            data = await self._server.origin.body(response, self._limits.message_bytes)
            self._deliver(data, number)
        else:
            kind = self._server.redaction.text(response.headers.get("Content-Type", "no content type"))
            raise ProtocolError(f"{self._server.endpoint}: answers with {kind}, neither JSON nor an event stream")

    async def _stream(self, number: Json, response: aiohttp.ClientResponse) -> None:
        parser = EventParser(self._limits.message_bytes)
        async for chunk in self._server.origin.chunks(response):
            for event in parser.feed(chunk):
                if event.name == b"message" and answers(self._inbox.put(event.data), number):
                    self._heard = True
                    return
        self._inbox.refuse(number, "the event stream ended before the answer")

    def _deliver(self, data: bytes, number: Json) -> None:
        if not answers(self._inbox.put(data, answering=number), number):
            self._inbox.refuse(number, "the answer is one to another request")
        self._heard = True

    def _checked_session(self, response: aiohttp.ClientResponse) -> str:
        session = response.headers.get(fields.SESSION_ID, "")
        if session and (not session.isascii() or not session.isprintable() or " " in session):
            raise ProtocolError(f"{self._server.endpoint}: its session id is not of visible ASCII characters")
        return session

    # --- refusals and the older transport ----------------------------------------------------

    async def _refused(
        self, message: Mapping[str, Json], headers: Mapping[str, str], response: aiohttp.ClientResponse
    ) -> None:
        number, status = message.get("id"), response.status
        if number is None or "method" not in message:
            return
        data = b""
        if response.content_type == _JSON:
            data = await self._server.origin.body(response, self._limits.message_bytes)
        code = self._error_code(data)
        if (
            self._may_be_legacy
            and message.get("method") == wire.INITIALIZE
            and status in _LEGACY_STATUS
            and code not in _MODERN_ERRORS
            and await self._fall_back(message, headers)
        ):
            return
        if code is not None:
            self._deliver(data, number)
            return
        phrase = HTTPStatus(status).phrase if status in _STATUSES else "unknown status"
        ended = "; it has ended our session" if status == HTTPStatus.NOT_FOUND and self._session_id else ""
        self._inbox.refuse(number, f"HTTP {status} {phrase}{ended}", status)

    def _error_code(self, data: bytes) -> Json:
        if not data:
            return None
        try:
            return error_code(canonical.parse_json(data, "", self._limits).value)
        except TargetError:
            return None

    async def _fall_back(self, message: Mapping[str, Json], headers: Mapping[str, str]) -> bool:
        """Try the transport of 2024-11-05 at the same URL, and go on with it if it is spoken there."""
        legacy = LegacySse(self._server, self._budget, self._inbox)
        try:
            async with asyncio.timeout(self._limits.probe_seconds):
                await legacy.open()
        except (TargetError, TimeoutError):
            await legacy.stop()
            return False
        self._legacy = legacy
        await legacy.send(message, headers=headers)
        return True
