"""A server's error output: read so that it never blocks, its end kept for messages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from driftseal.collect.mcp.transport import Budget
from driftseal.errors import LimitExceeded
from driftseal.limits import KIB

_CHUNK: Final = 16 * KIB
_TELLING: Final = re.compile(
    rb"(?i)error|exception|cannot|could not|unable|missing|required|invalid|denied|not (?:set|found|provided)|must be"
)
_WORD: Final = re.compile(rb"[A-Za-z]{2}")


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

    def last_words(self) -> str:
        """The last line that tells of an error, else the last one with a word; safe to show, cut short."""
        latest = bytes(self._kept).splitlines()[-self._budget.limits.noise_lines :]
        lines = [line.strip() for line in latest]
        telling = [line for line in lines if _TELLING.search(line) and not line.startswith(b"at ")]
        wordy = [line for line in lines if _WORD.search(line)]
        return self._cleaned((telling or wordy or [b""])[-1])
