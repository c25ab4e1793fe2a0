"""One conversation with a server, once it is known which era it speaks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from driftseal.collect.mcp import wire
from driftseal.collect.mcp.guise import Guise
from driftseal.collect.mcp.rpc import Answer, Peer
from driftseal.errors import LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import Json

_HEADER_SAFE: Final = re.compile(r"[0-9A-Za-z.-]{1,32}")


def _nothing() -> Mapping[str, Json]:
    return {}


class Unanswered(LimitExceeded):
    """The server said nothing for as long as we wait."""


@dataclass(frozen=True, slots=True)
class Session:
    """A connection with what the server said of itself when it was opened."""

    peer: Peer
    guise: Guise
    limits: Limits
    modern: bool
    version: str
    """The protocol version that both speak, as the server gave it."""
    capabilities: Mapping[str, Json] = field(default_factory=_nothing)
    server_info: Json = None
    instructions: Json = None

    async def ask(
        self, method: str, params: Mapping[str, Json] | None = None, *, seconds: float | None = None
    ) -> Answer:
        """Send a request and wait for its answer.

        Raises:
            Unanswered: no answer within ``seconds`` or ``limits.request_seconds``.
            TargetError: the connection ended.
        """
        patience = self.limits.request_seconds if seconds is None else seconds
        try:
            async with asyncio.timeout(patience):
                return await (await begin(self.peer, self.guise, method, params, self.version, modern=self.modern))
        except TimeoutError:
            raise Unanswered(
                f"no answer to {method} within {patience:g} seconds",
                hint="raise limits.request_seconds if this server is that slow",
            ) from None


async def begin(
    peer: Peer,
    guise: Guise,
    method: str,
    params: Mapping[str, Json] | None,
    version: str,
    *,
    modern: bool,
) -> asyncio.Future[Answer]:
    """Send a request in the form of its era, with the headers that HTTP wants beside it.

    Raises:
        TargetError: the connection is gone.
    """
    headers = {"MCP-Protocol-Version": version} if _HEADER_SAFE.fullmatch(version) else {}
    body: dict[str, Json] | None = dict(params) if params is not None else None
    if modern:
        body = body or {}
        body["_meta"] = {
            wire.META_VERSION: version,
            wire.META_CLIENT: guise.info,
            wire.META_CAPABILITIES: dict(guise.capabilities),
        }
        headers["Mcp-Method"] = method
        name = body.get(wire.NAME_PARAMETERS.get(method, ""))
        if isinstance(name, str):
            headers["Mcp-Name"] = name
    elif method == wire.INITIALIZE:
        # The header tells what was negotiated, so the request that negotiates has none.
        headers = {}
    return await peer.begin(method, body, headers)
