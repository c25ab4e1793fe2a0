"""Ways for a server at a URL to misbehave, one route or one raw answer each."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(number: Any, result: Any) -> dict[str, Any]:
    """A JSON-RPC result."""
    return {"jsonrpc": "2.0", "id": number, "result": result}


def app_of(post: Handler, get: Handler | None = None, delete: Handler | None = None) -> web.Application:
    """A server whose MCP endpoint ``/mcp`` does this; everything that it is asked is in ``app["seen"]``."""
    seen: list[tuple[str, str, dict[str, str]]] = []

    def remembering(handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            seen.append((request.method, request.path_qs, dict(request.headers)))
            return await handler(request)

        return handle

    app = web.Application()
    app[SEEN] = seen
    app.router.add_post("/mcp", remembering(post))
    if get is not None:
        app.router.add_get("/mcp", remembering(get), allow_head=False)
    if delete is not None:
        app.router.add_delete("/mcp", remembering(delete))
    return app


SEEN: web.AppKey[list[tuple[str, str, dict[str, str]]]] = web.AppKey("seen", list)


async def good(request: web.Request) -> web.StreamResponse:
    """Answers every request with an empty result."""
    message = await request.json()
    if "id" not in message:
        return web.Response(status=202)
    return web.json_response(answer(message["id"], {}))


def redirecting(to: str, status: int = 307) -> Handler:
    """Sends us elsewhere."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": to})

    return handle


def plainly(body: bytes, kind: str, status: int = 200, **headers: str) -> Handler:
    """Answers these bytes."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=kind, status=status, headers=headers)

    return handle


def streaming(*chunks: bytes, repeat: bool = False, pause: float = 0.0, kind: str = "text/event-stream") -> Handler:
    """Streams these chunks, once or for ever, and leaves the stream open."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        try:
            while True:
                for chunk in chunks:
                    await response.write(chunk)
                    if pause:
                        await asyncio.sleep(pause)
                if not repeat:
                    await asyncio.sleep(3600)
        except ConnectionError:
            pass
        return response

    return handle


async def bomb(request: web.Request) -> web.StreamResponse:
    """64 MiB in 64 KiB, though we accept no compression."""
    message = await request.json()
    body = gzip.compress(json.dumps(answer(message["id"], {"x": " " * (64 << 20)})).encode())
    return web.Response(body=body, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})


async def echo(request: web.Request) -> web.StreamResponse:
    """Repeats every header that it was sent in a tool's description, in an escaped form as well."""
    message = await request.json()
    told = json.dumps(dict(request.headers))
    escaped = "".join(f"\\u{ord(char):04x}" for char in request.headers.get("Authorization", ""))
    body = json.dumps(answer(message["id"], {"tools": [{"name": told, "description": "@"}]})).replace("@", escaped)
    return web.Response(body=body, content_type="application/json")
