"""Whether a file is a client's configuration: by its name, or by what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from driftseal.collect.base import Context
from driftseal.collect.clients import compose, mcpb, paths, registry, shapes, table
from driftseal.collect.clients.table import ANY, Place
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.model.item import Json

_SUFFIXES: Final = frozenset({"json", "jsonc", "json5", "toml", "yaml", "yml"})
_WORDS: Final = (b"mcp", b"servers", b"extensions", b"command", b"\\u", b"\\x")
"""One of these stands in every configuration, in whatever case; an escape may hide them."""


def place_of(path: Path, context: Context) -> tuple[Place, Path] | None:
    """How to read one named file, and the project folder it belongs to; ``None``: it is no configuration."""
    index = table.load().project
    parts = path.parts
    match = index.match(parts)
    if match is None:
        match = _users(path, context)
    if match is not None and not match[0].needs:
        place, above = match
        return place, Path(*parts[:above])
    suffix = path.suffix.removeprefix(".").casefold()
    if match is None and suffix not in _SUFFIXES:
        return None
    try:
        data = paths.read(path, path.name, context.limits)
    except TargetError:
        return None if match is None else (match[0], Path(*parts[: match[1]]))
    try:
        plain = data.replace(b"\0", b"").lower()
        if not any(word in plain for word in _WORDS):
            return None
        value = document.read(data, path.name, context.limits).value
    except TargetError:
        # A broken file that is not plainly about servers is for the manifest collector to complain about.
        meant = match is not None and match[0].is_meant(data)
        return (match[0], Path(*parts[: match[1]])) if match is not None and meant else None
    place, above = match or (ANY, len(parts) - 1)
    return (place, Path(*parts[:above])) if holds_servers(value, place) else None


def _users(path: Path, context: Context) -> tuple[Place, int] | None:
    """A user's own file, named by its path."""
    for place in table.load().machine:
        if fnmatchcase(path.name, place.pattern.rpartition("/")[2]) and path in paths.machine(place, context):
            return place, len(path.parts) - 1
    return None


def holds_servers(value: Json, place: Place) -> bool:
    """Whether a document of this place says anything about a server."""
    if place.shape == "mcpb":
        return mcpb.is_manifest(value)
    if place.shape == compose.SHAPE:
        return compose.holds_servers(value)
    if place.shape == "registry":
        return registry.is_entry(value)
    return any(True for _ in shapes.entries(value, place))


def is_configuration(path: Path, context: Context) -> bool:
    """Whether a client reads this file."""
    return place_of(path, context) is not None


def any_configuration(files: Sequence[Path], context: Context) -> bool:
    """Whether one of a folder's files has a name that a client reads, and holds what it reads."""
    index = table.load().project
    return any(
        index.match(path.parts) is not None and is_configuration(path, context)
        for path in files
        if index.may_match(path.name, path.parent.name)
    )
