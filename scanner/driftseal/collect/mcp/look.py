"""One look at one server, as one client: greeted, listed, listed again, left."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from driftseal.collect.base import Context
from driftseal.collect.mcp import bodies, headers, items, secrets
from driftseal.collect.mcp.connection import Signs, conversation
from driftseal.collect.mcp.difference import Difference, differences
from driftseal.collect.mcp.guise import Guise
from driftseal.collect.mcp.home import Home
from driftseal.collect.mcp.listing import Listed, list_again, list_all
from driftseal.collect.mcp.session import Session
from driftseal.collect.mcp.spec import ServerSpec, StdioSpec
from driftseal.errors import TargetError
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Envelope, Gap, Item, ItemKind
from driftseal.model.target import Target


@dataclass(slots=True)
class Look:
    """What one client was shown. Filled as it goes, so that a look cut short keeps what it had."""

    guise: Guise
    opened: bool = False
    """The server was greeted; whatever is missing then is a gap in an otherwise live look."""
    modern: bool = False
    envelope: Envelope = field(default_factory=Envelope)
    seen: list[Item | Gap | Anomaly] = field(default_factory=list)
    repeated: list[Difference] = field(default_factory=list)
    """What a repeated list in the same session showed differently, without announcing it."""
    source: Digest | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """The items among what was seen."""
        return tuple(thing for thing in self.seen if isinstance(thing, Item))


class Looker:
    """Looks at one server, as often as it is told to, always in the same home."""

    def __init__(self, target: Target, spec: ServerSpec, context: Context, home: Home) -> None:
        self._target = target
        self._spec = spec
        self._context = context
        self._home = home

    async def look(self, guise: Guise, *, pauses: Sequence[float]) -> Look:
        """Everything that the server shows to this client; failures become gaps.

        After each of ``pauses``, in seconds, the lists are asked for again.
        """
        look = Look(guise)
        signs = Signs([])
        limits = self._context.limits
        try:
            async with asyncio.timeout(limits.server_seconds):
                async with conversation(self._spec, self._context, guise, self._home, signs) as session:
                    await self._ask(session, look, pauses)
        except TimeoutError:
            why = f"stopped after {limits.server_seconds:g} seconds; what had come by then is kept"
            look.seen.append(Gap(self._target.reference, "live server", why))
        except TargetError as cause:
            why = f"{cause}; {cause.hint}" if cause.hint else str(cause)
            if secrets.speaks_of_credentials(signs.errors):
                why += f"; it seems to miss credentials ({self._mend})"
            look.seen.append(Gap(self._target.reference, "live server", why))
        look.seen.extend(signs.anomalies)
        look.seen.extend(self._doubts(look, signs))
        return look

    async def _ask(self, session: Session, look: Look, pauses: Sequence[float]) -> None:
        look.opened, look.modern = True, session.modern
        look.envelope = Envelope(session.version, session.capabilities)
        look.seen.extend(items.of_server(session))
        greeted = len(look.seen)
        lists = await list_all(session)
        await self._keep(session, look, lists)
        for pause in pauses:
            await asyncio.sleep(pause)
            lists, greeted = await self._repeat(session, look, lists, greeted)
        if self._context.consent.read_resources:
            await self._read(session, look)

    async def _repeat(
        self, session: Session, look: Look, lists: Sequence[Listed], start: int
    ) -> tuple[Sequence[Listed], int]:
        """Ask for the lists again, and tell what differs. The lists that hold, and where their items begin.

        ``start`` is where in ``look.seen`` they began before.
        """
        again = await list_again(session, [listed for listed in lists if not listed.failure])
        for listed in again:
            if listed.failure:
                why = f"asked for again, it failed: {listed.failure}"
                look.seen.insert(start, Gap(self._target.reference, listed.about.method, why))
                start += 1
        whole = {listed.about: listed for listed in again if not listed.failure}
        changes = _changes([listed for listed in lists if listed.about in whole], list(whole.values()))
        told = session.peer.changed & {about.capability for about in whole}
        session.peer.changed.clear()
        if not (changes and told):
            look.repeated.extend(changes)
            return lists, start
        # The later list is the one that holds; what the server announces, it does not hide.
        lists = [whole.get(listed.about, listed) for listed in lists]
        look.seen[start:] = [_announced(change) for change in changes]
        start = len(look.seen)
        await self._keep(session, look, lists)
        return lists, start

    async def _keep(self, session: Session, look: Look, lists: Sequence[Listed]) -> None:
        """Items of the lists, with the messages of prompts."""
        left = session.limits.resources
        prompts: deque[Item] = deque()
        for listed in lists:
            if listed.failure:
                look.seen.append(Gap(self._target.reference, listed.about.method, listed.failure))
            for thing in items.of_list(listed):
                if isinstance(thing, Item) and thing.kind is ItemKind.PROMPT and len(prompts) < left:
                    prompts.append(thing)
                else:
                    look.seen.append(thing)
        look.source = _source(lists)
        try:
            while prompts:
                look.seen.extend(await bodies.with_messages(session, self._target.reference, prompts[0]))
                prompts.popleft()
        finally:
            # Cut short by time: the prompts themselves were seen.
            look.seen.extend(prompts)

    async def _read(self, session: Session, look: Look) -> None:
        resources = [item for item in look.items if item.kind is ItemKind.RESOURCE]
        for resource in resources[: session.limits.resources]:
            look.seen.append(await bodies.read(session, self._target.reference, resource))
        left = len(resources) - session.limits.resources
        if left > 0:
            why = f"{left} bodies were not read: more than {session.limits.resources} resources"
            look.seen.append(Gap(self._target.reference, "resources/read", why))

    def _doubts(self, look: Look, signs: Signs) -> Iterator[Gap]:
        """An empty list may only mean that credentials are missing."""
        if not look.opened or any(item.kind not in {ItemKind.SERVER, ItemKind.INSTRUCTIONS} for item in look.items):
            return
        words = " ".join(thing.why for thing in look.seen if isinstance(thing, Gap))
        if lacking := signs.placeholders or self._left_out():
            why = f"it listed nothing; it probably needs a real value for {', '.join(lacking)} ({self._mend})"
        elif secrets.speaks_of_credentials(f"{signs.errors} {words}"):
            why = f"it listed nothing; its errors say that it needs credentials ({self._mend})"
        else:
            return
        yield Gap(self._target.reference, "tools/list", why)

    @property
    def _mend(self) -> str:
        option = "--env NAME" if isinstance(self._spec, StdioSpec) else "--header-env HEADER=NAME"
        return f"{option} gives it one"

    def _left_out(self) -> tuple[str, ...]:
        """Configured headers that are not sent, since their values refer to something that we were not given."""
        if isinstance(self._spec, StdioSpec):
            return ()
        given = {name.lower() for name, _ in self._context.consent.header_env}
        configured = self._spec.headers.items()
        return tuple(name for name, value in configured if headers.refers(value) and name.lower() not in given)


def _changes(before: Sequence[Listed], again: Sequence[Listed]) -> list[Difference]:
    # Most lists come back letter by letter; only then are items built to tell what differs.
    if [json.dumps(listed.entries) for listed in before] == [json.dumps(listed.entries) for listed in again]:
        return []
    return list(differences(_surface(before), _surface(again)))


def _surface(lists: Sequence[Listed]) -> list[Item]:
    return [thing for listed in lists for thing in items.of_list(listed) if isinstance(thing, Item)]


def _announced(change: Difference) -> Anomaly:
    detail = "the server announced and made a change while it was being listed"
    return Anomaly(AnomalyKind.LIST_CHANGED, change.item, detail, change.pointer, change.old, change.new)


def _source(lists: Sequence[Listed]) -> Digest:
    """Of the raw messages that the lists came in, in a fixed order."""
    sha256 = hashlib.sha256()
    for listed in lists:
        for raw in listed.raw:
            sha256.update(len(raw).to_bytes(8))
            sha256.update(raw)
    return Digest("sha256", sha256.hexdigest())
