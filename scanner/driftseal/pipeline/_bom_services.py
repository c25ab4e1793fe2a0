"""What answers becomes a service: MCP servers, and the providers, stores and gateways that code speaks to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from driftseal.limits import DEFAULT_LIMITS
from driftseal.model.bom import Flow, Service
from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.narrow import text_or_empty
from driftseal.pipeline import _bom_providers
from driftseal.pipeline._bom_items import PROVIDED, described, places
from driftseal.pipeline._bom_join import place
from driftseal.pipeline._bom_names import endpoint, identity_of, is_remote, named_ref, portable
from driftseal.pipeline._bom_words import words

_OF_SERVERS: Final = PROVIDED | {ItemKind.SERVER, ItemKind.LAUNCH}
_MCP: Final = "mcp"
_INFERENCE: Final = "inference"
_ANSWERING: Final = frozenset({_INFERENCE, "gateway"})
_UNKNOWN: Final = "unknown"
"""Classification of data of which nobody says how sensitive they are."""
_CALLS: Final = (Flow("bi-directional", _UNKNOWN, "calls and results"),)
_FLOWS: Final[Mapping[str, tuple[Flow, ...]]] = {
    _INFERENCE: (Flow("bi-directional", _UNKNOWN, "prompts and completions"),),
    "gateway": (Flow("bi-directional", _UNKNOWN, "prompts and completions"),),
    "vector-store": (Flow("bi-directional", _UNKNOWN, "documents and queries"),),
    "observability": (Flow("inbound", _UNKNOWN, "traces"),),
}
"""What goes over the wire, by role."""
SOURCES: Final[Mapping[str, str]] = {kind: named_ref("registry", kind) for kind in ("hf", "mlflow", "oci", "ollama")}
"""References of the registries that targets of these kinds are read from."""
_TITLES: Final = {
    "hf": "Hugging Face Hub",
    "mlflow": "MLflow registry",
    "oci": "OCI registry",
    "ollama": "Ollama registry",
}


def is_service(snapshot: Snapshot) -> bool:
    """Whether the target is an MCP server, as it runs, as it is configured or as a manifest lists it."""
    return any(item.kind in _OF_SERVERS for item in snapshot.items)


def service(snapshot: Snapshot, ref: str) -> Service:
    """The service of a target that is an MCP server."""
    about = _object(_first(snapshot, ItemKind.SERVER))
    launch = _object(_first(snapshot, ItemKind.LAUNCH))
    url = endpoint(text_or_empty(launch.get("url")))
    found = [item for item in snapshot.items if item.kind in {ItemKind.LAUNCH, ItemKind.SERVER}]
    return Service(
        ref=ref,
        name=portable(snapshot.target.name) or "server",
        version=portable(text_or_empty(about.get("version"))),
        description=described({**about}) or described({"description": about.get("title")}),
        endpoints=(url,) if url else (),
        # Without a credential in sight nothing is known: the server may ask for one later.
        authenticated=True if any(map(_is_credential, snapshot.items)) else None,
        crosses_trust_boundary=is_remote(url) if url else None,
        trust_zone=_zone(url, launch),
        flows=_CALLS,
        tags=("mcp-server",),
        properties={name: portable(value) for name, value in _properties(snapshot, about, launch) if value},
        evidence=places([at for item in found for at in item.evidence], snapshot),
    )


def _zone(url: str, launch: Mapping[str, Json]) -> str:
    if url:
        return "remote" if is_remote(url) else "local"
    return "local" if "command" in launch else ""


def _properties(snapshot: Snapshot, about: Mapping[str, Json], launch: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    target = snapshot.target
    live = snapshot.origin is Origin.LIVE
    transport = text_or_empty(launch.get("transport")) or ("stdio" if "command" in launch else "")
    package = launch.get("package")
    yield "driftseal:target:kind", target.kind
    yield "driftseal:target:identity", portable(identity_of(target))
    yield "driftseal:target:session", portable(target.session)
    yield "driftseal:target:enabled", "" if target.enabled else "false"
    yield "driftseal:coverage", "live" if live else "static"
    yield "driftseal:snapshot:digest", str(snapshot.digest)
    yield "driftseal:mcp:serverName", text_or_empty(about.get("name"))
    yield "driftseal:mcp:protocolVersion", snapshot.envelope.protocol
    yield "driftseal:mcp:capabilities", " ".join(sorted(snapshot.envelope.capabilities))
    yield "driftseal:mcp:transport", transport
    yield "driftseal:mcp:command", _command(launch)
    yield "driftseal:mcp:pinned", _pinned(package) if isinstance(package, dict) else ""
    yield "driftseal:mcp:credentials", _names(snapshot, ItemKind.CREDENTIAL)
    yield "driftseal:mcp:permissions", _names(snapshot, ItemKind.PERMISSION)
    yield "cdx:mcp:transport", transport
    for kind in (ItemKind.LAUNCH, ItemKind.INSTRUCTIONS):
        digests = [str(item.digest) for item in snapshot.items if item.kind is kind]
        yield f"driftseal:{kind}:digest", " ".join(digests)


def _pinned(package: Mapping[str, Json]) -> str:
    return "true" if package.get("pinned") is True else "false"


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


# --- what code speaks to ---------------------------------------------------------------------


def spoken_to(item: Item, snapshot: Snapshot) -> Service:
    """An MCP server, a provider of models, a vector store, a gateway that code or a configuration names."""
    content = item.content if isinstance(item.content, dict) else {}
    provider, role = text_or_empty(content.get("provider")), text_or_empty(content.get("role"))
    url = endpoint(text_or_empty(content.get("endpoint")))
    is_server = role == _MCP
    told = {
        "driftseal:item:kind": str(item.kind),
        "driftseal:item:digest": str(item.digest),
        "driftseal:service:role": role,
        "driftseal:service:baseUrlSource": text_or_empty(content.get("base_url_source")),
        "driftseal:mcp:transport": text_or_empty(content.get("transport")),
        "driftseal:mcp:command": text_or_empty(content.get("command"))[: DEFAULT_LIMITS.evidence_chars],
        "driftseal:mcp:env": words(content.get("env")),
        "cdx:mcp:transport": text_or_empty(content.get("transport")),
    }
    return Service(
        ref=named_ref("mcp" if is_server else "provider", item.name),
        name=portable(item.name) or "service",
        kind="server" if is_server else "service",
        group="mcp" if is_server else provider,
        provider=_bom_providers.title(provider) if provider else "",
        endpoints=(url,) if url else (),
        crosses_trust_boundary=is_remote(url) if url else None,
        trust_zone=_zone(url, content),
        flows=_CALLS if is_server else _FLOWS.get(role, ()),
        tags=("mcp-server",) if is_server else tuple(filter(None, (role,))),
        properties={name: portable(value) for name, value in told.items() if value},
        evidence=places(item.evidence, snapshot),
    )


def answers(service: Service) -> bool:
    """Whether models answer there."""
    return service.kind == "service" and service.properties.get("driftseal:service:role", _INFERENCE) in _ANSWERING


def of_provider(provider: str, url: str = "") -> Service:
    """Who answers for a hosted model, where nothing else tells of it: the model would answer nothing without."""
    host = urlsplit(url).netloc
    return Service(
        ref=named_ref("provider", provider, *filter(None, (host,))),
        name=host or portable(provider),
        kind="service",
        group=provider,
        provider=_bom_providers.title(provider) if not url else "",
        endpoints=(url,) if url else (),
        crosses_trust_boundary=is_remote(url) if url else True,
        trust_zone=_zone(url, {}) or "remote",
        flows=_FLOWS[_INFERENCE],
        tags=(_INFERENCE,),
        properties={"driftseal:service:role": _INFERENCE},
    )


def merged(one: Service, other: Service) -> Service:
    """What two targets tell of one service."""
    return replace(
        one,
        endpoints=tuple(sorted({*one.endpoints, *other.endpoints})),
        authenticated=one.authenticated or other.authenticated,
        evidence=tuple(sorted({*one.evidence, *other.evidence}, key=place)),
    )


def sources(snapshots: Iterable[Snapshot]) -> tuple[Service, ...]:
    """The registries that were asked; no part of the whole, but what is told of it is their word."""
    urls: dict[str, set[str]] = {}
    for snapshot in snapshots:
        if snapshot.origin is Origin.PUBLISHED and snapshot.target.kind in SOURCES:
            pages = (at.uri for item in snapshot.items for at in item.evidence)
            at = {urlsplit(url) for url in map(endpoint, pages) if url}
            urls.setdefault(snapshot.target.kind, set()).update(f"{one.scheme}://{one.netloc}" for one in at)
    return tuple(
        Service(SOURCES[kind], _TITLES[kind], kind="service", group="", endpoints=tuple(sorted(told)))
        for kind, told in sorted(urls.items())
    )
