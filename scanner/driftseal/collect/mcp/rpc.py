"""A small JSON-RPC peer: our requests and their answers, and harmless answers to what the server asks."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from driftseal import canonical
from driftseal.collect.mcp import wire
from driftseal.collect.mcp.transport import Received, Transport
from driftseal.errors import FormatError, LimitExceeded, ProtocolError, TargetError
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, AnomalyKind, Json

_LIST_CHANGED: Final = "/list_changed"
_CODE_BITS: Final = 32
"""A longer number is no error code but a way to fill a report."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A JSON-RPC error."""

    code: int
    message: str
    data: Json = None

    def __str__(self) -> str:
        return f"error {self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request: a result or a refusal."""

    result: Json
    refusal: Refusal | None
    received: Received


class Peer:
    """Our side of one connection. ``offered`` are the capabilities that we declare."""

    def __init__(self, transport: Transport, limits: Limits, offered: Collection[str] = ()) -> None:
        self.anomalies: list[Anomaly] = []
        self.heard = 0
        """Messages that came, whatever they said."""
        self.changed: set[str] = set()
        """Kinds of lists (``tools``, ``prompts``, ``resources``) that were announced to have changed."""
        self._transport = transport
        self._limits = limits
        self._offered = offered
        self._number = 0
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._ended: TargetError | None = None
        self._reader: asyncio.Task[None] | None = None
        self._broken = 0
        self._asked_of_us: set[str] = set()

    async def open(self) -> None:
        """Open the connection and begin to read.

        Raises:
            TargetError: the server cannot be started or reached.
        """
        await self._transport.open()
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Close the connection. Never raises."""
        try:
            await self._transport.close()
        finally:
            if self._reader is not None:
                self._reader.cancel()
                await asyncio.wait([self._reader])
            self._end(ProtocolError("the connection was closed"))
            self.anomalies.extend(self._transport.anomalies)

    async def begin(
        self, method: str, params: Mapping[str, Json] | None, headers: Mapping[str, str] | None = None
    ) -> asyncio.Future[Answer]:
        """Send a request; the future holds its answer, or the error that ended the connection.

        Raises:
            TargetError: the connection is gone.
        """
        if self._ended is not None:
            raise self._ended
        self._number += 1
        number = self._number
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        # An error that nobody waits for any more is no news.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._pending[number] = future
        try:
            await self._transport.send(wire.request(number, method, params), headers=headers)
        except TargetError:
            self._pending.pop(number, None)
            # The end of the server's output tells more than the broken pipe to it.
            if self._ended is not None:
                raise self._ended from None
            raise
        return future

    async def notify(self, method: str, headers: Mapping[str, str] | None = None) -> None:
        """Send a notification.

        Raises:
            TargetError: the connection is gone.
        """
        await self._transport.send(wire.notification(method), headers=headers)

    # --- what comes in -----------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while True:
                try:
                    received = await self._transport.receive()
                except FormatError as cause:
                    self._garbled(cause)
                    continue
                self.heard += 1
                await self._take(received)
        except TargetError as cause:
            self._end(cause)

    def _end(self, cause: TargetError) -> None:
        self._ended = self._ended or cause
        for future in self._pending.values():
            if not future.done():
                future.set_exception(self._ended)
        self._pending.clear()

    def _garbled(self, cause: FormatError) -> None:
        """A message that is no JSON answers, as far as can be told, the request that waits longest."""
        self._broken += 1
        if self._broken > self._limits.noise_lines:
            raise LimitExceeded(f"the server sent more than {self._limits.noise_lines} broken messages") from cause
        if self._broken == 1:
            self.anomalies.append(Anomaly(AnomalyKind.STDOUT_NOISE, "", f"a message that is no JSON: {cause}"))
        for number in list(self._pending)[:1]:
            future = self._pending.pop(number)
            if not future.done():
                future.set_exception(ProtocolError(f"the answer is no JSON: {cause}"))

    async def _take(self, received: Received) -> None:
        message = received.parsed.value
        if not isinstance(message, dict):
            self._garbled(FormatError("neither an object nor a list of objects"))
        elif "method" in message:
            method = message["method"]
            name = method if isinstance(method, str) else canonical.compact(method)
            if message.get("id") is not None:
                await self._refuse(message["id"], name, message.get("params"))
            elif name.endswith(_LIST_CHANGED):
                self.changed.add(name.removesuffix(_LIST_CHANGED).rpartition("/")[2])
        elif "result" in message or "error" in message:
            self._answer(message, received)

    def _answer(self, message: dict[str, Json], received: Received) -> None:
        error = message.get("error")
        refused = error is not None or "result" not in message
        future = self._pending.pop(self._number_of(message.get("id"), refused=refused), None)
        if future is None or future.done():
            # A late answer to a request that was given up, or one that nobody asked for.
            return
        refusal = _refusal(error, self._limits.evidence_chars) if refused else None
        future.set_result(Answer(message.get("result"), refusal, received))

    def _number_of(self, given: Json, *, refused: bool) -> int:
        """Which request this id means; some servers send numbers back as text."""
        if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10:  # noqa: PLR2004 - digits of ours
            return int(given)
        if given is None and refused and self._pending:
            # JSON-RPC 2.0, section 5: null where the id could not be read. Servers answer in turn, so it is the oldest.
            return next(iter(self._pending))
        return given if isinstance(given, int) and not isinstance(given, bool) else -1

    async def _refuse(self, number: Json, method: str, params: Json) -> None:
        if method == "ping":
            await self._transport.send(wire.result(number, {}))
            return
        if method == "roots/list":
            reply = wire.result(number, {"roots": []})
            if "roots" in self._offered:
                # What we offered may be used; sampling and elicitation have no place before a tool is called.
                await self._transport.send(reply)
                return
        else:
            reply = wire.refusal(number, wire.METHOD_NOT_FOUND, "not offered by this client")
        if method not in self._asked_of_us and len(self._asked_of_us) < self._limits.noise_lines:
            self._asked_of_us.add(method)
            shown = canonical.compact(params)[: self._limits.evidence_chars]
            detail = f"the server sent the request {method[:80]} while it was being listed: {shown}"
            self.anomalies.append(Anomaly(AnomalyKind.SERVER_REQUEST, "", detail))
        await self._transport.send(reply)


def _refusal(error: Json, most: int) -> Refusal:
    """A JSON-RPC error, its message cut to ``most`` characters: it goes into reports."""
    if not isinstance(error, dict):
        return Refusal(0, canonical.compact(error)[:most])
    code, message = error.get("code"), error.get("message")
    known = isinstance(code, int) and code.bit_length() < _CODE_BITS
    return Refusal(code if known and isinstance(code, int) else 0, canonical.compact(message)[:most], error.get("data"))
