from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tools
from driftseal.collect.mcp import address, permissions
from driftseal.collect.mcp.challenge import Challenge, metadata_places, wanted
from driftseal.collect.mcp.loopback import Loopback
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport
from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.item import Item, ItemKind
from growth import grows_linearly
from servers import http_hostile as hostile
from servers.http_login import Browser, log_in
from servers.http_oauth import Office, protected
from servers.http_serving import serving
from servers.http_talk import PATIENT, a_context

LOGIN = Path(__file__).parents[1] / "servers" / "http_login.py"


def found_at(office: Office, **context: Any) -> tuple[list[Item], str]:
    """The permissions that are found without logging in, and the server's base URL."""
    with serving(protected(office)) as base:
        (found,) = permissions.find([("REF", HttpSpec(f"{base}/mcp", named=True))], a_context(**context))
    return [item for item in found if isinstance(item, Item)], base


# --- without a login -------------------------------------------------------------------------


def test_scopes_and_authorization_server_become_permissions() -> None:
    items, base = found_at(Office())
    assert [(item.kind, item.name, item.content) for item in items] == [
        (
            ItemKind.PERMISSION,
            f"oauth:{scope}",
            {"scope": scope, "authorization_server": base, "resource": f"{base}/mcp"},
        )
        for scope in ("read", "write")
    ]
    assert items[0].evidence[0].uri == f"{base}/mcp"


def test_finding_permissions_shows_no_credentials_and_logs_nobody_in() -> None:
    office = Office()
    found_at(office, header_env=(("Authorization", "TOKEN"),), environment={"TOKEN": "Bearer canary"})
    assert office.presented == [("/mcp", ""), ("/.well-known/oauth-protected-resource/mcp", "")]
    assert office.asked_for == []


def test_the_scopes_of_the_challenge_count_before_those_of_the_metadata() -> None:
    challenge = Challenge.read(401, ['Bearer scope="files:read files:read x\x7f", error=oops'], DEFAULT_LIMITS)
    metadata = (
        b'{"scopes_supported": ["all"], "authorization_servers": ["https://u:p@as.example/t?k=v", 5, "file:///x"]}'
    )
    told = wanted(challenge, metadata, DEFAULT_LIMITS)
    assert (told.scopes, told.authorization_servers) == (("files:read",), ("https://as.example/t",))


@pytest.mark.parametrize(
    "metadata", [b"", b"[]", b"{", b'{"scopes_supported": "all"}', b'{"resource": {}}', b"[" * 5000, b"\xff", None]
)
def test_metadata_that_makes_no_sense_is_no_crash_and_no_permission(metadata: bytes | None) -> None:
    assert wanted(Challenge.read(401, [], DEFAULT_LIMITS), metadata, DEFAULT_LIMITS).items("u") == ()


def test_several_authorization_servers_are_told_in_one_order() -> None:
    metadata = b'{"authorization_servers": ["https://b.example", "https://a.example"]}'
    (item,) = wanted(Challenge.read(401, [], DEFAULT_LIMITS), metadata, DEFAULT_LIMITS).items("u")
    assert isinstance(item.content, dict)
    assert item.content["authorization_server"] == ["https://a.example", "https://b.example"]


def test_metadata_is_looked_for_at_the_servers_own_origin_alone() -> None:
    here = address.parse("https://mcp.example/a/mcp", DEFAULT_LIMITS)
    elsewhere = Challenge.read(401, ['Bearer resource_metadata="https://evil.example/m"'], DEFAULT_LIMITS)
    assert [str(place) for place in metadata_places(elsewhere, here, DEFAULT_LIMITS)] == [
        "https://mcp.example/.well-known/oauth-protected-resource/a/mcp",
        "https://mcp.example/.well-known/oauth-protected-resource",
    ]
    at_home = Challenge.read(401, ['Bearer resource_metadata="https://mcp.example/m"'], DEFAULT_LIMITS)
    assert str(metadata_places(at_home, here, DEFAULT_LIMITS)[0]) == "https://mcp.example/m"


@given(st.text(max_size=300))
def test_any_challenge_is_read(header: str) -> None:
    challenge = Challenge.read(401, [header], DEFAULT_LIMITS)
    assert all(scope.isascii() and scope.isprintable() and " " not in scope for scope in challenge.scopes)


@pytest.mark.parametrize("part", ['a="\\\\', 'a="', 'a=\\"', "a=", "a", "a ", "=", '"', 'a="\\"'])
def test_a_challenge_made_to_be_slow_takes_linear_time(part: str) -> None:
    limits = replace(DEFAULT_LIMITS, header_bytes=1 << 20)
    assert grows_linearly(lambda size: Challenge.read(401, [part * (size // len(part))], limits), 1 << 15)


def test_more_scopes_than_allowed_are_cut() -> None:
    header = f'Bearer scope="{" ".join(f"s{number}" for number in range(500))}"'
    assert len(Challenge.read(401, [header], replace(DEFAULT_LIMITS, scopes=3)).scopes) == 3


@pytest.mark.parametrize("transport", [HttpTransport.AUTO, HttpTransport.SSE])
def test_a_server_that_lets_everybody_in_asks_for_no_permission(transport: HttpTransport) -> None:
    app = hostile.app_of(hostile.good, hostile.streaming(b": hello\n\n"))
    with serving(app) as base:
        spec = HttpSpec(f"{base}/mcp", transport=transport, named=True)
        assert list(permissions.find([("REF", spec)], a_context())) == [()]


def test_a_server_that_cannot_be_asked_has_no_permissions_here() -> None:
    specs = [HttpSpec("ftp://x"), HttpSpec("http://127.0.0.1:9/", named=True), HttpSpec("http://127.0.0.1:9/")]
    assert list(permissions.find([("REF", spec) for spec in specs], a_context())) == [(), (), ()]


# --- with a login ----------------------------------------------------------------------------


def test_a_login_gives_a_token_that_only_the_server_sees() -> None:
    seen = log_in(Office())
    assert seen["tools"] == ["look"]
    assert seen["presented"] == ["/mcp"]
    assert seen["items"] == ["oauth:read", "oauth:write"]
    assert seen["scopes"] == ["read write"]
    assert seen["gaps"] == []
    assert "canary" not in seen["context"]
    (url,) = seen["urls"]
    assert url.startswith("BASE/authorize?response_type=code&client_id=client-1&redirect_uri=http%3A%2F%2F127.0.0.1%3A")
    assert "code_challenge_method=S256" in url
    assert "&resource=" in url


def test_the_login_page_is_told_in_a_line_that_stays() -> None:
    lines: list[str] = []
    visit = Browser()

    def notice(line: str) -> None:
        lines.append(line)
        visit(line)

    context = replace(a_context(oauth=True), notice=notice)
    with serving(protected(Office())) as base:
        list(permissions.find([("REF", HttpSpec(f"{base}/mcp", named=True))], context))
    assert [line.startswith(f"log in to {base}/mcp: {base}/authorize?") for line in lines] == [True]


def test_version_1_of_the_package_logs_in_as_well() -> None:
    folder, why = tools.find()
    if folder is None:
        pytest.skip(why)
    packages = min((folder / "mcp1").glob("[Ll]ib*/**/site-packages"))
    # Before our own packages: this run of the interpreter has version 1 of this one.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(packages), str(LOGIN.parents[1])])}
    done = subprocess.run([sys.executable, str(LOGIN)], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""
    seen = json.loads(done.stdout)
    assert seen["version"].startswith("1.")
    assert (seen["tools"], seen["presented"], seen["gaps"]) == (["look"], ["/mcp"], [])


def test_a_server_that_registers_nobody_is_a_gap_that_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    seen = log_in(Office(registers=False))
    ((reference, what, why),) = seen["gaps"]
    assert (reference, what) == ("REF", "login")
    assert why == (
        "BASE/mcp: the OAuth login failed (OAuthRegistrationError, BASE/register: HTTP 403); get a token from "
        "that service yourself and pass it: --header-env Authorization=NAME"
    )
    assert "canary" not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("mcp")] == []


def test_a_person_who_says_no_is_believed() -> None:
    assert log_in(Office(denies=True))["gaps"] == [("REF", "login", "BASE/mcp: the login was refused: access_denied")]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("http://evil.example/authorize", "an authorization server without https"),
        ("https://evil.example/$(touch%20x)/authorize", "holds unusual characters"),
        ("https://user:pw@evil.example/authorize", "a user name or password"),
        ("https://evil.example/a';calc;'", "holds unusual characters"),
    ],
)
def test_a_login_page_that_no_browser_should_open_is_not_even_shown(page: str, why: str) -> None:
    seen = log_in(Office(authorize_url=page))
    ((_, _, told),) = seen["gaps"]
    assert why in told
    assert seen["urls"] == []


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [
        ("https://169.254.169.254/", "leads to a cloud metadata address"),
        ("https://10.0.0.1/", "leads to a private address"),
        ("http://evil.example/", "without https"),
    ],
)
def test_an_authorization_server_is_checked_like_any_other_address(elsewhere: str, why: str) -> None:
    seen = log_in(Office(authorization_servers=[elsewhere]))
    assert why in seen["gaps"][0][2]
    assert seen["urls"] == []


def test_metadata_of_a_private_neighbour_is_not_fetched() -> None:
    with serving(hostile.app_of(hostile.good, hostile.good)) as other:
        place = other.replace("127.0.0.1", "127.0.0.2")
        seen = log_in(Office(metadata_url=f"{place}/mcp"))
    assert "without https" in seen["gaps"][0][2]


def test_metadata_behind_a_redirect_is_none_and_the_next_place_is_looked_at() -> None:
    office = Office(metadata_url="/moved")
    seen = log_in(office)
    assert seen["gaps"] == []
    assert seen["tools"] == ["look"]


@pytest.mark.parametrize(
    "answer",
    [
        {"expires_in": 10**400},
        {"access_token": "two words"},
        {"access_token": "x" * 100_000},
        {"access_token": "\r\nX-Evil: 1"},
        {"token_type": "mac"},
        {"access_token": None},
    ],
    ids="-".join,
)
def test_a_token_answer_that_makes_no_sense_is_a_gap(answer: dict[str, Any]) -> None:
    seen = log_in(Office(token_answer=answer))
    if seen["gaps"]:
        assert "the OAuth login " in seen["gaps"][0][2]
        assert seen["presented"] == []
    else:
        assert answer.keys() == {"expires_in"}


def test_nobody_is_waited_for_longer_than_allowed() -> None:
    office = Office()
    context = a_context(oauth=True, limits=replace(PATIENT, login_seconds=0.7))
    with serving(protected(office)) as base:
        (found,) = permissions.find([("REF", HttpSpec(f"{base}/mcp", named=True))], context)
    assert [getattr(thing, "why", "").partition(";")[0] for thing in found][
        -1
    ] == f"{base}/mcp: nobody logged in in time"


# --- the page that the browser comes back to -------------------------------------------------


def test_only_a_browser_with_the_right_state_ends_the_login() -> None:
    async def visit(url: str) -> tuple[int, str]:
        def get() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(url) as page:  # noqa: S310 - our own loopback page
                    return page.status, page.read().decode()
            except urllib.error.HTTPError as refused:
                return refused.code, refused.read().decode()

        return await asyncio.to_thread(get)

    async def run() -> None:
        async with Loopback(PATIENT) as loopback:
            before = await visit(f"{loopback.uri}?code=c&state=")
            loopback.expect("right")
            wrong = await visit(f"{loopback.uri}?code=evil&state=wrong")
            other = await visit(loopback.uri.replace("callback", "favicon.ico?state=right&code=evil"))
            right = await visit(f"{loopback.uri}?code=<b>&state=right&iss=i")
            again = await visit(f"{loopback.uri}?code=evil&state=right")
            assert [status for status, _ in (before, wrong, other, right, again)] == [404, 404, 404, 200, 200]
            assert "<b>" not in right[1]
            assert await loopback.answer() == {"code": "<b>", "state": "right", "iss": "i"}

    asyncio.run(run())


@pytest.mark.parametrize(
    "data", [b"", b"\0\xff\r\n", b"POST /callback HTTP/1.1\r\n\r\n", b"GET " + b"x" * 99_999, b"GET /\n"]
)
def test_noise_on_the_loopback_page_is_no_crash(data: bytes) -> None:
    async def run() -> None:
        async with Loopback(PATIENT) as loopback:
            port = int(loopback.uri.split(":")[2].partition("/")[0])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            writer.write_eof()
            await reader.read()
            writer.close()

    asyncio.run(run())
