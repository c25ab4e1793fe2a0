"""Messages on their way from the connection to the session."""

from __future__ import annotations

import asyncio

from driftseal import canonical
from driftseal.canonical import Parsed
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.transport import Budget, Received
from driftseal.errors import TargetError
from driftseal.model.item import Json

_INTERNAL_ERROR = -32603
"""JSON-RPC 2.0, section 5.1. Never -32601: «not found» would pass for a list that the server does not have."""


class Inbox:
    """Holds what came until the session asks for it; its size is bounded by the budget."""

    def __init__(self, name: str, budget: Budget, redaction: Redaction) -> None:
        self._name = name
        self._budget = budget
        self._redaction = redaction
        self._queue: asyncio.Queue[Received | TargetError] = asyncio.Queue()

    def put(self, data: bytes, *, answering: Json = None) -> list[Json]:
        """One JSON document: a message, or a batch of them (2025-03-26). Returns the messages.

        An error without an id answers the request ``answering``: servers that refuse a message before they
        read its id cannot name it.

        Raises:
            FormatError: not JSON.
            LimitExceeded: nested too deep.
        """
        parsed = canonical.parse_json(data, self._name, self._budget.limits)
        parsed, data = self._redaction.message(parsed, data)
        messages: list[Json] = parsed.value if isinstance(parsed.value, list) else [parsed.value]
        if answering is not None:
            messages = [_addressed(message, answering) for message in messages]
        for message in messages:
            self._queue.put_nowait(Received(Parsed(message, parsed.duplicate_keys), data))
        return messages

    def refuse(self, number: Json, why: str, status: int = 0) -> None:
        """The answer to one request that will never come, in the form of a JSON-RPC error; says ``why``."""
        error: dict[str, Json] = {"code": _INTERNAL_ERROR, "message": why}
        if status:
            error["data"] = {"httpStatus": status}
        self._queue.put_nowait(Received(Parsed({"jsonrpc": "2.0", "id": number, "error": error}), b""))

    def fail(self, cause: TargetError) -> None:
        """The connection is over; the session is told when it has read what came before."""
        self._queue.put_nowait(cause)

    async def get(self) -> Received:
        """The next message. Raises what ended the connection."""
        thing = await self._queue.get()
        if isinstance(thing, TargetError):
            raise thing
        return thing


def _addressed(message: Json, number: Json) -> Json:
    if isinstance(message, dict) and error_code(message) is not None:
        return {**message, "id": number}
    return message


def error_code(message: Json) -> Json:
    """The code of a JSON-RPC error; ``None`` for every other message."""
    error = message.get("error") if isinstance(message, dict) and "method" not in message else None
    return error.get("code", 0) if isinstance(error, dict) else None


def answers(messages: list[Json], number: Json) -> bool:
    """Whether one of these messages is the answer to the request of this id."""
    return any(
        isinstance(message, dict) and "method" not in message and message.get("id") == number for message in messages
    )
