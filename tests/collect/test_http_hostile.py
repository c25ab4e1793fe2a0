from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from driftseal.collect.mcp import address
from driftseal.collect.mcp.origin import Origin
from driftseal.collect.mcp.redaction import Redaction
from driftseal.collect.mcp.server import HttpServer
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.collect.mcp.streamable import StreamableHttp
from driftseal.collect.mcp.transport import Budget
from driftseal.errors import AccessRefused, AddressRefused, LimitExceeded, ProtocolError, TargetError
from driftseal.limits import Limits
from driftseal.model.item import AnomalyKind
from servers import http_hostile as hostile
from servers.http_serving import Raw, answering, flooding, serving
from servers.http_talk import INITIALIZE, PATIENT, VERSION, Talk, a_context, talk

CANARY = "canary-7f3a9c51"


async def list_tools(conversation: Talk) -> Any:
    return await conversation.ask("tools/list")


def failure(app: web.Application | Raw, *, limits: Limits = PATIENT, kind: type[TargetError] = ProtocolError) -> str:
    """What the session is told when it asks this server for its tools."""
    with serving(app) as base, pytest.raises(kind) as caught:
        talk(f"{base}/mcp?api_key={CANARY}", list_tools, context=a_context(limits=limits))
    told = f"{caught.value} {caught.value.hint}"
    assert CANARY not in told
    return told.replace(base, "BASE")


# --- redirects -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", ["/other", "http://127.0.0.1:9/mcp", "https://evil.example/mcp", "http://169.254.169.254/latest/meta-data/"]
)
def test_no_redirect_is_followed(status: int, to: str) -> None:
    app = hostile.app_of(hostile.redirecting(to, status))
    shown = to if "://" in to else f"BASE{to}"
    assert failure(app, kind=AddressRefused).startswith(f"BASE/mcp: redirects to {shown}; not followed")
    assert [(method, path.partition("?")[0]) for method, path, _ in app[hostile.SEEN]] == [("POST", "/mcp")]


def test_a_redirect_is_an_anomaly_and_shows_neither_secrets_nor_control_characters() -> None:
    app = hostile.app_of(hostile.redirecting(f"https://user:{CANARY}@evil.example/a\u202eb?x={CANARY}"))
    seen: list[Any] = []

    async def script(conversation: Talk) -> None:
        with pytest.raises(AddressRefused):
            await conversation.ask("tools/list")
        seen.extend(conversation.transport.anomalies)

    with serving(app) as base:
        talk(f"{base}/mcp", script)
    assert [(anomaly.kind, CANARY in anomaly.detail, anomaly.detail.isprintable()) for anomaly in seen] == [
        (AnomalyKind.REDIRECT, False, True)
    ]
    assert seen[0].detail.startswith("redirects to https://evil.example/a")


# --- too much, too long ----------------------------------------------------------------------


def test_an_endless_body_is_stopped_at_the_size_of_a_message() -> None:
    app = hostile.app_of(hostile.streaming(b" " * 65536, repeat=True, kind="application/json"))
    limits = replace(PATIENT, message_bytes=1 << 20)
    assert "a message of more than 1048576 bytes" in failure(app, limits=limits, kind=LimitExceeded)


def test_an_announced_giant_is_not_even_read() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{"
    assert "announced a message of 99999999999 bytes" in failure(answering(data), kind=LimitExceeded)


def test_all_that_a_server_sends_in_a_session_is_counted() -> None:
    body = b'data: {"jsonrpc":"2.0","method":"notifications/message","params":"' + b"x" * 60000 + b'"}\n\n'
    app = hostile.app_of(hostile.streaming(body, repeat=True))
    limits = replace(PATIENT, server_bytes=1 << 20)
    assert "more than 1048576 bytes in one session" in failure(app, limits=limits, kind=LimitExceeded)


def test_an_event_without_end_is_stopped() -> None:
    app = hostile.app_of(hostile.streaming(b"data: " + b"x" * 65536, repeat=True))
    limits = replace(PATIENT, message_bytes=1 << 20)
    assert "an event of more than 1048576 bytes" in failure(app, limits=limits, kind=LimitExceeded)


def test_a_compressed_answer_is_refused_unread() -> None:
    assert "answers in gzip, which we did not accept" in failure(hostile.app_of(hostile.bomb))


def test_a_slow_drip_and_an_open_stream_without_answer_end_with_the_connection_and_close_is_quick() -> None:
    app = hostile.app_of(hostile.streaming(b": x\n", repeat=True, pause=0.05))

    async def script(conversation: Talk) -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(conversation.ask("tools/list"), 0.5)
        return time.monotonic()

    with serving(app) as base:
        stopped = talk(f"{base}/mcp", script)
        assert time.monotonic() - stopped < PATIENT.request_seconds / 2


@pytest.mark.parametrize("transport_seconds", [1.0])
def test_the_whole_time_of_one_exchange_is_bounded_even_if_nobody_waits(transport_seconds: float) -> None:
    app = hostile.app_of(hostile.streaming(b": x\n", repeat=True, pause=0.05))
    limits = replace(PATIENT, server_seconds=transport_seconds)
    assert "no answer in time" in failure(app, limits=limits)


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a=b;"),
        (b"", b"\r\n"),
    ],
    ids=["interim answers", "chunk extensions", "empty lines"],
)
def test_a_flood_of_what_is_no_body_ends_in_time(begin: bytes, again: bytes) -> None:
    limits = replace(PATIENT, server_seconds=0.5)
    started = time.monotonic()
    assert "no answer in time" in failure(flooding(begin, again), limits=limits)
    assert time.monotonic() - started < PATIENT.request_seconds / 2


# --- not HTTP, not JSON, not MCP -------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", "not HTTP, or a header of it is too large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n", "not HTTP, or a header of it is too large"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "not HTTP",
        ),
        (b"", "closed the connection without an answer"),
        (
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"jsonrpc"',
            "its answer ended in the middle",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n", "neither JSON nor an event stream"),
    ],
    ids=["giant header", "many headers", "ssh", "negative", "two lengths", "bad chunk", "nothing", "truncated", "bare"],
)
def test_what_is_no_whole_http_answer_is_told_in_our_own_words(data: bytes, why: str) -> None:
    assert why in failure(answering(data))


def test_a_web_page_is_no_mcp_server() -> None:
    app = hostile.app_of(hostile.plainly(b"<html>", "text/html"))
    assert "BASE/mcp: answers with text/html, neither JSON nor an event stream" in failure(app)


def test_json_that_is_none_says_where_without_the_query() -> None:
    app = hostile.app_of(hostile.plainly(b'{"a":', "application/json"))
    assert "BASE/mcp:1:6: not valid JSON" in failure(app, kind=TargetError)


def test_a_server_that_nobody_listens_for_is_told_as_such() -> None:
    with serving(hostile.app_of(hostile.good)) as base:
        pass
    with pytest.raises(ProtocolError, match="/mcp: cannot be reached: Connection refused"):
        talk(f"{base}/mcp", list_tools)


def test_plain_http_on_an_https_url_is_no_crash() -> None:
    with serving(hostile.app_of(hostile.good)) as base, pytest.raises(ProtocolError, match="cannot be reached"):
        talk(f"{base.replace('http', 'https')}/mcp", list_tools)


# --- one request alone -----------------------------------------------------------------------


def refusals(post: hostile.Handler, get: hostile.Handler | None = None) -> list[Any]:
    """The errors with which the requests of one conversation are answered, after one that succeeds."""

    async def first_good(request: web.Request) -> web.StreamResponse:
        message = await request.json()
        return await (hostile.good if message["id"] == 1 else post)(request)

    async def script(conversation: Talk) -> list[Any]:
        await conversation.ask("ping")
        return [(await conversation.ask(method))["error"] for method in ("tools/list", "prompts/list")]

    with serving(hostile.app_of(first_good, get)) as base:
        found: list[Any] = talk(f"{base}/mcp", script)
        return [error["message"].replace(base, "BASE") for error in found]


@pytest.mark.parametrize(
    ("post", "why"),
    [
        (hostile.plainly(b"oops", "text/plain", 500), "HTTP 500 Internal Server Error"),
        (hostile.plainly(b"", "text/plain", 404), "HTTP 404 Not Found"),
        (hostile.plainly(b"", "text/plain", 599), "HTTP 599 unknown status"),
        (hostile.plainly(b"{}", "application/json", 429), "HTTP 429 Too Many Requests"),
        (hostile.plainly(b"", "text/plain", 202), "HTTP 202: taken and not answered"),
        (hostile.plainly(b"x", "text/html"), "BASE/mcp: answers with text/html"),
        (hostile.plainly(b'{"jsonrpc":"2.0","id":99,"result":{}}', "application/json"), "the answer is one to another"),
        (hostile.plainly(b"data: {}\n\n", "text/event-stream"), "the event stream ended before the answer"),
        (hostile.plainly(b"{", "application/json"), "not valid JSON"),
        (hostile.plainly(b"data: {\n\n", "text/event-stream"), "not valid JSON"),
    ],
)
def test_a_failing_list_is_told_and_the_next_is_still_asked(post: hostile.Handler, why: str) -> None:
    told = refusals(post)
    assert len(told) == 2
    assert all(why in message for message in told)


def test_an_error_in_the_body_of_a_refusal_is_the_answer_whatever_id_it_names() -> None:
    body = b'{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"no session"}}'
    assert refusals(hostile.plainly(body, "application/json", 400)) == ["no session", "no session"]


# --- credentials -----------------------------------------------------------------------------


def test_a_401_says_what_is_wanted() -> None:
    challenge = 'Bearer realm="x", scope="read \u202ewrite files:all", error="invalid_token"'
    app = hostile.app_of(hostile.plainly(b"", "text/plain", 401, **{"WWW-Authenticate": challenge}))
    assert failure(app, kind=AccessRefused) == (
        "BASE/mcp: HTTP 401: wants credentials, the OAuth scopes read, files:all (invalid_token) "
        "pass --header-env Authorization=NAME, or --oauth to log in"
    )


def test_a_403_with_credentials_says_that_they_are_refused_and_which_were_not_sent() -> None:
    app = hostile.app_of(hostile.plainly(b"", "text/plain", 403))
    headers = {"Authorization": f"Bearer {CANARY}", "X-Team": "${TEAM}"}
    with serving(app) as base, pytest.raises(AccessRefused) as caught:
        talk(f"{base}/mcp", list_tools, headers=headers)
    assert "refuses the credentials that it was given; not sent" in str(caught.value)
    assert str(caught.value).endswith("X-Team")
    assert CANARY not in f"{caught.value}{caught.value.hint}"


def test_a_server_that_repeats_our_headers_gives_no_secret_away() -> None:
    context = a_context(header_env=(("Authorization", "TOKEN"),), environment={"TOKEN": f"Bearer {CANARY}"})
    with serving(hostile.app_of(hostile.echo)) as base:
        told = talk(f"{base}/mcp", list_tools, context=context)
    assert CANARY not in str(told)
    assert "[hidden]" in told["result"]["tools"][0]["name"]
    assert told["result"]["tools"][0]["description"] == "[hidden]"


def test_real_values_reach_the_named_server_and_nothing_else_does() -> None:
    context = a_context(
        header_env=(("X-Api-Key", "KEY"),), environment={"KEY": CANARY, "http_proxy": "http://127.0.0.1:9"}
    )
    app = hostile.app_of(hostile.good)
    with serving(app) as base:
        talk(f"{base}/mcp?q=1", list_tools, context=context)
    ((method, path, headers),) = app[hostile.SEEN]
    assert (method, path) == ("POST", "/mcp?q=1")
    assert {name.lower(): value for name, value in headers.items() if name not in {"Host", "Content-Length"}} == {
        "user-agent": "claude-ai",
        "x-api-key": CANARY,
        "accept": "application/json, text/event-stream",
        "accept-encoding": "identity",
        "content-type": "application/json",
    }


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def twice(conversation: Talk) -> None:
        await conversation.ask("tools/list")
        await conversation.ask("tools/list")

    app = hostile.app_of(hostile.good)
    with serving(app) as base:
        talk(f"{base}/mcp", twice)
    assert len(app[hostile.SEEN]) == 2


# --- sessions --------------------------------------------------------------------------------


def greeting(session: str, *, every: bool = False) -> hostile.Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        message = await request.json()
        response = await hostile.good(request)
        if message["method"] == "initialize" or every:
            response.headers["Mcp-Session-Id"] = session if message["method"] == "initialize" else "another"
        return response

    return handle


async def greet_and_list(conversation: Talk) -> None:
    await conversation.ask("initialize", INITIALIZE)
    await conversation.ask("tools/list", None, VERSION)
    await conversation.ask("prompts/list")


def test_the_session_of_the_greeting_is_kept_and_ended_and_no_other_is_taken() -> None:
    app = hostile.app_of(greeting("one", every=True), delete=hostile.plainly(b"", "text/plain"))
    with serving(app) as base:
        talk(f"{base}/mcp", greet_and_list)
    assert [
        (method, headers.get("Mcp-Session-Id"), headers.get("MCP-Protocol-Version"))
        for method, _, headers in app[hostile.SEEN]
    ] == [
        ("POST", None, None),
        ("POST", "one", "2025-11-25"),
        ("POST", "one", "2025-11-25"),
        ("DELETE", "one", "2025-11-25"),
    ]


def test_without_a_session_nothing_is_deleted() -> None:
    app = hostile.app_of(hostile.good, delete=hostile.good)
    with serving(app) as base:
        talk(f"{base}/mcp", greet_and_list)
    assert [method for method, _, _ in app[hostile.SEEN]] == ["POST", "POST", "POST"]


def test_a_session_id_that_no_header_should_carry_is_refused() -> None:
    data = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: a\xc3\xa9 b\r\n"
        b"Content-Length: 37\r\n\r\n"
        b'{"jsonrpc":"2.0","id":1,"result":{}} '
    )
    with serving(answering(data)) as base, pytest.raises(ProtocolError, match="session id is not of visible ASCII"):
        talk(f"{base}/mcp", greet_and_list)


def test_a_delete_that_hangs_does_not_hold_us() -> None:
    async def hang(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    with serving(hostile.app_of(greeting("one"), delete=hang)) as base:
        started = time.monotonic()
        talk(f"{base}/mcp", greet_and_list, context=a_context(limits=replace(PATIENT, shutdown_seconds=0.5)))
        assert time.monotonic() - started < PATIENT.request_seconds / 2


def test_a_certificate_that_nobody_vouches_for_is_refused_before_any_header_is_sent(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))

    context = a_context(header_env=(("X-Api-Key", "KEY"),), environment={"KEY": CANARY})
    why = "its TLS certificate is not trusted: self-signed certificate"
    with serving(listen, tls=self_signed(tmp_path)) as base, pytest.raises(ProtocolError, match=why):
        talk(f"{base}/mcp", list_tools, context=context)
    assert b"".join(heard) == b""


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate of its own making for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# --- where the name leads by then ------------------------------------------------------------


def test_the_checked_address_is_connected_to_whatever_the_name_leads_to_later_and_no_cookie_is_kept() -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        return answers.pop(0)

    async def baking(request: web.Request) -> web.StreamResponse:
        response = await hostile.good(request)
        response.set_cookie("track", "1")
        return response

    app = hostile.app_of(baking)
    with serving(app) as base:
        port = base.rpartition(":")[2]
        context = a_context(allow_private=("127.0.0.1/32",))
        spec = HttpSpec(f"http://rebound.example:{port}/mcp")

        async def run() -> None:
            budget = Budget(context.limits)
            server = HttpServer(spec, context, budget, client_name="x", resolve=rebinding)
            transport = StreamableHttp(server, budget, spec.transport)
            await transport.open()
            conversation = Talk(transport)
            await conversation.ask("tools/list")
            await conversation.ask("tools/list")
            await transport.close()

        asyncio.run(run())
    assert answers == [["127.0.0.2"]]
    assert [(headers["Host"], headers.get("Cookie")) for _, _, headers in app[hostile.SEEN]] == [
        (f"rebound.example:{port}", None)
    ] * 2


def test_a_connection_goes_to_its_own_origin_and_resolves_no_other_name() -> None:
    async def run(base: str) -> None:
        here = address.parse(f"{base}/mcp", PATIENT)
        origin = Origin(here, ["127.0.0.1"], Budget(PATIENT), Redaction((), PATIENT))
        try:
            for other in (
                "http://127.0.0.1:9/mcp",
                f"{base.replace('127.0.0.1', 'localhost')}/mcp",
                "https://x.example/",
            ):
                with pytest.raises(AddressRefused, match="not of the origin"):
                    async with origin.request("GET", address.parse(other, PATIENT), headers={}):
                        pass
        finally:
            await origin.close()

    app = hostile.app_of(hostile.good, hostile.good)
    with serving(app) as base:
        asyncio.run(run(base))
    assert app[hostile.SEEN] == []


def test_a_public_name_that_leads_home_reaches_nobody() -> None:
    async def leading_home(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    app = hostile.app_of(hostile.good)
    with serving(app) as base:
        spec = HttpSpec(f"http://rebound.example:{base.rpartition(':')[2]}/mcp", named=True)

        async def run() -> None:
            server = HttpServer(spec, a_context(), Budget(PATIENT), client_name="x", resolve=leading_home)
            await server.open()

        with pytest.raises(AddressRefused, match=r"a loopback address, 127\.0\.0\.1"):
            asyncio.run(run())
    assert app[hostile.SEEN] == []


@pytest.mark.parametrize("url", ["https://${HOST}/mcp", "https://x.example/${input:key}/mcp", "https://{env:HOST}/"])
def test_a_url_that_refers_to_a_variable_is_not_asked(url: str) -> None:
    with pytest.raises(AddressRefused, match="the URL refers to a variable"):
        talk(url, list_tools, named=False)


def test_a_configured_url_on_loopback_is_refused_though_a_typed_one_is_asked() -> None:
    with serving(hostile.app_of(hostile.good)) as base:
        with pytest.raises(AddressRefused, match="a loopback address"):
            talk(f"{base}/mcp", list_tools, named=False)
        assert talk(f"{base}/mcp", list_tools, named=True)["result"] == {}
