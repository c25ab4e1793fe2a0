"""Servers inside a parsed configuration, recognised by shape: under which key, map or list, whatever the client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Final

from driftseal.canonical import escape_pointer
from driftseal.collect.clients.table import Place
from driftseal.model.item import Json
from driftseal.records import dataclass

COMMANDS: Final = ("command", "cmd", "programPath")
URLS: Final = ("url", "httpUrl", "serverUrl", "server_url", "uri", "endpoint", "baseUrl", "base_url")
_TYPES: Final = frozenset(
    {"stdio", "local", "http", "https", "sse", "remote", "streamable-http", "streamable_http", "streamablehttp",
     "streamable", "http-stream", "ws", "websocket", "builtin", "platform", "frontend", "inline_python"}
)  # fmt: skip
_CERTAIN: Final = frozenset(
    {"mcpservers", "mcp-servers", "mcp_servers", "context_servers", "modelcontextprotocolservers"}
)
"""Keys under which every object is a server, whatever it holds."""
_PROJECTS: Final = "projects."
"""Roots that begin so hold the servers of one project each, by its path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One server as it stands in a configuration."""

    name: str
    pointer: str
    raw: dict[str, Json] = field(repr=False)
    project: str = ""
    """The project path that it is kept under, for a client that keeps all projects in one file."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Something among the servers that is none."""

    name: str
    pointer: str


def entries(value: Json, place: Place) -> Iterator[Entry | Odd]:
    """Every server of a document, by the place's keys; by itself where the place allows it."""
    found = False
    seen: set[str] = set()
    for root in place.roots:
        for pointer, container, star in lookup(value, root):
            if pointer in seen:
                continue
            seen.add(pointer)
            certain = root.rpartition(".")[2].casefold() in _CERTAIN
            project = star if root.startswith(_PROJECTS) else ""
            for thing in _servers(container, pointer, project, certain=certain):
                found = True
                yield thing
    if place.flat and not found and isinstance(value, dict):
        yield from _servers(value, "", "", certain=False)


def lookup(value: Json, dotted: str) -> Iterator[tuple[str, Json, str]]:
    """Every value that a dotted key leads to, as ``(pointer, value, what * stood for)``.

    ``a.b`` is the member ``a.b`` and the member ``b`` of ``a``; further members of one name, ``a#2``, too.
    """
    level: list[tuple[str, Json, str, tuple[str, ...]]] = [("", value, "", tuple(dotted.split(".")))]
    while level:
        pointer, node, star, words = level.pop()
        if not words:
            yield pointer, node, star
        elif words[0] == "*":
            below: list[tuple[str, Json]] = (
                list(node.items())
                if isinstance(node, dict)
                else [(str(index), child) for index, child in enumerate(node)]
                if isinstance(node, list)
                else []
            )
            level.extend((f"{pointer}/{escape_pointer(key)}", child, key, words[1:]) for key, child in reversed(below))
        elif isinstance(node, dict):
            for length in range(1, len(words) + 1):
                key, number = ".".join(words[:length]), 1
                name = key
                while name in node:
                    level.append((f"{pointer}/{escape_pointer(name)}", node[name], star, words[length:]))
                    number += 1
                    name = f"{key}#{number}"


def _servers(container: Json, pointer: str, project: str, *, certain: bool) -> Iterator[Entry | Odd]:
    if isinstance(container, dict):
        members = [(name, f"{pointer}/{escape_pointer(name)}", raw) for name, raw in container.items()]
    elif isinstance(container, list):
        members = [(_name(raw, index), f"{pointer}/{index}", raw) for index, raw in enumerate(container)]
    else:
        return
    for name, below, raw in members:
        entry = _as_server(raw)
        if entry is not None and (certain or looks_like_server(entry)) and not _is_wrapper(name, entry):
            yield Entry(name, below, entry, project)
        elif certain and entry is None and not _is_aside(raw, container):
            yield Odd(name, below)


def _is_aside(raw: Json, container: Json) -> bool:
    """A switch for a server that stands elsewhere, or in a plugin's list the path of a further file."""
    return raw is None or isinstance(raw, bool) or (isinstance(raw, str) and isinstance(container, list))


def _is_wrapper(name: str, raw: dict[str, Json]) -> bool:
    """``{"mcpServers": {"mcpServers": {…}}}``: some plugins wrap twice, and their key lists both depths."""
    return name.casefold() in _CERTAIN and not looks_like_server(raw)


def _name(raw: Json, index: int) -> str:
    if isinstance(raw, dict):
        for key in ("name", "id", "title"):
            name = raw.get(key)
            if isinstance(name, str) and name:
                return name
    return str(index)


def _as_server(raw: Json) -> dict[str, Json] | None:
    if isinstance(raw, dict):
        # Continue's older list wraps the launch once more.
        inner = raw.get("transport")
        if isinstance(inner, dict) and looks_like_server(inner):
            return {**{key: value for key, value in raw.items() if key != "transport"}, **inner}
        return raw
    if isinstance(raw, str) and "://" in raw:
        return {"url": raw}
    if isinstance(raw, list) and raw and all(isinstance(word, str) for word in raw):
        return {"command": raw}
    return None


def looks_like_server(raw: dict[str, Json]) -> bool:
    """Whether an object says how a server is reached."""
    if any(isinstance(raw.get(key), str | list | dict) and raw[key] for key in COMMANDS):
        return True
    if any(isinstance(raw.get(key), str) and "://" in str(raw[key]) for key in URLS):
        return True
    kind = raw.get("type", raw.get("transport"))
    return isinstance(kind, str) and kind.casefold() in _TYPES and ("url" in raw or "name" in raw or "enabled" in raw)
