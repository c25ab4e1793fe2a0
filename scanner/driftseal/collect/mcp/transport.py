"""What every transport does: messages in, messages out, every byte counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from driftseal.canonical import Parsed
from driftseal.errors import LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, Json


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came."""

    parsed: Parsed
    raw: bytes


class Budget:
    """What one server may still send in one session."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = 0
        self.messages = 0

    def spend(self, size: int) -> None:
        """Count bytes that arrived.

        Raises:
            LimitExceeded: the server has sent more than ``limits.server_bytes``.
        """
        self.bytes += size
        if self.bytes > self.limits.server_bytes:
            raise LimitExceeded(f"the server sent more than {self.limits.server_bytes} bytes in one session")

    def count(self) -> None:
        """Count one message.

        Raises:
            LimitExceeded: more than ``limits.messages``.
        """
        self.messages += 1
        if self.messages > self.limits.messages:
            raise LimitExceeded(f"the server sent more than {self.limits.messages} messages in one session")


class Transport(ABC):
    """One connection to one server. Use as: ``open``, then ``send`` and ``receive``, then always ``close``."""

    anomalies: list[Anomaly]
    """What this connection saw that its specification forbids."""

    @abstractmethod
    async def open(self) -> None:
        """Start or reach the server.

        Raises:
            TargetError: it cannot be started or reached; the message says why.
        """

    @abstractmethod
    async def send(self, message: Mapping[str, Json], *, headers: Mapping[str, str] | None = None) -> None:
        """Send one JSON-RPC message. ``headers`` are protocol headers; transports without headers ignore them.

        Where a transport refuses one request alone (an HTTP status), ``receive`` gives a JSON-RPC error for its id.

        Raises:
            ProtocolError: the connection is gone.
        """

    @abstractmethod
    async def receive(self) -> Received:
        """The next message; waits for as long as the caller lets it.

        Raises:
            ProtocolError: the connection ended; the message holds the last of the server's own words.
            LimitExceeded: too much came.
            FormatError: what came is no JSON.
        """

    @abstractmethod
    async def close(self) -> None:
        """End the connection and everything that it started; never raises, never waits long."""
