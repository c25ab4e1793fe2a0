"""A version out of a store on this machine: what is registered there, and the folder that its files lie in.

The store may be anybody's, that of a cloned project say: what it calls the place of a model is only read where it lies
in the folder of the store, all links followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from driftseal.canonical import show
from driftseal.collect.base import Context
from driftseal.collect.clients import paths
from driftseal.collect.mlflows import registered, stores
from driftseal.collect.mlflows.absent import Absent
from driftseal.collect.mlflows.fetching import Seen
from driftseal.collect.mlflows.places import Place
from driftseal.collect.mlflows.registered import Version, Wanted
from driftseal.collect.models import stream, tree
from driftseal.errors import TargetError
from driftseal.limits import Limits
from driftseal.narrow import text_or_empty
from driftseal.records import dataclass

_RUN: Final = re.compile(r"runs:/+([0-9a-zA-Z][\w-]{0,255})/(.*)", re.ASCII | re.DOTALL)
_LONGEST_SCHEME: Final = 1
"""What is longer before a colon is no drive of Windows."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version, and where it lies."""

    version: Version
    folder: Path | None
    """``None`` for a prompt, which has no files."""
    place: str
    """Of the folder in its store, wherever that lies: a baseline is of use on another machine."""
    page: str
    """What a person opens to see it."""


def find(asked: Wanted, known: tuple[Place, Place], context: Context) -> Found:
    """The version that is asked for.

    Raises:
        TargetError: the stores have none, cannot be read, or its files lie elsewhere.
    """
    limits, workspace = context.limits, context.environment.get("MLFLOW_WORKSPACE", "").strip()
    registry, tracking = (stores.opened(one, paths.shown(one.path, context), workspace, limits) for one in known)
    number = asked.version or registry.alias(asked.name, asked.alias)
    if not number:
        raise registered.absent(asked)
    try:
        told = registry.version(asked.name, number)
    except Absent:
        raise registered.absent(asked) from None
    version = registered.checked(asked, told, limits)
    if version.is_prompt:
        return Found(version, None, "", paths.shown(known[0].path, context))
    uri = text_or_empty(told.get("storage_location")) or version.source
    folder, place = _folder(uri, tracking, (registry, tracking))
    if _path(version.source) is not None:
        version = replace(version, said={**version.said, "source": place})
    return Found(version, folder, place, paths.shown(folder, context))


def _folder(uri: str, tracking: stores.Store, allowed: tuple[stores.Store, ...]) -> tuple[Path, str]:
    found = _RUN.fullmatch(uri)
    if found is not None:
        uri = f"{tracking.files_of_run(found[1]).rstrip('/')}/{found[2]}"
    path = _path(uri)
    root = next((store.root for store in allowed if path is not None and stores.is_inside(path, store.root)), None)
    if path is None or root is None:
        raise TargetError(
            f"its files lie at {show(registered.plain(uri)[:300])}, which is no folder of the store and was not read",
            hint="scan the folder of the model itself if you trust it",
        )
    path = path.resolve()
    return path, path.relative_to(root.resolve()).as_posix()


def _path(uri: str) -> Path | None:
    scheme = uri.partition(":")[0] if ":" in uri else ""
    if scheme == "file":
        try:
            parts = urlsplit(uri)
        except ValueError:
            return None
        uri = unquote(parts.path) if parts.netloc in {"", "localhost"} else ""
    elif len(scheme) > _LONGEST_SCHEME:
        return None
    path = Path(uri)
    return path if "\0" not in uri and path.is_absolute() else None


def seen(folder: Path, limits: Limits, progress: Callable[[str], None]) -> Iterator[Seen]:
    """Every file of it."""

    def told() -> Iterator[tree.Member]:
        for member in tree.members(folder, limits):
            progress(f"reads {member.name}")
            yield member

    for one in stream.measure(told(), limits):
        if isinstance(one, tree.Member):
            yield Seen(one.name, None, one.why)
        else:
            yield Seen(one.member.name, one)
