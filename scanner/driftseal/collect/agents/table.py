"""The table of agent files (``rules/lists/agent-files.yaml``), checked, and ready to be asked about a path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from driftseal import rulebook
from driftseal.errors import RuleError
from driftseal.model.item import ItemKind, Json
from driftseal.records import dataclass

_SOURCE: Final = "rules/lists/agent-files.yaml"
_KINDS: Final = {str(kind): kind for kind in (ItemKind.AGENT, ItemKind.SKILL, ItemKind.PROMPT_FILE)}
_SCOPES: Final = frozenset({"project", "user", "managed"})
SKILL_FILE: Final = "skill.md"
"""The file that makes its folder a skill, letter case apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """Files of one form that one client takes for instructions."""

    client: str
    kind: ItemKind
    pattern: str


class Index:
    """Which kind of text a path of a project is, by its last names."""

    def __init__(self, places: Sequence[Place]) -> None:
        everywhere: list[Place] = []
        anchored: dict[str, list[Place]] = {}
        folders: set[str] = set()
        for place in places:
            parts = place.pattern.casefold().split("/")
            if len(parts) == 1:
                everywhere.append(place)
            else:
                anchored.setdefault(parts[0], []).append(place)
                folders.update(part for part in parts[:-1] if "*" not in part)
        for known in anchored.values():
            # The pattern with the most names says it best: workflows below rules are no rules.
            known.sort(key=lambda place: -sum("*" not in part for part in place.pattern.split("/")))
        self._anchored = anchored
        self._everywhere = everywhere
        # One look, a group for each pattern, tells of most files that they are none.
        self._names = re.compile("|".join(f"({_expression(place.pattern)})" for place in everywhere) or r"(?!)")
        self.folders: frozenset[str] = frozenset(folders)
        """Names of folders that lead to such files."""

    def anchors(self, parts: Sequence[str]) -> frozenset[str]:
        """Those names of a folder's path below which further patterns hold; most folders have none."""
        return frozenset(folded for part in parts if (folded := part.casefold()) in self._anchored)

    def match(self, parts: Sequence[str], anchors: frozenset[str]) -> Place | None:
        """The place of this path, whose folder has these anchors; a pattern with a folder in it counts first."""
        if anchors:
            path = "/".join(parts).casefold()
            for anchor in sorted(anchors):
                for place in self._anchored[anchor]:
                    if _compiled(place.pattern).search(path):
                        return place
        found = self._names.match(parts[-1].casefold())
        return self._everywhere[(found.lastindex or 0) - 1] if found else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Most projects have the folders of one client or two, and compiling all patterns takes longer than a walk.
    return re.compile(_expression(pattern))


def _expression(pattern: str) -> str:
    parts = pattern.casefold().split("/")
    built = "".join(
        r"(?:[^/]+/)*" if part == "**" else "[^/]*".join(map(re.escape, part.split("*"))) + "/" for part in parts
    )
    return f"(?:^|/){built.removesuffix('/')}$"


@dataclass(frozen=True, slots=True)
class Table:
    """Every client."""

    project: Index
    machine: tuple[Place, ...]
    """Files of the user and of the whole machine."""
    referred: frozenset[str]
    """Names, in lower case, that count only where they are named."""
    by: frozenset[str]
    """Names of settings, in lower case, in which they may be named."""


@cache
def load() -> Table:
    """The table.

    Raises:
        RuleError: it is malformed.
    """
    data = rulebook.load_list("agent-files")
    if not isinstance(data, dict):
        raise RuleError(f"{_SOURCE}: expected a mapping")
    machine: list[Place] = []
    project: list[Place] = []
    referred: set[str] = set()
    by: set[str] = set()
    for client, about in data.items():
        if not isinstance(about, dict) or about.keys() - {"name", "referred", "by", *_SCOPES}:
            raise RuleError(f"{_SOURCE}: {client}: a client has name:, project:, user:, managed:, referred: and by:")
        for scope in ("project", "user", "managed"):
            (project if scope == "project" else machine).extend(_places(client, about.get(scope, {})))
        referred.update(name.casefold() for name in _texts(client, about.get("referred", [])))
        by.update(name.casefold() for name in _texts(client, about.get("by", [])))
    return Table(Index(project), tuple(machine), frozenset(referred), frozenset(by))


def _places(client: str, given: Json) -> Iterator[Place]:
    if not isinstance(given, dict) or given.keys() - _KINDS.keys():
        raise RuleError(f"{_SOURCE}: {client}: globs stand under one of: {', '.join(_KINDS)}")
    for kind, patterns in given.items():
        for pattern in _texts(client, patterns):
            yield Place(client, _KINDS[kind], pattern)


def _texts(client: str, given: Json) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        raise RuleError(f"{_SOURCE}: {client}: expected a list of names")
    return [str(entry) for entry in given]
