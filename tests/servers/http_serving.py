"""Serves HTTP on loopback from a thread, so that synchronous tests can ask it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def serving(app: web.Application | Raw, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve an application, or raw connections, on 127.0.0.1; gives the base URL, without a slash at the end."""
    loop = asyncio.new_event_loop()
    ready: Any = threading.Event()
    found: list[str] = []
    stop = asyncio.Event()

    async def run() -> None:
        if isinstance(app, web.Application):
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            assert runner.server is not None
            server: asyncio.Server = await loop.create_server(runner.server, "127.0.0.1", 0)
            finish: Callable[[], Awaitable[None]] = runner.cleanup
        else:
            server = await asyncio.start_server(_forgiving(app), "127.0.0.1", 0, ssl=tls)
            finish = _nothing
        found.append(f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        ready.set()
        await stop.wait()
        # Nobody else is let in, and who was let in last gets a handler: what never began would close nothing.
        for listening in server.sockets:
            loop.remove_reader(listening.fileno())
        for _ in range(10):
            await asyncio.sleep(0)
        server.close()
        await finish()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(300)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(300)
        loop.close()


async def _nothing() -> None:
    pass


def _forgiving(handler: Raw) -> Raw:
    """The client goes away whenever it has seen enough."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Cancelled at the end of the test, when nobody looks at this task any more.
            pass
        finally:
            writer.close()

    return handle


def flooding(begin: bytes, again: bytes) -> Raw:
    """Raw connections: after the head of a request these bytes, then those for ever."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        while True:
            writer.write(again * 1000)
            await writer.drain()

    return handle


def answering(data: bytes) -> Raw:
    """Raw connections: the whole request is read, then these bytes are sent and the connection closed."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.partition(b":")[2]))
        writer.write(data)
        await writer.drain()

    return handle
