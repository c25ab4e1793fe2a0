"""One server found in a configuration, before it is a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from driftseal.collect.clients import items, paths, redact
from driftseal.collect.clients.launch import Facts, understand
from driftseal.collect.mcp.spec import HttpSpec, HttpTransport, ServerSpec, StdioSpec
from driftseal.formats.base import Document
from driftseal.model.item import Anomaly, Gap, Item, Json
from driftseal.records import dataclass
from driftseal.regexes import regex

_FOLDER_NAMES: Final = regex(
    r"\$\{(workspaceFolder|workspaceRoot|projectDir|CLAUDE_PROJECT_DIR|userHome|HOME|__dirname|CLAUDE_PLUGIN_ROOT|"
    r"extensionPath|pathSeparator|/)\}"
)


@dataclass(frozen=True, slots=True)
class Server:
    """Its name, what may be told of it, and how it is reached."""

    name: str
    pointer: str
    things: tuple[Item | Gap | Anomaly, ...]
    spec: ServerSpec | None = field(default=None, repr=False)
    """``None`` where nothing that we speak reaches it."""
    enabled: bool = True
    project: str = ""
    """Project path that the client keeps it under, in a file of all projects."""
    transport: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A parsed configuration with what is needed to understand it."""

    document: Document
    uri: str
    """Its path for evidence."""
    path: Path
    folder: Path
    """The project that the client is opened in; for a user's file the folder it lies in."""
    home: Path
    platform: str
    in_project: bool
    """Relative commands start in ``folder``."""


def from_entry(file: File, name: str, pointer: str, raw: Mapping[str, Json], *, project: str = "") -> Server:
    """A server out of its plain entry."""
    facts = understand(_last_wins(raw, file.document.duplicate_keys), inputs(file.document.value))
    things = tuple(items.items(facts, uri=file.uri, pointer=pointer, line=file.document.line))
    return Server(redact.redact(name), pointer, things, spec(facts, file), facts.enabled, project, facts.transport)


def _last_wins(raw: Mapping[str, Json], duplicates: tuple[str, ...]) -> dict[str, Json]:
    """The entry as clients see it: of a key that comes twice, every JSON reader of theirs keeps the last."""
    effective = dict(raw)
    for key in duplicates:
        number = 2
        while f"{key}#{number}" in effective:
            effective[key] = effective.pop(f"{key}#{number}")
            number += 1
    return effective


def inputs(value: Json) -> dict[str, Json]:
    """The values that a configuration asks the user for, by id (``inputs`` of VS Code, ``user_config`` of bundles)."""
    listed = value.get("inputs") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return {}
    return {str(entry["id"]): entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)}


def spec(facts: Facts, file: File) -> ServerSpec | None:
    """How to reach the server, with its real values."""

    def expand(text: str) -> str:
        return _FOLDER_NAMES.sub(lambda found: _folder(found[1], file), text)

    if facts.command and facts.transport in {"stdio", ""}:
        command, args = facts.command, facts.args
        if not args and " " in command and not paths.is_file(Path(expand(command))):
            command, *rest = command.split()
            args = tuple(rest)
        cwd = file.folder if file.in_project else None
        if facts.cwd:
            given = expand(facts.cwd)
            cwd = file.home / given[2:] if given.startswith("~/") else file.folder / given
        env = {name: expand(value) for name, value in facts.env.items()}
        return StdioSpec(expand(command), tuple(map(expand, args)), env, cwd)
    if facts.url.startswith(("http://", "https://")) and facts.transport in {"http", "sse", ""}:
        transport = HttpTransport.SSE if facts.transport == "sse" else HttpTransport.AUTO
        return HttpSpec(facts.url, dict(facts.headers), transport)
    return None


def _folder(name: str, file: File) -> str:
    if name in {"userHome", "HOME"}:
        return str(file.home)
    if name in {"pathSeparator", "/"}:
        return "\\" if file.platform == "win32" else "/"
    if name == "CLAUDE_PLUGIN_ROOT":
        # The manifest of a plugin lies in a folder of its own inside the plugin.
        return str(file.path.parent.parent if file.path.parent.name.startswith(".") else file.path.parent)
    if name in {"__dirname", "extensionPath"}:
        return str(file.path.parent)
    return str(file.folder)
