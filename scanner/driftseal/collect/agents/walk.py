"""One bounded walk over a folder that looks for agent files, and never leaves the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from driftseal.collect.agents.table import Table
from driftseal.errors import LimitExceeded
from driftseal.limits import Limits
from driftseal.model.item import ItemKind
from driftseal.records import dataclass

SKIPPED: Final = frozenset(
    {".git", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox"}
)
_ENVIRONMENT: Final = "pyvenv.cfg"
"""Marks a Python virtual environment. Only its own folders are skipped, so that the mark hides nothing else."""
_ENVIRONMENT_FOLDERS: Final = frozenset({"bin", "include", "lib", "lib64", "scripts", "share"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a client takes for instructions; without a kind, one that counts only where it is named."""

    path: Path
    kind: ItemKind | None


@dataclass(frozen=True, slots=True)
class Settings:
    """A client's settings, which may name further files."""

    path: Path


@dataclass(frozen=True, slots=True)
class Leaving:
    """A link under a known name that leads out of the folder. It is told, not followed."""

    path: Path
    kind: ItemKind
    leads_to: str
    """As the link says it."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A folder that is not looked into."""

    path: Path
    why: str


Thing = Found | Settings | Leaving | Unseen
_Parts = tuple[str, ...]


def walk(root: Path, table: Table, limits: Limits) -> Iterator[Thing]:
    """Every agent file below a folder, in a fixed order.

    Raises:
        LimitExceeded: more entries than ``limits.files``.
    """
    yield from _Walk(root, table, limits).run()


class _Walk:
    def __init__(self, root: Path, table: Table, limits: Limits) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._table = table
        self._index = table.project
        self._limits = limits
        self._entries = 0

    def run(self) -> Iterator[Thing]:
        stack: list[_Parts] = [()]
        while stack:
            below: list[_Parts] = []
            for thing in self._folder(stack.pop()):
                if isinstance(thing, tuple):
                    below.append(thing)
                else:
                    yield thing
            stack.extend(reversed(below))

    def _folder(self, parts: _Parts, *, linked: bool = False) -> Iterator[Thing | _Parts]:
        folder = self._root.joinpath(*parts)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as cause:
            yield Unseen(folder, f"cannot be listed: {cause.strerror}")
            return
        self._entries += len(entries)
        if self._entries > self._limits.files:
            raise LimitExceeded(
                f"{self._root}: more than {self._limits.files} folder entries",
                hint="name a folder further down, or raise limits.files",
            )
        # The names above the root count too: what is searched may itself be a folder that clients know.
        full = (*self._root.parts, *parts)
        anchors = self._index.anchors(full)
        is_environment = any(entry.name == _ENVIRONMENT for entry in entries)
        for entry in entries:
            name = entry.name
            if entry.is_symlink():
                yield from self._link(entry, parts, anchors, linked=linked)
            elif entry.is_dir(follow_symlinks=False):
                if name not in SKIPPED and not (is_environment and name.casefold() in _ENVIRONMENT_FOLDERS):
                    yield from self._deeper((*parts, name), linked=linked)
            else:
                yield from self._file((*parts, name), anchors)

    def _deeper(self, parts: _Parts, *, linked: bool) -> Iterator[Thing | _Parts]:
        if len(parts) > self._limits.folder_depth:
            yield Unseen(self._root.joinpath(*parts), f"nested deeper than {self._limits.folder_depth} folders")
        elif linked:
            yield from self._folder(parts, linked=True)
        else:
            yield parts

    def _file(self, parts: _Parts, anchors: frozenset[str]) -> Iterator[Thing]:
        place = self._index.match((*self._root.parts, *parts), anchors)
        name = parts[-1].casefold()
        if place is not None:
            yield Found(self._root.joinpath(*parts), place.kind)
        elif name in self._table.referred:
            yield Found(self._root.joinpath(*parts), None)
        elif name in self._table.by:
            yield Settings(self._root.joinpath(*parts))

    def _link(
        self, entry: os.DirEntry[str], above: _Parts, anchors: frozenset[str], *, linked: bool
    ) -> Iterator[Thing | _Parts]:
        """A link to a file of a known name, or to a folder where clients look for such files."""
        parts = (*above, entry.name)
        place = self._index.match((*self._root.parts, *parts), anchors)
        is_known_folder = bool(anchors) or entry.name.casefold() in self._index.folders
        if place is None and not is_known_folder:
            return
        path = self._root.joinpath(*parts)
        target = os.path.realpath(path)
        if target != self._real and not target.startswith(self._real.rstrip(os.sep) + os.sep):
            if place is not None or os.path.isdir(target):  # noqa: PTH112  # already a plain string
                yield Leaving(path, place.kind if place is not None else ItemKind.AGENT, str(path.readlink()))
        elif os.path.isdir(target):  # noqa: PTH112  # already a plain string
            # Links below it are not followed again, so that no circle is.
            if not linked and not self._real.startswith(target.rstrip(os.sep) + os.sep) and target != self._real:
                yield from self._folder(parts, linked=True)
        elif place is not None:
            yield from self._file(parts, anchors)
