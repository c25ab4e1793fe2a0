"""Looking at one server from several sides, and telling what it shows to one side only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from driftseal.collect.base import Context, Probe
from driftseal.collect.mcp.difference import Difference, differences
from driftseal.collect.mcp.guise import BASE, CI_VARIABLES, CLIENTS, EVERY_CAPABILITY, Guise
from driftseal.collect.mcp.look import Look, Looker
from driftseal.collect.mcp.wire import Era
from driftseal.limits import Limits
from driftseal.model.item import Anomaly, AnomalyKind, Gap

RULE: Final = (
    "The specification (2026-07-28, server/tools, Capabilities) says that the set of tools "
    "“MUST NOT vary per-connection or as a side effect of other requests on the connection”."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """From which sides a server is looked at, after the first look."""

    pauses: tuple[float, ...]
    """Seconds before each repeated list of the first look."""
    guises: tuple[Guise, ...] = ()
    both_eras: bool = False


def plan(probe: Probe, limits: Limits) -> Plan:
    """The sides that a probe of this depth looks from.

    ``quick``: one client, lists repeated at once. ``standard``: further clients, lists repeated after a while,
    both eras. ``deep``: also with CI's variables, with every client capability, and started again.
    """
    if probe is Probe.QUICK:
        return Plan(pauses=(0.0,))
    clients = tuple(Guise(client) for client in CLIENTS[1:])
    pauses = (0.0, limits.repeat_seconds)
    if probe is Probe.STANDARD:
        return Plan(pauses, clients, both_eras=True)
    deep = (
        replace(BASE, environment=CI_VARIABLES, note="with the variables of a CI system"),
        replace(BASE, capabilities=EVERY_CAPABILITY, note="offering roots, sampling and elicitation"),
        *(replace(BASE, note=f"started again, {count}") for count in ("once", "twice", "three times")),
    )
    return Plan(pauses, (*clients, *deep), both_eras=True)


async def probe(looker: Looker, context: Context, reference: str) -> Look:
    """The first look at a server, with what the others saw differently as anomalies."""
    todo = plan(context.consent.probe, context.limits)
    first = await looker.look(BASE, pauses=todo.pauses)
    first.seen.extend(_cloaking(first.repeated, f"{BASE} at first", f"{BASE} asking again", context.limits))
    if not first.opened:
        return first
    guises = list(todo.guises)
    if todo.both_eras and first.modern:
        guises.append(replace(BASE, era=Era.HANDSHAKE, note="with the handshake of 2025-11-25"))
    refused = 0
    for guise in guises:
        other = await looker.look(guise, pauses=(0.0,))
        first.seen.extend(_compared(first, other, context.limits, reference))
        refused += not other.opened
        if refused > 1 and guise is not guises[-1]:
            # Each further one would be waited for as long.
            first.seen.append(Gap(reference, "probe", "it lets nobody in any more; the remaining looks were left out"))
            break
    return first


def _compared(first: Look, other: Look, limits: Limits, reference: str) -> Iterator[Anomaly | Gap]:
    if not other.opened:
        # A server of one era alone has nothing to show in the other.
        if other.guise.era is not Era.HANDSHAKE:
            why = "; ".join(thing.why for thing in other.seen if isinstance(thing, Gap))
            yield Gap(reference, f"as {other.guise}", why)
        return
    yield from _cloaking(differences(first.items, other.items), str(first.guise), str(other.guise), limits)
    yield from _cloaking(other.repeated, str(other.guise), f"{other.guise} asking again", limits)
    known = {thing for thing in first.seen if isinstance(thing, Anomaly)}
    for thing in other.seen:
        if isinstance(thing, Anomaly) and thing not in known:
            yield replace(thing, detail=f"as {other.guise}: {thing.detail}")
        elif isinstance(thing, Gap) and thing not in first.seen:
            yield replace(thing, why=f"as {other.guise}: {thing.why}")


def _cloaking(found: Iterable[Difference], old: str, new: str, limits: Limits) -> Iterator[Anomaly]:
    for count, difference in enumerate(found):
        if count == limits.matches:
            yield Anomaly(AnomalyKind.CLOAKING, "", f"more than {limits.matches} differences between {old} and {new}")
            return
        what = f"{difference.item} is shown to {new} otherwise than to {old}"
        if not difference.pointer and not difference.old:
            what = f"{difference.item} is shown to {new}, not to {old}"
        elif not difference.pointer and not difference.new:
            what = f"{difference.item} is shown to {old}, not to {new}"
        yield Anomaly(
            AnomalyKind.CLOAKING,
            difference.item,
            f"{what}. {RULE}",
            difference.pointer,
            difference.old[: limits.view_bytes],
            difference.new[: limits.view_bytes],
        )
