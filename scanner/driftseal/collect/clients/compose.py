"""Compose files that run MCP servers: images of servers, and the servers that Docker's MCP gateway is told to serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from driftseal import snapshot, yamltext
from driftseal.canonical import escape_pointer
from driftseal.collect.clients import items, redact
from driftseal.collect.clients.launch import understand
from driftseal.collect.clients.packages import recognise
from driftseal.collect.clients.server import File, Server
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import Evidence, Item, ItemKind, Json
from driftseal.regexes import regex

SHAPE: Final = "compose"
_GATEWAY: Final = regex(r"(?:docker\.io/)?docker/mcp-gateway(?:[:@].*)?")
_SERVER: Final = regex(
    r"(?:docker\.io/)?mcp/[\w.-]+(?:[:@].*)?|ghcr\.io/(?:github/github-mcp-server|modelcontextprotocol/[\w.-]+)(?:[:@].*)?"
)
_SERVERS: Final = frozenset({"--servers", "--server"})
_NAME: Final = regex(r"[\w.-]{1,100}")
_TRANSPORT: Final = "docker"


def document(data: bytes, name: str, limits: Limits) -> Document:
    """The first document of a compose file; what aliases repeat is read where it stands.

    Raises:
        LimitExceeded: larger or deeper than the limits allow.
        FormatError: no YAML.
    """
    found = next(yamltext.positioned(data, name, limits, past_aliases=True), yamltext.Document(None))
    return Document(found.value, found.duplicate_keys, partial(_line, found.lines))


def _line(lines: Mapping[str, int], pointer: str) -> int:
    return lines.get(pointer, 0)


def holds_servers(value: Json) -> bool:
    """Whether a compose file runs MCP servers at all."""
    return any(_GATEWAY.fullmatch(image) or _SERVER.fullmatch(image) for _, _, image in _services(value))


def _services(value: Json) -> Iterator[tuple[str, dict[str, Json], str]]:
    services = value.get("services") if isinstance(value, dict) else None
    for name, about in services.items() if isinstance(services, dict) else []:
        image = about.get("image") if isinstance(about, dict) else None
        if isinstance(about, dict) and isinstance(image, str):
            yield name, about, image


def servers(file: File) -> Iterator[Server]:
    """Every server that a service of the file is, or serves."""
    for name, about, image in _services(file.document.value):
        pointer = f"/services/{escape_pointer(name)}"
        if _GATEWAY.fullmatch(image):
            for served in dict.fromkeys(_served(about)):
                yield _server(file, served, pointer, about, image)
        elif _SERVER.fullmatch(image):
            yield _server(file, name, pointer, about, image)


def _served(about: Mapping[str, Json]) -> Iterator[str]:
    """Names behind ``--servers``, of the gateway's catalogue."""
    command = about.get("command")
    words = command.split() if isinstance(command, str) else command if isinstance(command, list) else []
    texts = [word for word in words if isinstance(word, str)]
    for index, word in enumerate(texts):
        flag, equals, value = word.partition("=")
        if flag in _SERVERS:
            given = value if equals else texts[index + 1] if index + 1 < len(texts) else ""
            yield from (name for name in given.split(",") if _NAME.fullmatch(name))


def _server(file: File, name: str, pointer: str, about: Mapping[str, Json], image: str) -> Server:
    evidence = Evidence(file.uri, pointer, file.document.line(pointer))
    content: dict[str, Json] = {"transport": _TRANSPORT, "image": redact.redact(image)}
    things: list[Item] = []
    package = recognise("docker", ["run", image])
    if package is not None:
        item = items.package_item(package, evidence)
        content["package"] = item.content
        things.append(item)
    things.append(snapshot.make_item(ItemKind.LAUNCH, "", content, evidence=[evidence]))
    # The environment alone is understood as that of any launch is: names of credentials, and no value.
    facts = understand({"command": "docker", "env": _environment(about.get("environment"))}, {})
    told = items.items(facts, uri=file.uri, pointer=pointer, line=file.document.line)
    things += [item for item in told if item.kind is ItemKind.CREDENTIAL]
    return Server(redact.redact(name), pointer, tuple(things), transport=_TRANSPORT)


def _environment(value: Json) -> dict[str, Json]:
    if isinstance(value, dict):
        return value
    pairs = [entry.partition("=") for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
    return {name: given for name, _, given in pairs}
