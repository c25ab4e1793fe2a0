"""Opening a conversation: which era the server speaks, and what it says of itself.

The rule (specification 2026-07-28, ``basic/versioning`` and the stdio binding): ask ``server/discover``; any
answer that is not a modern one means the handshake. A slow server answers nothing at first: the handshake is
then sent beside the probe, whose late answer counts, since it settles the connection as a modern one and the
handshake is refused with -32022.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from driftseal.collect.mcp import wire
from driftseal.collect.mcp.guise import Guise
from driftseal.collect.mcp.rpc import Answer, Peer, Refusal
from driftseal.collect.mcp.session import Session, Unanswered, begin
from driftseal.collect.mcp.wire import Era
from driftseal.errors import ProtocolError
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, AnomalyKind, Json
from driftseal.narrow import object_or_empty, text_or_empty, texts_among


async def negotiate(peer: Peer, guise: Guise, limits: Limits, seconds: float) -> Session:
    """Open a session in the era of the guise, or in the server's.

    Raises:
        Unanswered: no usable answer within ``seconds``.
        ProtocolError: the server refuses every way to begin.
        TargetError: the connection ended.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _Opening(peer, guise, limits).open()
    except TimeoutError:
        raise Unanswered(
            f"no answer to the handshake within {seconds:g} seconds",
            hint="raise limits.connect_seconds if this server is that slow to start",
        ) from None


class _Opening:
    def __init__(self, peer: Peer, guise: Guise, limits: Limits) -> None:
        self.peer = peer
        self.guise = guise
        self.limits = limits

    async def open(self) -> Session:
        if self.guise.era is Era.HANDSHAKE:
            return await self._greeted(await (await self._initialize()))
        version = wire.MODERN_VERSIONS[0]
        probe = await self._discover(version)
        await asyncio.wait([probe], timeout=self.limits.probe_seconds)
        if not probe.done():
            return await self._beside(probe, version)
        return await self._after_probe(await probe, version)

    async def _after_probe(self, answer: Answer, version: str, *, again: bool = True) -> Session:
        result = answer.result
        offered = _versions(result, "supportedVersions") if answer.refusal is None else _supported(answer.refusal)
        known = [known for known in wire.MODERN_VERSIONS if known in offered]
        if answer.refusal is None and isinstance(result, dict) and known:
            return self._modern(result, known[0])
        if answer.refusal is not None and answer.refusal.code == wire.UNSUPPORTED_VERSION and again:
            strange = [other for other in offered if other not in wire.HANDSHAKE_VERSIONS]
            if known or (strange and len(strange) == len(offered)):
                version = (known or strange)[0]
                return await self._after_probe(await (await self._discover(version)), version, again=False)
        if answer.refusal is None and isinstance(result, dict) and offered and not set(offered) & _HANDSHAKE:
            # Only versions that nobody published: spoken to as a modern server all the same.
            return self._modern(result, offered[0])
        return await self._greeted(await (await self._initialize()))

    async def _beside(self, probe: asyncio.Future[Answer], version: str) -> Session:
        """The probe is unanswered: send the handshake beside it and take what comes."""
        greeting = await self._initialize()
        waiting = {probe, greeting}
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if probe in done and greeting not in done and _is_modern(await probe):
                return await self._after_probe(await probe, version)
            if greeting in done:
                answer = await greeting
                late = answer.refusal is not None and answer.refusal.code == wire.UNSUPPORTED_VERSION
                if late:
                    return await self._after_probe(await probe, version)
                return await self._greeted(answer)
        raise ProtocolError("neither server/discover nor initialize was answered")

    def _modern(self, result: Mapping[str, Json], version: str) -> Session:
        version = version[: self.limits.evidence_chars]
        self._check(version)
        meta = result.get("_meta")
        return Session(
            self.peer,
            self.guise,
            self.limits,
            modern=True,
            version=version,
            capabilities=object_or_empty(result.get("capabilities")),
            server_info=meta.get(wire.META_SERVER) if isinstance(meta, dict) else None,
            instructions=result.get("instructions"),
        )

    async def _greeted(self, answer: Answer) -> Session:
        result = answer.result
        if answer.refusal is not None or not isinstance(result, dict):
            raise ProtocolError(f"the server refuses the handshake: {answer.refusal or 'its answer is no object'}")
        given = result.get("protocolVersion")
        version = text_or_empty(given)[: self.limits.evidence_chars]
        self._check(version)
        await self.peer.notify(wire.INITIALIZED, {"MCP-Protocol-Version": version} if version in _HANDSHAKE else {})
        return Session(
            self.peer,
            self.guise,
            self.limits,
            modern=False,
            version=version,
            capabilities=object_or_empty(result.get("capabilities")),
            server_info=result.get("serverInfo"),
            instructions=result.get("instructions"),
        )

    def _check(self, version: str) -> None:
        if version not in _HANDSHAKE and version not in wire.MODERN_VERSIONS:
            detail = f"the server speaks protocol version {version or 'none at all'}, which was never published"
            self.peer.anomalies.append(Anomaly(AnomalyKind.UNKNOWN_VERSION, "", detail))

    async def _discover(self, version: str) -> asyncio.Future[Answer]:
        return await begin(self.peer, self.guise, wire.DISCOVER, None, version, modern=True)

    async def _initialize(self) -> asyncio.Future[Answer]:
        version = wire.HANDSHAKE_VERSIONS[0]
        params: dict[str, Json] = {
            "protocolVersion": version,
            "capabilities": dict(self.guise.capabilities),
            "clientInfo": self.guise.info,
        }
        return await begin(self.peer, self.guise, wire.INITIALIZE, params, version, modern=False)


_HANDSHAKE = frozenset(wire.HANDSHAKE_VERSIONS)


def _is_modern(answer: Answer) -> bool:
    if answer.refusal is not None:
        return answer.refusal.code == wire.UNSUPPORTED_VERSION
    return bool(set(_versions(answer.result, "supportedVersions")) - _HANDSHAKE)


def _supported(refusal: Refusal) -> list[str]:
    return _versions(refusal.data, "supported")


def _versions(holder: Json, name: str) -> list[str]:
    return texts_among(object_or_empty(holder).get(name))
