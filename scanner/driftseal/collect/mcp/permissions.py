"""What servers at URLs ask for before they let anybody in, found out without showing any credentials.

One anonymous request per server: who answers 401 tells scopes and authorization servers, which become items
and so drift, whatever credentials the rest of the scan uses. With ``--oauth`` the login follows at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from driftseal.collect.base import Context
from driftseal.collect.mcp import wire
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport
from driftseal.errors import TargetError
from driftseal.model.item import Gap, Item, Json

if TYPE_CHECKING:
    import asyncio

    from driftseal.collect.mcp.challenge import Challenge
    from driftseal.collect.mcp.server import HttpServer

_PROBE: Final[Mapping[str, Json]] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": wire.DISCOVER,
    "params": {
        "_meta": {
            wire.META_VERSION: wire.MODERN_VERSIONS[0],
            wire.META_CLIENT: {"name": "driftseal", "version": "1.0.0"},
            wire.META_CAPABILITIES: {},
        }
    },
}


def find(servers: Sequence[tuple[str, HttpSpec]], context: Context) -> Iterator[tuple[Item | Gap, ...]]:
    """For each server, given by its target's reference, the permissions that it asks for; in the same order.

    A server that cannot be reached has none here: asking it will tell. With ``Consent.oauth`` the tokens of
    those who ask for one are in ``context.logins`` afterwards; a login that fails is a gap.
    """
    import asyncio

    async def every() -> list[tuple[Item | Gap, ...]]:
        gate = asyncio.Semaphore(context.limits.concurrent_requests)
        # A person logs in to one server after the other.
        person = asyncio.Lock()
        return await asyncio.gather(*(_one(reference, spec, context, gate, person) for reference, spec in servers))

    if servers:
        yield from asyncio.run(every())


async def _one(
    reference: str, spec: HttpSpec, context: Context, gate: asyncio.Semaphore, person: asyncio.Lock
) -> tuple[Item | Gap, ...]:
    import asyncio

    from driftseal.collect.mcp import challenge as asking
    from driftseal.collect.mcp.oauth import log_in
    from driftseal.collect.mcp.server import HttpServer
    from driftseal.collect.mcp.transport import Budget

    # No header, no token: this request is anybody's.
    anonymous = replace(context, consent=replace(context.consent, header_env=()), logins={})
    try:
        server = HttpServer(replace(spec, headers={}), anonymous, Budget(context.limits), client_name="driftseal")
    except TargetError:
        return ()
    try:
        async with gate, asyncio.timeout(context.limits.request_seconds):
            await server.open()
            challenge = await _challenged(server, spec, context)
            if challenge is None:
                return ()
            wanted = asking.wanted(challenge, await _metadata(server, challenge, context), context.limits)
    except (TargetError, TimeoutError):
        return ()
    finally:
        await server.close()
    items: tuple[Item | Gap, ...] = wanted.items(str(server.endpoint))
    if context.consent.oauth and challenge.status == HTTPStatus.UNAUTHORIZED:
        try:
            async with person:
                if str(server.endpoint) not in context.logins:
                    context.logins[str(server.endpoint)] = await log_in(spec, context, server.endpoint, challenge)
        except TargetError as cause:
            why = f"{cause}; {cause.hint}" if cause.hint else str(cause)
            items = (*items, Gap(reference, "login", why))
    return items


async def _challenged(server: HttpServer, spec: HttpSpec, context: Context) -> Challenge | None:
    from driftseal.collect.mcp import headers
    from driftseal.collect.mcp.challenge import Challenge

    sent = {"Accept": "application/json, text/event-stream", **headers.mirrors(_PROBE)}
    method, body = "GET", None
    if spec.transport is not HttpTransport.SSE:
        method, body = "POST", json.dumps(_PROBE).encode()
        sent["Content-Type"] = "application/json"
    async with server.origin.request(method, server.endpoint, headers=sent, body=body) as response:
        if response.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return None
        return Challenge.read(response.status, response.headers.getall("WWW-Authenticate", []), context.limits)


async def _metadata(server: HttpServer, challenge: Challenge, context: Context) -> bytes | None:
    from driftseal.collect.mcp.challenge import metadata_places

    for place in metadata_places(challenge, server.endpoint, context.limits):
        try:
            async with server.origin.request("GET", place, headers={"Accept": "application/json"}) as response:
                if response.status == HTTPStatus.OK and response.content_type == "application/json":
                    return await server.origin.body(response, context.limits.metadata_bytes)
        except TargetError:
            # Nothing there; the next place may have it.
            continue
    return None
