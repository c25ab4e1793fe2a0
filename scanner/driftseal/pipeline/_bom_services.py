"""A target that is an MCP server becomes a service: how it is launched or reached, and how it was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Service
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.narrow import text_or_empty
from driftseal.pipeline._bom_items import PROVIDED
from driftseal.pipeline._bom_names import endpoint, is_remote, portable

_OF_SERVERS: Final = PROVIDED | {ItemKind.SERVER, ItemKind.LAUNCH}


def is_service(snapshot: Snapshot) -> bool:
    """Whether the target is an MCP server, as it runs, as it is configured or as a manifest lists it."""
    return any(item.kind in _OF_SERVERS for item in snapshot.items)


def service(snapshot: Snapshot, ref: str) -> Service:
    """The service of a target that is one."""
    about = _object(_first(snapshot, ItemKind.SERVER))
    launch = _object(_first(snapshot, ItemKind.LAUNCH))
    url = endpoint(text_or_empty(launch.get("url")))
    return Service(
        ref=ref,
        name=portable(snapshot.target.name) or "server",
        version=text_or_empty(about.get("version")),
        description=(text_or_empty(about.get("description")) or text_or_empty(about.get("title")))[
            : DEFAULT_LIMITS.evidence_chars
        ],
        endpoints=(url,) if url else (),
        # Without a credential in sight nothing is known: the server may ask for one later.
        authenticated=True if any(map(_is_credential, snapshot.items)) else None,
        crosses_trust_boundary=is_remote(url) if url else None,
        tags=("mcp-server",),
        properties={name: value for name, value in _properties(snapshot, about, launch) if value},
    )


def _properties(snapshot: Snapshot, about: Mapping[str, Json], launch: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    target = snapshot.target
    live = snapshot.origin is Origin.LIVE
    transport = text_or_empty(launch.get("transport")) or ("stdio" if "command" in launch else "")
    yield "driftseal:target:kind", target.kind
    yield "driftseal:target:identity", portable(target.identity)
    yield "driftseal:target:session", portable(target.session)
    yield "driftseal:target:enabled", "" if target.enabled else "false"
    yield "driftseal:coverage", "live" if live else "static"
    yield "driftseal:snapshot:digest", str(snapshot.digest)
    yield "driftseal:mcp:serverName", text_or_empty(about.get("name"))
    yield "driftseal:mcp:protocolVersion", snapshot.envelope.protocol
    yield "driftseal:mcp:capabilities", " ".join(sorted(snapshot.envelope.capabilities))
    yield "driftseal:mcp:transport", transport
    yield "driftseal:mcp:command", _command(launch)
    yield "driftseal:mcp:credentials", _names(snapshot, ItemKind.CREDENTIAL)
    yield "driftseal:mcp:permissions", _names(snapshot, ItemKind.PERMISSION)
    yield "cdx:mcp:transport", transport
    for kind in (ItemKind.LAUNCH, ItemKind.INSTRUCTIONS):
        digests = [str(item.digest) for item in snapshot.items if item.kind is kind]
        yield f"driftseal:{kind}:digest", " ".join(digests)


def _is_credential(item: Item) -> bool:
    return item.kind is ItemKind.CREDENTIAL or (item.kind is ItemKind.PERMISSION and item.name.startswith("oauth"))


def _command(launch: Mapping[str, Json]) -> str:
    """The program and its arguments without the folders of this machine."""
    command, args = launch.get("command"), launch.get("args")
    words = command if isinstance(command, list) else [command]
    if isinstance(args, list):
        words = [*words, *args]
    return " ".join(portable(word) for word in words if isinstance(word, str))[: DEFAULT_LIMITS.evidence_chars]


def _names(snapshot: Snapshot, kind: ItemKind) -> str:
    return " ".join(sorted(item.name for item in snapshot.items if item.kind is kind))


def _first(snapshot: Snapshot, kind: ItemKind) -> Item | None:
    return next((item for item in snapshot.items if item.kind is kind), None)


def _object(item: Item | None) -> Mapping[str, Json]:
    return item.content if item is not None and isinstance(item.content, dict) else {}
