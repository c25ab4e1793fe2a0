"""A model's files seen together, once all of them were read: what a loader runs, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from driftseal import snapshot
from driftseal.collect.base import Context
from driftseal.collect.models.stream import Measured
from driftseal.model.item import Gap, Item, ItemKind, Json
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.observe.loading import Loading

EXECUTES: Final = "executes"
_BLOBS: Final = "blobs"
"""Folder of the Hub's cache in which files lie under their digests."""


def together(
    context: Context, target: Target, measured: Sequence[Measured], documents: Mapping[str, Json], owner: str = ""
) -> Loading:
    """What the files say together; readings and code are left in the context, for those who judge them.

    ``documents`` holds JSON files that are too large for ``Measured.text``. ``owner`` is the model's name on a hub.
    """
    from driftseal.observe import loading

    files = [
        loading.File(
            one.member.name,
            one.size,
            one.sha256,
            one.text,
            one.reading,
            documents.get(one.member.name),
            one.member.path.name if one.member.path.parent.name == _BLOBS else "",
        )
        for one in measured
    ]
    found = loading.look(files, context.limits, owner)
    context.readings[target.identity] = {
        f"{ItemKind.MODEL_FILE}:{name}": reading for name, reading in found.readings.items()
    }
    if found.program is not None:
        context.programs[target.identity] = found.program
    return found


def gaps(target: Target, found: Loading, name: str = "") -> Iterator[Gap]:
    """What is missing; ``name`` stands for the file where the target is one file alone."""
    for told in found.blanks:
        yield Gap(target.reference, name or told.file, told.seen.why)
    if found.program is not None and not found.program.facts.complete:
        why = "not all code was looked at (limits.behaviour_nodes, limits.behaviour_steps, limits.behaviour_seconds)"
        yield Gap(target.reference, "behaviour", why)


def with_runs(item: Item, found: Loading) -> Item:
    """The model's item with what runs when it is loaded, where anything does."""
    runs = found.executes
    if not runs or not isinstance(item.content, dict):
        return item
    return snapshot.make_item(item.kind, item.name, {**item.content, EXECUTES: runs}, evidence=item.evidence)
