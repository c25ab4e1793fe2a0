"""One bounded walk over a project that looks for known names, and never leaves the project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from driftseal.collect.clients.table import Index, Place
from driftseal.errors import LimitExceeded
from driftseal.limits import Limits
from driftseal.records import dataclass

_SKIPPED: Final = frozenset({".git", "node_modules"})
_ENVIRONMENT: Final = "pyvenv.cfg"
"""Marks a Python virtual environment. Only its own folders are skipped, so that the mark hides nothing else."""
_ENVIRONMENT_FOLDERS: Final = frozenset({"bin", "include", "lib", "lib64", "scripts", "share"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a client reads."""

    path: Path
    place: Place
    project: Path
    """The folder that the client is opened in."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something of a known name that is not looked at."""

    path: Path
    why: str


def walk(root: Path, index: Index, limits: Limits) -> Iterator[Found | Unseen]:
    """Every configuration below a folder, in a fixed order.

    A link that leaves the folder is not followed; under a name that clients know, it is told.

    Raises:
        LimitExceeded: more entries than ``limits.files``.
    """
    yield from _Walk(root, index, limits).run()


class _Walk:
    def __init__(self, root: Path, index: Index, limits: Limits) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._index = index
        self._limits = limits
        self._entries = 0

    def run(self) -> Iterator[Found | Unseen]:
        stack: list[tuple[str, ...]] = [()]
        while stack:
            parts = stack.pop()
            below: list[tuple[str, ...]] = []
            for thing in self._folder(parts):
                if isinstance(thing, tuple):
                    below.append(thing)
                else:
                    yield thing
            stack.extend(reversed(below))

    def _folder(self, parts: tuple[str, ...], *, linked: bool = False) -> Iterator[Found | Unseen | tuple[str, ...]]:
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
        is_environment = any(entry.name == _ENVIRONMENT for entry in entries)
        for entry in entries:
            name = entry.name
            if entry.is_symlink():
                yield from self._link(entry, (*parts, name), linked=linked)
            elif entry.is_dir(follow_symlinks=False):
                skipped = name in _SKIPPED or (is_environment and name.casefold() in _ENVIRONMENT_FOLDERS)
                if linked or not skipped:
                    yield from self._deeper((*parts, name), linked=linked)
            elif self._index.may_match(name, folder.name):
                yield from self._file((*parts, name))

    def _deeper(self, parts: tuple[str, ...], *, linked: bool) -> Iterator[Found | Unseen | tuple[str, ...]]:
        if len(parts) > self._limits.folder_depth:
            yield Unseen(self._root.joinpath(*parts), f"nested deeper than {self._limits.folder_depth} folders")
        elif not linked:
            yield parts
        elif parts[-1].casefold() in self._index.folders:
            yield from self._folder(parts, linked=True)

    def _file(self, parts: tuple[str, ...]) -> Iterator[Found]:
        full = (*self._root.parts, *parts)
        # The names above count too: the folder that is searched may itself be one that clients know.
        match = self._index.match(full)
        if match is not None:
            place, above = match
            yield Found(self._root.joinpath(*parts), place, Path(*full[:above]))

    def _link(
        self, entry: os.DirEntry[str], parts: tuple[str, ...], *, linked: bool
    ) -> Iterator[Found | Unseen | tuple[str, ...]]:
        is_folder_name = entry.name.casefold() in self._index.folders
        is_config = self._index.match((*self._root.parts, *parts)) is not None
        if not is_folder_name and not is_config:
            return
        path = self._root.joinpath(*parts)
        target = os.path.realpath(path)
        if target != self._real and not target.startswith(self._real.rstrip(os.sep) + os.sep):
            yield Unseen(
                path, "a link that leads out of the project; put the file itself there, or scan what it leads to"
            )
        elif os.path.isdir(target):  # noqa: PTH112  # already a plain string
            # A client finds its file through such a link, under a name that the target alone does not have.
            # Links below it are not followed again, so that no circle is.
            if is_folder_name and not linked and len(parts) <= self._limits.folder_depth:
                yield from self._folder(parts, linked=True)
        elif is_config:
            yield from self._file(parts)
