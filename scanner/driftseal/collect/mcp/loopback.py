"""A page on loopback where the browser comes back to after a login (RFC 8252, section 7.3)."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from driftseal.limits import Limits

_PATH: Final = "/callback"
_PAGE: Final = "<!doctype html><title>driftseal</title><p>{}</p>"
_HEAD: Final = (
    "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
)


class Loopback:
    """Listens on 127.0.0.1 on a port of the system's choice while it is entered."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._state = ""
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server | None = None
        self.uri = ""
        """The redirect URI, once entered."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=self._limits.header_bytes)
        self.uri = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{_PATH}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    def expect(self, state: str) -> None:
        """Only a browser that brings this ``state`` is believed; any other page of the machine is not."""
        self._state = state

    async def answer(self) -> dict[str, str]:
        """The parameters with which the browser came back; waits for it."""
        return await self._answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                line = await reader.readline()
                status, text = self._take(line)
                page = _PAGE.format(text).encode()
                writer.write(_HEAD.format(status, len(page)).encode() + page)
                await writer.drain()
        except (OSError, ValueError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, line: bytes) -> tuple[str, str]:
        words = line.decode("ascii", "replace").split(" ")
        if len(words) != 3 or words[0] != "GET":  # noqa: PLR2004 - method, target, version: RFC 9112, section 3
            return "405 Method Not Allowed", "Nothing is to be had here."
        target = urlsplit(words[1])
        given = {name: values[0] for name, values in parse_qs(target.query, max_num_fields=20).items()}
        if target.path != _PATH or not self._state or not hmac.compare_digest(given.get("state", ""), self._state):
            return "404 Not Found", "This is not the login that was begun."
        if not self._answer.done():
            self._answer.set_result(given)
        return "200 OK", "You may close this page and go back to the terminal."
