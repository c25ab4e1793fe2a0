"""Many servers are asked at once, and each becomes a snapshot."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from driftseal import snapshot
from driftseal.collect.base import Context
from driftseal.collect.mcp.guise import BASE
from driftseal.collect.mcp.spec import ServerSpec, StdioSpec
from driftseal.errors import TargetError
from driftseal.model.item import Anomaly, Gap, Item
from driftseal.model.snapshot import Origin, Snapshot, Vantage
from driftseal.model.target import Target

if TYPE_CHECKING:
    import asyncio

    from driftseal.collect.mcp.look import Look


@dataclass(frozen=True, slots=True)
class Asked:
    """One server, how it is reached, and what is known of it without asking."""

    target: Target
    spec: ServerSpec
    also: tuple[Item | Gap | Anomaly, ...] = ()
    """What its configuration says: launch, credentials, permissions."""


def ask(servers: Sequence[Asked], context: Context) -> Iterator[Snapshot]:
    """A snapshot of each server, in the order in which they answer.

    Whatever a server does, its snapshot comes: what could not be had is a gap in it. When the caller stops
    early, or we are interrupted or terminated, every started process is ended before this returns. Between
    two snapshots the servers wait, and their time runs: take them promptly.
    """
    import asyncio

    from driftseal.collect.mcp import family, termination

    if not servers:
        return
    waited_for = ", ".join(asked.target.name for asked in islice(servers, context.limits.listed_places))
    context.progress(f"asking {len(servers)} {'server' if len(servers) == 1 else 'servers'}: {waited_for}")
    with termination.orderly(), family.adopting_orphans(), asyncio.Runner() as runner:
        done: asyncio.Queue[Snapshot] = asyncio.Queue()
        tasks = runner.run(_begin(servers, context, done))
        try:
            for count in range(1, len(servers) + 1):
                taken = runner.run(_next(done, tasks))
                context.progress(f"asked {count} of {len(servers)} servers: {taken.target.name}")
                yield taken
        finally:
            runner.run(_stop(tasks))


async def _begin(servers: Sequence[Asked], context: Context, done: asyncio.Queue[Snapshot]) -> list[asyncio.Task[None]]:
    import asyncio

    gates = _Gates(context)

    async def one(asked: Asked) -> None:
        done.put_nowait(await _snapshot(asked, context, gates))

    return [asyncio.create_task(one(asked)) for asked in servers]


async def _next(done: asyncio.Queue[Snapshot], tasks: Sequence[asyncio.Task[None]]) -> Snapshot:
    """The next snapshot; a bug in a task is raised here, not lost."""
    import asyncio

    getting = asyncio.ensure_future(done.get())
    pending: set[asyncio.Future[Snapshot] | asyncio.Task[None]] = {getting, *tasks}
    while True:
        finished, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if getting in finished:
            return getting.result()
        for task in finished:
            task.result()


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    import asyncio

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Gates:
    """How many servers may be starting, and how many may be running."""

    def __init__(self, context: Context) -> None:
        import asyncio

        limits = context.limits
        self._seconds = limits.probe_seconds
        # Interpreters that start share the cores; more at once only make each slower.
        self._starts = asyncio.Semaphore(min(limits.concurrent_starts, 4 * (os.cpu_count() or 1)))
        self._running = asyncio.Semaphore(limits.concurrent_starts)
        self._connected = asyncio.Semaphore(limits.concurrent_requests)
        self._release: set[asyncio.TimerHandle] = set()

    @asynccontextmanager
    async def passed(self, asked: Asked) -> AsyncIterator[None]:
        """Wait for a place among the running; among the starting ones for as long as a start usually takes."""
        import asyncio

        if not isinstance(asked.spec, StdioSpec):
            async with self._connected:
                yield
            return
        async with self._running:
            await self._starts.acquire()
            # One that hangs must not keep the others waiting.
            timer = asyncio.get_running_loop().call_later(self._seconds, self._starts.release)
            try:
                yield
            finally:
                if not timer.cancelled() and timer.when() > asyncio.get_running_loop().time():
                    timer.cancel()
                    self._starts.release()


async def _snapshot(asked: Asked, context: Context, gates: _Gates) -> Snapshot:
    async with gates.passed(asked):
        look = await _look(asked, context)
    return snapshot.take(
        asked.target,
        [*asked.also, *look.seen],
        # Where only the configuration could be read, the coverage is that of the configuration.
        origin=Origin.LIVE if look.opened or not asked.also else Origin.STATIC,
        collected_at=context.now,
        vantage=Vantage(look.guise.client, context.consent.probe),
        envelope=look.envelope,
        source=look.source,
    )


async def _look(asked: Asked, context: Context) -> Look:
    import asyncio

    from driftseal.collect.mcp import packages
    from driftseal.collect.mcp.home import Home
    from driftseal.collect.mcp.look import Look, Looker
    from driftseal.collect.mcp.probe import probe

    spec = asked.spec
    if isinstance(spec, StdioSpec) and packages.wanted(spec.command, spec.args) is not None:
        try:
            spec = await asyncio.to_thread(packages.prepare, spec, context)
        except TargetError as cause:
            why = f"{cause}; {cause.hint}" if cause.hint else str(cause)
            return Look(BASE, seen=[Gap(asked.target.reference, "live server", why)])
    home = Home()
    try:
        return await probe(Looker(asked.target, spec, context, home), context, asked.target.reference)
    finally:
        home.remove()
