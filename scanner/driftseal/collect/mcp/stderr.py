"""A server's error output: read so that it never blocks, its end kept for messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from driftseal.collect.mcp.transport import Budget
from driftseal.errors import LimitExceeded
from driftseal.limits import KIB

_CHUNK: Final = 16 * KIB


class ErrorOutput:
    """Keeps the last ``limits.stderr_bytes``; ``cleaned`` makes a line of it fit for a message."""

    def __init__(self, budget: Budget, cleaned: Callable[[bytes], str]) -> None:
        self.refused: LimitExceeded | None = None
        """Why reading stopped, when it did before the end."""
        self._budget = budget
        self._cleaned = cleaned
        self._kept = bytearray()

    async def drain(self, stream: asyncio.StreamReader, overrun: Callable[[], None]) -> None:
        """Read until the end; call ``overrun`` when more comes than the budget allows."""
        most = self._budget.limits.stderr_bytes
        while chunk := await stream.read(_CHUNK):
            self._kept += chunk
            if len(self._kept) > 2 * most:
                del self._kept[:-most]
            try:
                self._budget.spend(len(chunk))
            except LimitExceeded as cause:
                self.refused = cause
                overrun()
                return

    def text(self) -> str:
        """What is kept, as it came: to be looked into, never to be shown."""
        return self._kept[-self._budget.limits.stderr_bytes :].decode("utf-8", "replace")

    def last_line(self) -> str:
        """The last line that says something, without secrets and control characters, cut short."""
        for line in reversed(bytes(self._kept).splitlines()):
            if said := line.strip():
                return self._cleaned(said)
        return ""
