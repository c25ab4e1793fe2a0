from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from collect.test_http_real import started
from driftseal import snapshot
from driftseal.collect.base import Context, Probe
from driftseal.collect.mcp_http import HttpCollector
from driftseal.model.item import AnomalyKind
from driftseal.model.snapshot import Origin, Snapshot
from servers import http_hostile as hostile
from servers.http_login import Browser
from servers.http_oauth import Office, protected
from servers.http_serving import answering, serving
from servers.http_talk import PATIENT, a_context

CANARY = "canary-0d1f5b77"


def taken(reference: str, context: Context | None = None) -> Snapshot:
    """The snapshot of the one server that this reference names."""
    collector = HttpCollector(context or a_context())
    assert collector.claims(reference)
    (one,) = collector.collect(list(collector.targets(reference)))
    return one


def keys(one: Snapshot) -> list[str]:
    return [item.key for item in one.items]


@pytest.mark.parametrize(
    ("reference", "identity"),
    [
        ("HTTPS://Mcp.Example:443/a/mcp?api_key=canary#x", "https://mcp.example/a/mcp"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("https://user:canary@mcp.example/mcp?canary", "https://mcp.example/mcp"),
        ("https://mcp.example:99999/mcp?canary", "https://mcp.example:99999/mcp"),
        ("https://\x1b[31mevil/", "https://\\u{1b}[31mevil/"),
    ],
)
def test_reference_and_identity_are_the_url_without_secrets(reference: str, identity: str) -> None:
    (target,) = HttpCollector(a_context()).targets(reference)
    assert (target.kind, target.reference, target.identity) == ("mcp_http", identity, identity)
    assert "canary" not in repr(target)


def test_other_references_are_not_claimed() -> None:
    collector = HttpCollector(a_context())
    assert not any(map(collector.claims, ["./https://x", "stdio:x", "npm:x", "ftp://x", ""]))


def test_two_urls_that_differ_in_their_query_are_two_targets() -> None:
    collector = HttpCollector(a_context())
    found = [target.identity for text in ("a", "b", "a") for target in collector.targets(f"https://x.example/?{text}")]
    assert found == ["https://x.example/", "https://x.example/#2", "https://x.example/"]


def test_a_real_server_becomes_a_snapshot_and_twice_the_same_one() -> None:
    with started(sys.executable, "streamable-http") as url:
        first, second = taken(f"{url}?api_key={CANARY}"), taken(f"{url}?api_key={CANARY}")
    assert first.origin is Origin.LIVE
    assert first.envelope.protocol == "2026-07-28"
    assert keys(first) == [
        "credential:url",
        "instructions:",
        "launch:",
        "prompt:greet",
        "resource:note://one",
        "server:",
        "tool:add",
    ]
    assert (first.digest, first.gaps, first.anomalies) == (second.digest, (), ())
    assert CANARY.encode() not in snapshot.dump(first)


def test_a_server_that_wants_credentials_is_a_gap_beside_the_scopes_that_it_wants() -> None:
    with serving(protected(Office())) as base:
        one = taken(f"{base}/mcp")
    assert keys(one) == ["launch:", "permission:oauth:read", "permission:oauth:write"]
    (gap,) = one.gaps
    assert gap.why.replace(base, "BASE") == (
        "BASE/mcp: HTTP 401: wants credentials (invalid_token); "
        "pass --header-env Authorization=NAME, or --oauth to log in"
    )


def test_a_scope_more_is_another_snapshot_whatever_credentials_are_used() -> None:
    office = Office()
    office.tokens.add(CANARY)
    context = a_context(header_env=(("Authorization", "TOKEN"),), environment={"TOKEN": f"Bearer {CANARY}"})
    with serving(protected(office)) as base:
        before = taken(f"{base}/mcp", context)
        office.scopes.append("admin")
        after = taken(f"{base}/mcp", context)
    assert sorted(set(keys(after)) - set(keys(before))) == ["permission:oauth:admin"]
    assert "credential:Authorization" in keys(before)
    assert "tool:look" in keys(before)
    assert before.gaps == ()
    assert CANARY.encode() not in snapshot.dump(before)


def test_a_login_is_asked_for_once_however_often_the_server_is_looked_at() -> None:
    office, browser = Office(), Browser()
    with serving(protected(office)) as base:
        one = taken(f"{base}/mcp", a_context(oauth=True, progress=browser, probe=Probe.STANDARD))
    assert len(browser.urls) == 1
    assert "tool:look" in keys(one)
    assert one.gaps == ()
    assert b"canary-token" not in snapshot.dump(one)


def test_a_refused_login_is_a_gap_of_its_own() -> None:
    with serving(protected(Office(denies=True))) as base:
        one = taken(f"{base}/mcp", a_context(oauth=True, progress=Browser()))
    assert [(gap.what, "access_denied" in gap.why) for gap in one.gaps] == [("login", True), ("live server", False)]


@pytest.mark.parametrize("reference", ["https://user:canary@mcp.example/", "http://0x7f.1/", "http://[::1", "https://"])
def test_a_url_that_is_never_contacted_is_a_gap(reference: str) -> None:
    one = taken(reference)
    (gap,) = one.gaps
    assert gap.what == "live server"
    assert b"canary" not in snapshot.dump(one)


def secretive(kind: str) -> web.Application:
    """Servers that repeat the header they were given wherever they can."""

    async def handle(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("X-Api-Key", "nothing")
        message: dict[str, Any] = await request.json()
        number = message.get("id")
        if kind == "redirect":
            return web.Response(status=302, headers={"Location": f"/{given}"})
        if kind == "challenge":
            return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer scope="{given}", error="{given}"'})
        if kind == "page":
            return web.Response(body=given.encode(), headers={"Content-Type": f"text/{given}"})
        if kind == "error":
            error = {"code": -32000, "message": f"no {given}", "data": given}
            return web.json_response({"jsonrpc": "2.0", "id": number, "error": error}, status=400)
        if kind == "session":
            session = {"Mcp-Session-Id": f"\u00e9{given}"}
            return web.json_response(hostile.answer(number, {}), headers=session)
        tool = {"name": given, "description": given, given: [given]}
        results: dict[str, Any] = {
            "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {}, "instructions": given},
            "tools/list": {"tools": [tool, tool]},
        }
        return web.json_response(hostile.answer(number, results.get(message["method"], {"prompts": []})))

    return hostile.app_of(handle)


@pytest.mark.parametrize("kind", ["redirect", "challenge", "page", "error", "session", "tools"])
def test_no_secret_value_is_in_anything_that_we_keep(kind: str) -> None:
    lines: list[str] = []
    context = a_context(
        header_env=(("X-Api-Key", "KEY"),), environment={"KEY": CANARY}, probe=Probe.STANDARD, progress=lines.append
    )
    app = secretive(kind)
    with serving(app) as base:
        one = taken(f"{base}/mcp?token={CANARY}", context)
    assert CANARY not in json.dumps([repr(one), *lines]) + snapshot.dump(one).decode()
    assert any(headers.get("X-Api-Key") == CANARY for _, _, headers in app[hostile.SEEN])
    assert one.gaps or kind == "tools"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda: hostile.app_of(hostile.redirecting("http://169.254.169.254/")),
            "redirects to http://169.254.169.254/",
        ),
        (lambda: hostile.app_of(hostile.plainly(b"<html>", "text/html")), "neither JSON nor an event stream"),
        (lambda: hostile.app_of(hostile.plainly(b"", "text/plain", 500)), "HTTP 500 Internal Server Error"),
        (lambda: hostile.app_of(hostile.streaming(b": x\n", repeat=True, pause=0.05)), "stopped after 2 seconds"),
        (lambda: answering(b"SSH-2.0-OpenSSH_9.2\r\n"), "not HTTP"),
        (lambda: answering(b""), "closed the connection without an answer"),
    ],
    ids=["redirect", "page", "500", "drip", "ssh", "nothing"],
)
def test_whatever_a_server_does_its_snapshot_comes_with_a_gap(make: Callable[[], Any], why: str) -> None:
    with serving(make()) as base:
        limits = replace(PATIENT, server_seconds=2.0) if "stopped" in why else PATIENT
        one = taken(f"{base}/mcp", a_context(limits=limits))
    assert [gap.what for gap in one.gaps] == ["live server"]
    assert why in one.gaps[0].why
    assert keys(one) == ["launch:"]
    if "redirect" in why:
        assert AnomalyKind.REDIRECT in {anomaly.kind for anomaly in one.anomalies}


def test_a_server_that_says_nothing_at_all_takes_no_longer_than_allowed() -> None:
    async def silence(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    limits = replace(PATIENT, connect_seconds=1.0, request_seconds=0.5, probe_seconds=0.3, server_seconds=2.0)
    with serving(silence) as base:
        started_at = time.monotonic()
        one = taken(f"{base}/mcp", a_context(limits=limits))
        assert time.monotonic() - started_at < PATIENT.request_seconds / 2
    assert [gap.what for gap in one.gaps] == ["live server"]


def test_many_servers_are_asked_at_once() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return await hostile.good(request)

    with serving(hostile.app_of(slow)) as base:
        collector = HttpCollector(a_context())
        targets = [target for number in range(20) for target in collector.targets(f"{base}/mcp?{number}")]
        found = list(collector.collect(targets))
    assert len(found) == 20
    assert len({one.target.identity for one in found}) == 20
