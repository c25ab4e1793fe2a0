"""The table of clients (``rules/lists/clients.yaml``), checked, and ready to be asked about a path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import Json
from driftseal.records import dataclass
from driftseal.regexes import regex

SERVERS: Final = "servers"
"""The plain shape: servers under a key. The other shapes are named in the table's head."""
_ESCAPES: Final = (b"\\u", b"\\U", b"\\x")
_ENTITY: Final = regex(rb"&#(?:x0{0,8}([0-7][0-9A-Fa-f])|0{0,8}(\d{2,3}));")
"""An ASCII character as XML may write it."""


@dataclass(frozen=True, slots=True)
class Place:
    """One file, or one pattern of files, where one client keeps servers."""

    client: str
    scope: str
    """``user``, ``project``, ``managed`` or ``plugin``."""
    pattern: str
    roots: tuple[str, ...]
    approvals: tuple[str, ...] = ()
    flat: bool = False
    """Servers may stand without a key around them."""
    shape: str = SERVERS
    needs: tuple[bytes, ...] = ()
    """Only a file that holds one of these words counts."""
    on: tuple[str, ...] = ()
    """Platforms; empty: all."""

    def is_meant(self, data: bytes) -> bool:
        """Whether a file of a name that other programs use too is about servers.

        An escape may hide the word; such a file is parsed to find out.
        """
        if not self.needs:
            return True
        plain = data.replace(b"\0", b"")  # UTF-16 is refused later, in words
        if b"&#" in plain:
            plain = _ENTITY.sub(_character, plain)
        return any(word in plain for word in (*self.needs, *_ESCAPES))


def _character(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    return bytes((number,)) if number < 128 else found[0]  # noqa: PLR2004  # the end of ASCII


ANY: Final = Place(
    "shared",
    "project",
    "",
    (
        "mcpServers",
        "mcp-servers",
        "mcp_servers",
        "context_servers",
        "amp.mcpServers",
        "powers.mcpServers",
        "mcp.servers",
        "servers",
        "mcp",
        "extensions",
        "projects.*.mcpServers",
    ),
    flat=True,
)
"""How a file of no known name is read."""


class Index:
    """Which place a path of a project is, by its last names; letter case counts as little as on macOS and Windows."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._exact: dict[str, list[tuple[tuple[str, ...], Place]]] = {}
        self._suffix: dict[tuple[str, str], list[tuple[tuple[str, ...], Place]]] = {}
        """By the folder's name, or nothing where any will do, and by the file's suffix."""
        folders: set[str] = set()
        for place in places:
            parts = tuple(place.pattern.casefold().split("/"))
            folders.update(part for part in parts[:-1] if "*" not in part)
            last = parts[-1]
            if "*" in last:
                folder = parts[-2] if parts[1:] and "*" not in parts[-2] else ""
                self._suffix.setdefault((folder, last.rpartition(".")[2]), []).append((parts, place))
            else:
                self._exact.setdefault(last, []).append((parts, place))
        self.folders: frozenset[str] = frozenset(folders)
        """Names of folders that lead to configurations."""

    def may_match(self, name: str, folder: str) -> bool:
        """Whether a file of this name, in a folder of that name, can be a configuration at all."""
        folded = name.casefold()
        if folded in self._exact:
            return True
        suffix = folded.rpartition(".")[2]
        return (folder.casefold(), suffix) in self._suffix or ("", suffix) in self._suffix

    def match(self, parts: Sequence[str]) -> tuple[Place, int] | None:
        """The most exact place of this path, and how many of its names are above the place's project."""
        folded = [part.casefold() for part in parts]
        last, folder = folded[-1], folded[-2] if folded[1:] else ""
        suffix = last.rpartition(".")[2]
        known = [*self._exact.get(last, ()), *self._suffix.get(("", suffix), ())]
        if folder:
            known += self._suffix.get((folder, suffix), ())
        best: tuple[int, int, Place] | None = None
        for pattern, place in known:
            if len(pattern) > len(folded):
                continue
            if all(fnmatchcase(part, form) for part, form in zip(folded[-len(pattern) :], pattern, strict=True)):
                rank = (len(pattern), -pattern[-1].count("*"))
                if best is None or rank > best[:2]:
                    best = (*rank, place)
        return (best[2], len(parts) - best[0]) if best else None


@dataclass(frozen=True, slots=True)
class Table:
    """Every client."""

    names: dict[str, str]
    """Name for people of each client."""
    machine: tuple[Place, ...]
    """Files of the user and of the whole machine, on every platform."""
    project: Index


@cache
def load() -> Table:
    """The table.

    Raises:
        RuleError: it is malformed.
    """
    data = rulebook.load_list("clients")
    if not isinstance(data, dict):
        raise RuleError("rules/lists/clients.yaml: expected a mapping")
    names: dict[str, str] = {}
    machine: list[Place] = []
    project: list[Place] = []
    for client, about in data.items():
        if not isinstance(about, dict) or ":" in client:
            raise RuleError(f"rules/lists/clients.yaml: {client}: a client is a mapping, its key has no colon")
        names[client] = str(about.get("name", client))
        for scope in ("user", "managed", "project"):
            places = list(_places(client, scope, about))
            (project if scope == "project" else machine).extend(places)
    return Table(names, tuple(machine), Index(project))


def _places(client: str, scope: str, about: dict[str, Json]) -> Iterator[Place]:
    listed = about.get(scope, [])
    if not isinstance(listed, list):
        raise RuleError(f"rules/lists/clients.yaml: {client}: {scope} is a list")
    for entry in listed:
        given: dict[str, Json] = {"path": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
        unknown = given.keys() - {"path", "on", "roots", "approvals", "flat", "shape", "needs", "scope"}
        if unknown or not isinstance(given.get("path"), str):
            raise RuleError(f"rules/lists/clients.yaml: {client}: not a file: {entry!r}")
        yield Place(
            client=client,
            scope=str(given.get("scope", scope)),
            pattern=str(given["path"]),
            roots=_words(given.get("roots", about.get("roots", []))),
            approvals=_words(given.get("approvals", about.get("approvals", []))),
            flat=given.get("flat") is True,
            shape=str(given.get("shape", SERVERS)),
            needs=tuple(word.encode() for word in _words(given.get("needs", []))),
            on=_words(given.get("on", [])),
        )


def _words(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise RuleError("rules/lists/clients.yaml: expected a list of words")
    return tuple(str(word) for word in value)
