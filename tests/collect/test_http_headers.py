from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal import canonical
from driftseal.collect.mcp.headers import encode, for_server, mirrors, protocol
from driftseal.collect.mcp.redaction import BLOT, Redaction
from driftseal.collect.mcp.spec import HttpSpec
from driftseal.errors import TargetError
from driftseal.limits import DEFAULT_LIMITS
from servers.http_talk import a_context

URL = "https://mcp.example/mcp"


@pytest.mark.parametrize(
    ("value", "header"),
    [
        # The specification's own table, 2026-07-28, «Value Encoding».
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("", "=?base64??="),
    ],
)
def test_values_are_encoded_as_the_specification_shows(value: str, header: str) -> None:
    assert encode(value) == header


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_value_can_be_decoded_again_and_splits_no_header(value: str) -> None:
    header = encode(value)
    assert header.isascii()
    assert header.isprintable() or "\t" in header
    if header.startswith("=?base64?") and header.endswith("?="):
        header = base64.b64decode(header[9:-2]).decode()
    assert header == value


def test_a_modern_message_is_mirrored_and_one_of_the_handshake_era_is_not() -> None:
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
    assert mirrors({"method": "resources/read", "params": {"uri": "note://é", "_meta": {**meta}}}) == {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "resources/read",
        "Mcp-Name": "=?base64?bm90ZTovL8Op?=",
    }
    assert mirrors({"method": "resources/read", "params": {"uri": "note://x"}}) == {}
    assert mirrors({"method": "tools/list"}) == {}


def test_a_name_that_the_server_chose_splits_no_request() -> None:
    evil = "x\r\nX-Evil: 1"
    assert protocol({"method": "prompts/get"}, {"Mcp-Name": evil}) == {"Mcp-Name": encode(evil)}
    assert "\n" not in encode(evil)


def test_a_value_that_refers_to_a_variable_is_left_out_and_told() -> None:
    spec = HttpSpec(URL, {"Authorization": "Bearer ${TOKEN}", "X-Team": "blue", "X-Key": "{env:KEY}"})
    sent = for_server(spec, a_context(), client_name="claude-ai")
    assert sent.headers == {"User-Agent": "claude-ai", "X-Team": "blue"}
    assert sent.left_out == ("Authorization", "X-Key")


def test_a_real_value_goes_to_the_url_that_the_user_typed() -> None:
    context = a_context(header_env=(("Authorization", "TOKEN"),), environment={"TOKEN": "Bearer canary-1"})
    sent = for_server(HttpSpec(URL, named=True), context, client_name="x")
    assert sent.headers["Authorization"] == "Bearer canary-1"
    assert "canary" not in repr(sent)


@pytest.mark.parametrize(
    ("configured", "given"),
    [
        ({"authorization": "Bearer ${env:TOKEN}"}, True),
        ({"Authorization": "$TOKEN"}, True),
        ({"Authorization": "${MY_TOKEN}"}, False),
        ({"Authorization": "Bearer literal"}, False),
        ({"X-Other": "${TOKEN}"}, False),
        ({}, False),
    ],
)
def test_a_configured_server_gets_a_real_value_only_where_its_configuration_names_header_and_variable(
    configured: dict[str, str], *, given: bool
) -> None:
    context = a_context(header_env=(("Authorization", "TOKEN"),), environment={"TOKEN": "Bearer canary-1"})
    sent = for_server(HttpSpec(URL, configured), context, client_name="x")
    assert ("Bearer canary-1" in sent.headers.values()) is given


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Mcp-Session-Id", "accept-encoding"])
def test_headers_that_frame_the_message_cannot_be_configured(name: str) -> None:
    sent = for_server(HttpSpec(URL, {name: "evil"}), a_context(), client_name="x")
    assert sent.headers == {"User-Agent": "x"}


@pytest.mark.parametrize("value", ["canary\r\nX-Evil: 1", "canary\0", "canáry", "canary\ud800"])
def test_a_value_that_no_header_can_carry_is_refused_without_being_told(value: str) -> None:
    with pytest.raises(TargetError, match="the value of header X-Key") as caught:
        for_server(HttpSpec(URL, {"X-Key": value}), a_context(), client_name="x")
    assert "can" not in str(caught.value).replace("can carry", "")


def test_a_name_that_is_no_header_is_refused() -> None:
    with pytest.raises(TargetError, match="cannot be the name of a header"):
        for_server(HttpSpec(URL, {"X Evil:\n": "1"}), a_context(), client_name="x")


def test_a_variable_that_is_not_set_is_told_by_name() -> None:
    context = a_context(header_env=(("Authorization", "TOKEN"),))
    with pytest.raises(TargetError, match="variable TOKEN is not set"):
        for_server(HttpSpec(URL, named=True), context, client_name="x")


def test_a_secret_that_comes_back_in_any_string_or_key_is_blotted_out_however_it_was_escaped() -> None:
    redaction = Redaction(["Bearer canary-123"], DEFAULT_LIMITS)
    raw = b'{"a":["x Bearer canary-123 y",{"\\u0063anary-123":"\\u0063\\u0061nary-123"}],"b":1}'
    parsed, data = redaction.message(canonical.parse_json(raw, "t", DEFAULT_LIMITS), raw)
    assert parsed.value == {"a": [f"x {BLOT} y", {BLOT: BLOT}], "b": 1}
    assert json.loads(data) == parsed.value
    assert "canary" not in redaction.text("say canary-123")


def test_a_message_without_secrets_stays_the_very_bytes_that_came() -> None:
    raw = b'{"a" : 1e2}'
    parsed = canonical.parse_json(raw, "t", DEFAULT_LIMITS)
    assert Redaction(["canary-123"], DEFAULT_LIMITS).message(parsed, raw) == (parsed, raw)


def test_a_short_value_is_not_cut_out_of_ordinary_words() -> None:
    assert Redaction(["read"], DEFAULT_LIMITS).text("readable") == "readable"


def test_a_secret_in_the_query_is_known_too() -> None:
    spec = HttpSpec(URL + "?api_key=canary-123&project=my-project", named=True)
    assert for_server(spec, a_context(), client_name="x").secrets == {"canary-123"}
