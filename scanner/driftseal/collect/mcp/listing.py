"""Every list that a server may hold, page by page, declared or not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from driftseal import canonical
from driftseal.collect.mcp import wire
from driftseal.collect.mcp.rpc import Answer
from driftseal.collect.mcp.session import Session, Unanswered
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, AnomalyKind, ItemKind, Json


@dataclass(frozen=True, slots=True)
class ListMethod:
    """One of the protocol's lists."""

    method: str
    member: str
    """Where the result holds the entries."""
    capability: str
    kind: ItemKind
    named_by: str
    """The field that tells entries apart."""
    optional: bool = False
    """May be missing although its capability is declared."""


METHODS: Final = (
    ListMethod("tools/list", "tools", "tools", ItemKind.TOOL, "name"),
    ListMethod("prompts/list", "prompts", "prompts", ItemKind.PROMPT, "name"),
    ListMethod("resources/list", "resources", "resources", ItemKind.RESOURCE, "uri"),
    ListMethod(
        "resources/templates/list",
        "resourceTemplates",
        "resources",
        ItemKind.RESOURCE_TEMPLATE,
        "uriTemplate",
        optional=True,
    ),
)


@dataclass(slots=True)
class Listed:
    """One list as far as it could be had. Filled page by page, so that what came before a failure is kept."""

    about: ListMethod
    entries: list[Json] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The messages that the entries came in."""
    failure: str = ""
    """Why the list is not complete; empty when it is."""
    anomalies: list[Anomaly] = field(default_factory=list)
    duplicate_keys: list[str] = field(default_factory=list)


async def list_all(session: Session) -> Sequence[Listed]:
    """All four lists: the declared ones in turn, then the others, since one that is not offered may not be answered.

    Never raises for a server's sake: what is missing is told in ``Listed.failure``.
    """
    lists = [Listed(about) for about in METHODS]
    for listed in lists:
        if _declared(session, listed.about):
            await fill(session, listed)
            # What is announced before the answer is in it: servers announce what they build at their start.
            session.peer.changed.discard(listed.about.capability)
    rest = [listed for listed in lists if not _declared(session, listed.about)]
    await asyncio.gather(*(fill(session, listed) for listed in rest))
    return lists


async def list_again(session: Session, before: Sequence[Listed]) -> Sequence[Listed]:
    """The lists that were answered, once more; those that failed are left out."""
    again = [Listed(listed.about) for listed in before if listed.raw]
    for listed in again:
        await fill(session, listed)
    return again


async def fill(session: Session, listed: Listed) -> None:
    """Ask for every page of one list."""
    declared = _declared(session, listed.about)
    try:
        await _pages(session, listed, declared=declared)
    except TargetError as cause:
        if declared or listed.entries or not isinstance(cause, Unanswered):
            listed.failure = str(cause)
    if listed.entries and not declared:
        detail = f"{listed.about.method} is answered although no {listed.about.capability} capability was declared"
        listed.anomalies.append(Anomaly(AnomalyKind.UNDECLARED_LIST, "", detail))


def _declared(session: Session, about: ListMethod) -> bool:
    return session.capabilities.get(about.capability) is not None


async def _pages(session: Session, listed: Listed, *, declared: bool) -> None:
    limits, about = session.limits, listed.about
    # A list that was not declared is often not answered at all.
    seconds = limits.request_seconds if declared else min(limits.probe_seconds, limits.request_seconds)
    given: set[str] = set()
    params: dict[str, Json] | None = None
    for _ in range(limits.pages):
        answer = await session.ask(about.method, params, seconds=seconds)
        if answer.refusal is not None:
            missing = about.optional and answer.refusal.code == wire.METHOD_NOT_FOUND
            if listed.entries or (declared and not missing):
                listed.failure = f"{about.method} was answered with {answer.refusal}"
            return
        cursor = _take(answer, listed, limits, declared=declared)
        if len(listed.entries) > limits.items:
            del listed.entries[limits.items :]
            listed.failure = f"{about.method} holds more than {limits.items} entries"
            return
        # An empty cursor is a cursor (specification, server/utilities/pagination).
        if cursor is None:
            return
        mark = canonical.compact(cursor)
        if mark in given:
            detail = f"{about.method} came back to the cursor {mark[:80]!r}"
            listed.anomalies.append(Anomaly(AnomalyKind.CURSOR_LOOP, "", detail))
            return
        given.add(mark)
        params = {"cursor": cursor}
    listed.failure = f"{about.method} has more than {limits.pages} pages"


def _take(answer: Answer, listed: Listed, limits: Limits, *, declared: bool) -> Json:
    """Keep one page; its cursor."""
    result, about = answer.result, listed.about
    entries = result.get(about.member) if isinstance(result, dict) else None
    if not isinstance(entries, list):
        if isinstance(result, dict) and result.get("resultType") == "input_required":
            listed.failure = f"{about.method} wants input from the user first"
            detail = f"{about.method} asks for input: {canonical.compact(result.get('inputRequests'))}"
            detail = detail[: limits.view_bytes]
            listed.anomalies.append(Anomaly(AnomalyKind.SERVER_REQUEST, "", detail))
        elif declared:
            listed.failure = f"{about.method} was answered without a list of {about.member}"
        return None
    listed.entries.extend(entries)
    listed.raw.append(answer.received.raw)
    listed.duplicate_keys.extend(answer.received.parsed.duplicate_keys)
    return result.get("nextCursor") if isinstance(result, dict) else None
