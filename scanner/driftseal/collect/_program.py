"""What a server's source declares, as items of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from driftseal import snapshot
from driftseal.model.item import Evidence, Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Reading, Snapshot
from driftseal.observe.program import Program
from driftseal.observe.tools.declared import Declared, Dynamic


def things(program: Program, reference: str, prefix: str = "") -> Iterator[Item | Gap]:
    """Tools, prompts and resources as a running server would list them, and what could not be read."""
    yield from listed(program.declared, program.found.dynamic, reference, prefix)
    for unread in program.unread:
        yield Gap(reference, prefix + unread.path, unread.why)


def followed(program: Program, taken: Snapshot) -> Snapshot:
    """The snapshot with what could not be followed of the code."""
    program.ahead()
    return replace(taken, gaps=(*taken.gaps, *_unfollowed(program, taken.target.reference)))


def _unfollowed(program: Program, reference: str) -> Iterator[Gap]:
    if program.declared and not program.flows.complete:
        yield Gap(reference, "data flows", "not all of the code was followed (limits.taint_steps)")
    if not program.facts.complete:
        yield Gap(
            reference,
            "behaviour",
            "not all code was looked at (limits.behaviour_nodes, limits.behaviour_steps, limits.behaviour_seconds)",
        )


def listed(
    declared: Mapping[str, Declared], dynamic: Iterable[Dynamic], reference: str, prefix: str = ""
) -> Iterator[Item | Gap]:
    """What a server's source declares, by item key, and the places where it makes more at run time."""
    for key, one in declared.items():
        name = key.removeprefix(f"{one.kind}:")
        yield snapshot.make_item(one.kind, name, _content(one), evidence=[Evidence(prefix + one.path, "", one.line)])
    for made in dynamic:
        yield Gap(reference, f"{prefix}{made.path}:{made.line}", f"tools are made at run time: {made.why}")


def reading(program: Program, *, unread: int, aside: int = 0) -> Reading:
    """How much of the source was read. The numbers are of files that never came as far as the program."""
    modules = program.project.modules.values()
    return Reading(
        files=len(modules),
        functions=sum(len(module.functions) - 1 for module in modules),  # the first is the top level
        tools=sum(one.kind is ItemKind.TOOL for one in program.declared.values()),
        aside=program.aside + aside,
        # One of the late ones stands for all of them among those that are told.
        unread=len(program.unread) + max(program.late - 1, 0) + unread,
    )


def _content(one: Declared) -> Json:
    if one.kind is ItemKind.INSTRUCTIONS:
        return {"text": one.description}
    named = (
        "uri" if one.kind is ItemKind.RESOURCE else "uriTemplate" if one.kind is ItemKind.RESOURCE_TEMPLATE else "name"
    )
    content: dict[str, Json] = {named: one.name}
    if one.title is not None:
        content["title"] = one.title
    if one.description is not None:
        content["description"] = one.description
    if one.kind is ItemKind.TOOL:
        content["inputSchema"] = one.schema if one.schema is not None else {"type": "object"}
    if one.annotations is not None:
        content["annotations"] = one.annotations
    return content
