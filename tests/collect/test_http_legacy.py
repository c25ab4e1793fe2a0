from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from driftseal.collect.mcp.spec import HttpTransport
from driftseal.errors import AccessRefused, AddressRefused, LimitExceeded, ProtocolError, TargetError
from driftseal.limits import Limits
from servers import http_hostile as hostile
from servers.http_serving import serving
from servers.http_talk import PATIENT, Talk, a_context, talk

CANARY = "canary-51c9a3f7"


def legacy(endpoint: str, *, status: int = 202, before: bytes = b"", after: bytes = b"") -> web.Application:
    """A server of 2024-11-05 that names this endpoint and answers each request with an empty result."""
    queue: list[asyncio.Queue[bytes]] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(before + f"event: endpoint\ndata: {endpoint}\n\n".encode() + after)
        queue.append(asyncio.Queue())
        while True:
            await response.write(await queue[-1].get())

    async def message(request: web.Request) -> web.StreamResponse:
        given = await request.json()
        if "id" in given and status == 202:
            result = hostile.answer(given["id"], {"protocolVersion": "2024-11-05"})
            queue[-1].put_nowait(b"event: message\ndata: " + json.dumps(result).encode() + b"\n\n")
        return web.Response(status=status)

    app = hostile.app_of(hostile.plainly(b"", "text/plain", 405), stream)
    app.router.add_post("/messages", message)
    return app


async def greet(conversation: Talk) -> Any:
    return await conversation.shake_hands()


def failure(
    app: web.Application, *, kind: type[TargetError] = ProtocolError, limits: Limits = PATIENT, **context: Any
) -> str:
    with serving(app) as base, pytest.raises(kind) as caught:
        talk(f"{base}/mcp", greet, transport=HttpTransport.SSE, context=a_context(limits=limits, **context))
    return str(caught.value).replace(base, "BASE")


@pytest.mark.parametrize("transport", [HttpTransport.SSE, HttpTransport.AUTO])
def test_the_endpoint_may_be_relative_and_carry_a_session(transport: HttpTransport) -> None:
    with serving(legacy("/messages?session_id=1", before=b": hello\r\n\r\n")) as base:
        assert talk(f"{base}/mcp", greet, transport=transport) == {"protocolVersion": "2024-11-05"}


def test_streamable_http_by_name_does_not_fall_back() -> None:
    with serving(legacy("/messages")) as base:

        async def script(conversation: Talk) -> Any:
            return await conversation.ask("initialize", {})

        answer = talk(f"{base}/mcp", script, transport=HttpTransport.STREAMABLE)
    assert answer["error"]["message"] == "HTTP 405 Method Not Allowed"


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("http://127.0.0.1:9/messages?k=secret", "http://127.0.0.1:9/messages"),
        ("https://evil.example/m", "https://evil.example/m"),
        ("//evil.example/m", "http://evil.example/m"),
        ("http://localhost:{port}/messages", "http://localhost:{port}/messages"),
    ],
)
def test_an_endpoint_of_another_origin_is_refused_and_gets_no_header(endpoint: str, shown: str) -> None:
    with serving(hostile.app_of(hostile.good)) as other:
        port = other.rpartition(":")[2]
        told = failure(legacy(endpoint.format(port=port)), kind=AddressRefused)
    assert told == f"BASE/mcp: names an endpoint of another origin, {shown.format(port=port)}; not followed"


@pytest.mark.parametrize("endpoint", ["file:///etc/passwd", "http://user@127.0.0.1/", "http://[::1", "http://a b/"])
def test_an_endpoint_of_a_form_that_is_never_contacted_is_refused(endpoint: str) -> None:
    with serving(legacy(endpoint)) as base, pytest.raises(TargetError):
        talk(f"{base}/mcp", greet, transport=HttpTransport.SSE)


def test_a_second_endpoint_does_not_move_the_conversation() -> None:
    app = legacy("/messages", after=b"event: endpoint\ndata: http://127.0.0.1:9/\n\n")
    with serving(app) as base:
        assert talk(f"{base}/mcp", greet) == {"protocolVersion": "2024-11-05"}


def test_a_stream_that_names_no_endpoint_is_given_up_in_time() -> None:
    app = hostile.app_of(hostile.good, hostile.streaming(b": ping\n\n", repeat=True, pause=0.05))
    assert failure(app, limits=replace(PATIENT, request_seconds=2.0)) == "BASE/mcp: its event stream names no endpoint"


def test_a_stream_that_ends_says_so() -> None:
    app = hostile.app_of(hostile.good, hostile.plainly(b"data: {}\n\n", "text/event-stream"))
    assert failure(app) == "BASE/mcp: the event stream ended"


def test_a_page_in_place_of_the_stream_is_told() -> None:
    app = hostile.app_of(hostile.good, hostile.plainly(b"<html>", "text/html"))
    assert failure(app) == "BASE/mcp: no event stream, but HTTP 200 with text/html"


def test_a_stream_without_measure_is_stopped() -> None:
    app = hostile.app_of(hostile.good, hostile.streaming(b"data: " + b"x" * 65536, repeat=True))
    assert "an event of more than 1048576" in failure(
        app, kind=LimitExceeded, limits=replace(PATIENT, message_bytes=1 << 20)
    )


def test_a_stream_that_wants_credentials_says_so() -> None:
    app = hostile.app_of(hostile.good, hostile.plainly(b"", "text/plain", 401))
    assert failure(app, kind=AccessRefused) == "BASE/mcp: HTTP 401: wants credentials"


def test_a_redirected_stream_is_not_followed() -> None:
    app = hostile.app_of(hostile.good, hostile.redirecting("http://127.0.0.1:9/sse"))
    assert "redirects to http://127.0.0.1:9/sse; not followed" in failure(app, kind=AddressRefused)


def test_a_message_that_is_refused_is_answered_to_its_request() -> None:
    async def script(conversation: Talk) -> Any:
        return await conversation.ask("tools/list")

    with serving(legacy("/messages", status=503)) as base:
        answer = talk(f"{base}/mcp", script, transport=HttpTransport.SSE)
    assert answer["error"]["message"] == "HTTP 503"


def test_a_name_that_the_server_chose_splits_no_request() -> None:
    async def script(conversation: Talk) -> Any:
        await conversation.shake_hands()
        return await conversation.ask("prompts/get", {"name": "x"}, {"Mcp-Name": "x\r\nX-Evil: 1"})

    with serving(legacy("/messages")) as base:
        assert "result" in talk(f"{base}/mcp", script, transport=HttpTransport.SSE)


def test_a_server_that_refuses_the_greeting_and_streams_no_endpoint_keeps_its_own_error() -> None:
    body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"go away"}}'
    app = hostile.app_of(
        hostile.plainly(body, "application/json", 400), hostile.streaming(b": ping\n\n", repeat=True, pause=0.05)
    )

    async def script(conversation: Talk) -> Any:
        return await conversation.ask("initialize", {})

    with serving(app) as base:
        started = time.monotonic()
        answer = talk(f"{base}/mcp", script, context=a_context(limits=replace(PATIENT, probe_seconds=1.0)))
    assert answer["error"]["message"] == "go away"
    assert time.monotonic() - started < PATIENT.request_seconds / 2


def test_a_status_that_no_older_server_answers_with_keeps_us_from_trying_it() -> None:
    app = hostile.app_of(hostile.plainly(b"", "text/plain", 503), hostile.streaming(b""))

    async def script(conversation: Talk) -> Any:
        return await conversation.ask("initialize", {})

    with serving(app) as base:
        assert talk(f"{base}/mcp", script)["error"]["message"] == "HTTP 503 Service Unavailable"
    assert [method for method, _, _ in app[hostile.SEEN]] == ["POST"]


def test_a_modern_error_keeps_us_from_trying_the_older_transport() -> None:
    body = (
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"modern only","data":{"supported":["2026-07-28"]}}}'
    )
    app = hostile.app_of(hostile.plainly(body, "application/json", 400), hostile.streaming(b""))

    async def script(conversation: Talk) -> Any:
        return await conversation.ask("initialize", {})

    with serving(app) as base:
        assert talk(f"{base}/mcp", script)["error"]["code"] == -32022
    assert [method for method, _, _ in app[hostile.SEEN]] == ["POST"]


def test_secrets_go_with_messages_to_the_own_endpoint_and_come_back_from_nowhere() -> None:
    told = f'data: {{"jsonrpc":"2.0","method":"notifications/message","params":"{CANARY}"}}\n\n'
    app = legacy("/messages", after=told.encode())
    context = a_context(header_env=(("X-Api-Key", "KEY"),), environment={"KEY": CANARY})
    heard: list[Any] = []

    async def script(conversation: Talk) -> None:
        await conversation.shake_hands()
        heard.extend(conversation.other)

    with serving(app) as base:
        talk(f"{base}/mcp", script, transport=HttpTransport.SSE, context=context)
    assert [message["params"] for message in heard] == ["[hidden]"]
    assert app[hostile.SEEN][0][2]["X-Api-Key"] == CANARY
