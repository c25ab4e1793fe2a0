from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftseal.collect.mcp.address import Allowed, Endpoint, kind_of, parse, pin, without_secrets
from driftseal.errors import AddressRefused, ProtocolError
from driftseal.limits import DEFAULT_LIMITS, Limits

NOBODY = Allowed()


def pinned(url: str, *answers: str, allowed: Allowed = NOBODY) -> tuple[str, ...]:
    """The addresses that are connected to, when the resolver gives these answers."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers

    return asyncio.run(pin(parse(url, DEFAULT_LIMITS), allowed, DEFAULT_LIMITS, resolve=resolve))


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://Example.COM/mcp", "https://example.com/mcp"),
        ("https://example.com:443/mcp", "https://example.com/mcp"),
        ("http://example.com:8080", "http://example.com:8080/"),
        ("https://example.com./mcp", "https://example.com/mcp"),
        ("https://bücher.example/mcp", "https://xn--bcher-kva.example/mcp"),
        ("https://[2606:4700:0000::1111]/mcp", "https://[2606:4700::1111]/mcp"),
        ("https://example.com/mcp?api_key=canary#part", "https://example.com/mcp"),
        ("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp"),
        # Full-width digits, which UTS 46 maps to ordinary ones.
        ("http://\uff11\uff12\uff17.0.0.1/mcp", "http://127.0.0.1/mcp"),
    ],
)
def test_a_url_is_read_into_one_form_and_shown_without_its_query(url: str, endpoint: str) -> None:
    assert str(parse(url, DEFAULT_LIMITS)) == endpoint


def test_the_query_is_requested_and_kept_out_of_every_print() -> None:
    read = parse("https://example.com/mcp?api_key=canary", DEFAULT_LIMITS)
    assert read.url == "https://example.com/mcp?api_key=canary"
    assert "canary" not in f"{read!r} {read}"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("https://user:canary@example.com/mcp", "user name or password"),
        ("https://example.com@evil.example/mcp", "user name or password"),
        ("https:///mcp", "not a host name"),
        ("https://example..com/", "not a host name"),
        ("https://exa mple.com/", "spaces"),
        ("https://example.com/\r\nHost: evil", "control characters"),
        ("https://example.com\\@evil.example/", "backslashes"),
        ("https://2130706433/", "unusual notation"),
        ("https://0x7f000001/", "unusual notation"),
        ("https://0177.0.0.1/", "unusual notation"),
        ("https://127.1/", "unusual notation"),
        ("https://127.0.0.0x1/", "unusual notation"),
        ("https://[fe80::1%25eth0]/", "zone"),
        ("https://[::1", "cannot be read"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://example.com:0/", "no port 0"),
        ("https://%6c%6fcalhost/", "escaped"),
        ("https://-bad.example/", "not a host name"),
        ("https://a\u200db.example\ud800/", "control characters"),
        ("https://" + "a" * 300 + ".example/", "not a host name"),
        ("https://example.com/" + "a" * 9000, "of more than"),
    ],
)
def test_a_url_that_readers_disagree_about_is_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why) as caught:
        parse(url, DEFAULT_LIMITS)
    assert "canary" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback"),
        ("127.255.255.254", "a loopback"),
        ("::1", "a loopback"),
        ("0.0.0.0", "an unspecified"),  # noqa: S104 - an address to be refused
        ("::", "an unspecified"),
        ("10.1.2.3", "a private"),
        ("172.31.255.255", "a private"),
        ("192.168.0.1", "a private"),
        ("fd12::1", "a private"),
        ("169.254.1.1", "a link-local"),
        ("fe80::1", "a link-local"),
        ("100.64.0.1", "a carrier-grade NAT"),
        ("169.254.169.254", "a cloud metadata"),
        ("fd00:ec2::254", "a cloud metadata"),
        ("::ffff:169.254.169.254", "a cloud metadata"),
        ("100.100.100.200", "a cloud metadata"),
        ("::ffff:127.0.0.1", "a loopback"),
        ("64:ff9b::7f00:1", "a loopback"),
        ("64:ff9b::a9fe:a9fe", "a cloud metadata"),
        ("64:ff9b:1::1", "a reserved"),
        ("::127.0.0.1", "a reserved"),
        ("2002:7f00:1::", "a 6to4"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a reserved or Teredo"),
        ("224.0.0.1", "a multicast"),
        ("ff02::1", "a multicast"),
        ("255.255.255.255", "a reserved"),
        ("198.18.0.1", "a benchmarking"),
        ("2001:db8::1", "a documentation"),
        ("8.8.8.8", ""),
        ("2606:4700::1111", ""),
        ("64:ff9b::808:808", ""),
        ("172.32.0.1", ""),
        ("100.128.0.1", ""),
    ],
)
def test_every_special_address_is_told_from_a_public_one(address: str, kind: str) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public_to_us(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if kind_of(address) == "":
        assert not address.is_private
        assert not address.is_multicast


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "100.64.0.1", "::ffff:10.0.0.1"]
)
def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match=r"https://mcp\.example/mcp: leads to an? [a-zA-Z -]+ address"):
        pinned("https://mcp.example/mcp", address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressRefused, match=r"a private address, 10\.0\.0\.1"):
        pinned("https://mcp.example/mcp", "8.8.8.8", "10.0.0.1")


def test_public_addresses_are_pinned_as_they_were_resolved() -> None:
    assert pinned("https://mcp.example/mcp", "8.8.8.8", "2606:4700::1111") == ("8.8.8.8", "2606:4700::1111")


def test_a_literal_private_address_is_asked_when_the_user_typed_it() -> None:
    assert pinned("http://192.168.1.5:3000/mcp", allowed=Allowed.of((), "192.168.1.5")) == ("192.168.1.5",)
    with pytest.raises(AddressRefused, match="a private address"):
        pinned("http://192.168.1.5:3000/mcp")


def test_a_typed_localhost_means_loopback_and_nothing_else() -> None:
    named = Allowed.of((), "localhost")
    assert pinned("http://localhost:3000/", "::1", "127.0.0.1", allowed=named) == ("::1", "127.0.0.1")
    with pytest.raises(AddressRefused, match="a private address"):
        pinned("http://localhost:3000/", "10.0.0.1", allowed=named)


def test_a_typed_name_that_leads_to_a_private_address_was_not_typed_as_private() -> None:
    with pytest.raises(AddressRefused, match="a private address") as caught:
        pinned("https://mcp.example/", "10.0.0.1", allowed=Allowed.of((), "mcp.example"))
    assert caught.value.hint == "pass --allow-private mcp.example if this is meant"


@pytest.mark.parametrize("permit", ["mcp.example", "MCP.example.", "10.0.0.0/8", "10.0.0.1"])
def test_allow_private_opens_a_host_an_address_or_a_network(permit: str) -> None:
    assert pinned("https://mcp.example/", "10.0.0.1", allowed=Allowed.of((permit,))) == ("10.0.0.1",)


def test_allow_private_of_one_host_opens_no_other() -> None:
    with pytest.raises(AddressRefused):
        pinned("https://mcp.example/", "10.0.0.1", allowed=Allowed.of(("other.example", "192.168.0.0/16")))


@pytest.mark.parametrize("metadata", ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
def test_no_name_leads_to_the_metadata_service_only_its_address_does(metadata: str) -> None:
    with pytest.raises(AddressRefused, match="a cloud metadata"):
        pinned("http://mcp.example/", metadata, allowed=Allowed.of(("mcp.example",), "mcp.example"))
    allowed = Allowed.of(("169.254.169.254",))
    assert pinned("http://169.254.169.254/", allowed=allowed) == ("169.254.169.254",)


def test_the_metadata_service_is_refused_even_when_typed() -> None:
    with pytest.raises(AddressRefused, match="a cloud metadata"):
        pinned("http://169.254.169.254/latest", allowed=Allowed.of((), "169.254.169.254"))


def test_a_port_of_another_service_is_refused_unless_the_url_was_typed() -> None:
    with pytest.raises(AddressRefused, match="port 25 belongs to another service"):
        pinned("http://mcp.example:25/", "8.8.8.8")
    assert pinned("http://mcp.example:25/", "8.8.8.8", allowed=Allowed.of((), "mcp.example")) == ("8.8.8.8",)


def test_the_resolver_is_asked_once_and_a_literal_address_never() -> None:
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["8.8.8.8"]

    asyncio.run(pin(parse("https://mcp.example/", DEFAULT_LIMITS), NOBODY, DEFAULT_LIMITS, resolve=resolve))
    asyncio.run(pin(parse("https://1.1.1.1/", DEFAULT_LIMITS), NOBODY, DEFAULT_LIMITS, resolve=resolve))
    assert asked == ["mcp.example"]


def test_a_name_without_an_address_and_a_silent_resolver_are_told_apart() -> None:
    async def nothing(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such host")

    async def silence(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(10)
        return []

    endpoint = Endpoint("https", "mcp.example", 443, "/", "")
    with pytest.raises(ProtocolError, match=r"mcp\.example has no address"):
        asyncio.run(pin(endpoint, NOBODY, DEFAULT_LIMITS, resolve=nothing))
    with pytest.raises(ProtocolError, match="does not answer"):
        asyncio.run(pin(endpoint, NOBODY, Limits(request_seconds=0.05), resolve=silence))
    with pytest.raises(ProtocolError, match="has no address"):
        pinned("https://mcp.example/")
    with pytest.raises(ProtocolError, match="has no address"):
        pinned("https://mcp.example/", "fe80::bad::1")


def test_a_zoned_answer_of_the_resolver_is_refused() -> None:
    with pytest.raises(AddressRefused, match="a zoned"):
        pinned("https://mcp.example/", "2606:4700::1%eth0")


@given(st.text())
def test_what_is_shown_of_any_url_holds_no_query_user_or_control_character(text: str) -> None:
    shown = without_secrets(f"https://user:canary@host/{text}?canary=canary#canary")
    assert shown.isprintable()
    head = f"user:canary@host/{text}".partition("?")[0].partition("#")[0]
    if "canary" not in head.partition("/")[2]:
        assert "canary" not in shown


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = parse(text, DEFAULT_LIMITS)
    except AddressRefused:
        return
    assert parse(read.url, DEFAULT_LIMITS) == read
