"""A server is reached: started or called, greeted, and in every case let go again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from driftseal.collect.base import Context
from driftseal.collect.mcp.guise import Guise
from driftseal.collect.mcp.handshake import negotiate
from driftseal.collect.mcp.home import Home
from driftseal.collect.mcp.rpc import Peer
from driftseal.collect.mcp.session import Session, Unanswered
from driftseal.collect.mcp.spec import ServerSpec, StdioSpec
from driftseal.collect.mcp.transport import Budget, Transport
from driftseal.collect.mcp.wire import Era
from driftseal.errors import ProtocolError, TargetError
from driftseal.model.item import Anomaly


@dataclass(slots=True)
class Signs:
    """What a connection showed besides its answers; complete once it is closed."""

    anomalies: list[Anomaly]
    placeholders: tuple[str, ...] = ()
    """Names of variables that were given a placeholder."""
    errors: str = field(default="", repr=False)
    """The end of the server's error output; may hold secrets, so it is looked into and never shown."""


@asynccontextmanager
async def conversation(
    spec: ServerSpec, context: Context, guise: Guise, home: Home, signs: Signs
) -> AsyncIterator[Session]:
    """Reach a server and greet it; on leaving, end the connection and tell ``signs`` what it showed.

    A server that cannot bear ``server/discover`` is reached once more with the handshake alone.

    Raises:
        TargetError: it cannot be reached, or refuses every greeting.
    """
    try:
        peer, transport, session = await _reach(spec, context, guise, home, signs, context.limits.connect_seconds)
    except (ProtocolError, Unanswered) as first:
        if guise.era is not Era.AUTO:
            raise
        plain = replace(guise, era=Era.HANDSHAKE)
        again = Signs([])
        try:
            peer, transport, session = await _reach(spec, context, plain, home, again, context.limits.request_seconds)
        except TargetError:
            # Its first words tell more than those of a second start.
            raise first from None
        signs.anomalies.clear()
    try:
        yield session
    finally:
        await _leave(peer, transport, signs)


async def _reach(
    spec: ServerSpec, context: Context, guise: Guise, home: Home, signs: Signs, seconds: float
) -> tuple[Peer, Transport, Session]:
    budget = Budget(context.limits)
    transport = _transport(spec, context, guise, home, budget)
    peer = Peer(transport, context.limits, guise.capabilities)
    try:
        async with asyncio.timeout(seconds):
            await peer.open()
        return peer, transport, await negotiate(peer, guise, context.limits, seconds)
    except TimeoutError:
        await _leave(peer, transport, signs)
        raise Unanswered(f"it could not be reached within {seconds:g} seconds") from None
    except BaseException:
        await _leave(peer, transport, signs)
        raise


async def _leave(peer: Peer, transport: Transport, signs: Signs) -> None:
    from driftseal.collect.mcp.stdio import StdioTransport

    await peer.close()
    signs.anomalies.extend(peer.anomalies)
    if isinstance(transport, StdioTransport):
        signs.placeholders = transport.launch.placeholders
        signs.errors = transport.errors.text()


def _transport(spec: ServerSpec, context: Context, guise: Guise, home: Home, budget: Budget) -> Transport:
    if isinstance(spec, StdioSpec):
        from driftseal.collect.mcp.stdio import StdioTransport

        return StdioTransport(spec, context, budget, home, extra=dict(guise.environment))
    from driftseal.collect.mcp.http import open_transport

    return open_transport(spec, context, budget, client_name=guise.client)
