"""From the bytes of a configuration to its servers, by the shape that its place has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from driftseal import snapshot
from driftseal.collect.base import Context
from driftseal.collect.clients import compose, docker, mcpb, paths, redact, registry, server, shapes, warp
from driftseal.collect.clients.server import File, Server
from driftseal.collect.clients.shapes import Odd
from driftseal.collect.clients.table import SERVERS, Place
from driftseal.collect.clients.values import shown_setting
from driftseal.errors import TargetError
from driftseal.formats import document
from driftseal.model.item import Anomaly, AnomalyKind, Evidence, Gap, Item, ItemKind, Json


def load(path: Path, place: Place, uri: str, folder: Path, context: Context) -> File | None:
    """The file of a place, parsed; ``None`` where another program's file of that name lies there.

    Raises:
        TargetError: it cannot be read.
        FormatError: its syntax is wrong; ``line`` says where.
        LimitExceeded: larger or deeper than the limits allow.
    """
    if place.shape == warp.SHAPE:
        known = warp.document(path, uri, context.limits)
    else:
        data, name = paths.read(path, uri, context.limits), uri
        if not place.is_meant(data):
            return None
        if place.shape == "bundle":
            data, name = mcpb.manifest_of(data, uri, context.limits), f"{uri}/{mcpb.MANIFEST}"
        reader = compose.document if place.shape == compose.SHAPE else document.read
        known = reader(data, name, context.limits)
    in_project = place.scope == "project" or not path.is_relative_to(context.home)
    return File(known, uri, path, folder, context.home, context.platform, in_project)


def servers(file: File, place: Place, context: Context) -> Iterator[Server | Odd]:
    """Every server of the configuration."""
    if place.shape in {"mcpb", "bundle"}:
        yield from mcpb.servers(file)
    elif place.shape == "registry":
        yield from registry.servers(file)
    elif place.shape == compose.SHAPE:
        yield from compose.servers(file)
    elif place.shape == "docker":
        yield from docker.servers(file, context.limits)
    elif place.shape in {SERVERS, "plugin", warp.SHAPE}:
        for entry in shapes.entries(file.document.value, place):
            if isinstance(entry, Odd):
                yield entry
            else:
                yield server.from_entry(file, entry.name, entry.pointer, entry.raw, project=entry.project)


def referred(file: File, place: Place) -> Iterator[str]:
    """Paths of further files that a plugin's manifest names for its servers, relative to the plugin."""
    value = file.document.value
    if place.shape == "plugin" and isinstance(value, dict):
        given = value.get("mcpServers")
        for path in given if isinstance(given, list) else [given]:
            if isinstance(path, str) and "://" not in path:
                yield path


def inside(path: Path, folder: Path) -> bool:
    """Whether a path, its links followed, stays in a folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def about_file(file: File, place: Place) -> Iterator[Item | Gap | Anomaly]:
    """What concerns all servers of the file: keys given twice, and what the client does without asking."""
    for name in file.document.duplicate_keys:
        shown = redact.redact(name)
        yield Anomaly(AnomalyKind.DUPLICATE_KEY, "", f"{file.uri}: one object holds {shown!r} twice")
    seen: set[str] = set()
    for dotted in place.approvals:
        for pointer, value, star in shapes.lookup(file.document.value, dotted):
            name = dotted.replace("*", redact.redact(star)) if star else dotted
            if value in (None, False, [], {}, "") or name in seen:
                continue
            seen.add(name)
            content: Json = {"setting": dotted, "value": shown_setting(value)}
            evidence = Evidence(file.uri, pointer, file.document.line(pointer))
            yield snapshot.make_item(ItemKind.PERMISSION, name, content, evidence=[evidence])


def failure(cause: TargetError) -> str:
    """One sentence that names file, line and mend."""
    return f"{cause}; {cause.hint}" if cause.hint else str(cause)
