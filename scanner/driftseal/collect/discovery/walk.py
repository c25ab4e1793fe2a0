"""One bounded walk over a project: every regular file below it, links and dependencies left aside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from driftseal.limits import Limits
from driftseal.records import dataclass

_SKIPPED: Final = frozenset(
    {".git", ".hg", ".svn", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox"}
    | {".nox", ".venv", "site-packages", ".next", ".gradle", "bower_components"}
)
_SAMPLES: Final = frozenset(
    {"fixtures", "__fixtures__", "fixture", "testdata", "test-data", "test_data", "snapshots", "samples"}
)
"""Folders of tests whose files only look like a project's."""
_ENVIRONMENT: Final = "pyvenv.cfg"
"""Marks a Python virtual environment."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file."""

    path: str
    """Relative to the root, with forward slashes."""
    size: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that is not looked at, and should be."""

    path: str
    why: str


def walk(root: Path, limits: Limits, aside: Path | None = None) -> Iterator[File | Unseen]:
    """Every file below a folder in a fixed order, at most ``limits.files``; links are told where they leave it.

    ``aside`` is a folder of our own, which is no part of what is looked at.
    """
    real = os.path.realpath(root)
    stack = [""]
    left = limits.files
    while stack:
        inside = stack.pop()
        try:
            with os.scandir(root / inside) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as cause:
            yield Unseen(inside or ".", f"cannot be listed: {cause.strerror}")
            continue
        left -= len(entries)
        if left < 0:
            yield Unseen(inside or ".", f"more than {limits.files} folder entries (limits.files)")
            return
        if any(entry.name == _ENVIRONMENT for entry in entries):
            continue
        below = []
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir(follow_symlinks=False):
                below += [path] * (entry.name not in _SKIPPED and Path(entry.path) != aside)
            else:
                yield from _thing(entry, path, real)
        if below and inside.count("/") + 1 >= limits.folder_depth:
            yield Unseen(inside, f"nested deeper than {limits.folder_depth} folders (limits.folder_depth)")
        else:
            stack.extend(reversed(below))


def _thing(entry: os.DirEntry[str], path: str, root: str) -> Iterator[File | Unseen]:
    if entry.is_symlink():
        yield from _link(entry, path, root)
    elif entry.is_file(follow_symlinks=False):
        yield File(path, entry.stat(follow_symlinks=False).st_size)


def _link(entry: os.DirEntry[str], path: str, root: str) -> Iterator[Unseen]:
    """A link inside the project leads to what the walk sees anyway."""
    target = os.path.realpath(entry.path)
    if target != root and not target.startswith(root.rstrip(os.sep) + os.sep):
        yield Unseen(path, "a link that leads out of the project; it is not followed")


def is_sample(path: str) -> bool:
    """Whether a file only looks like one of the project: its tests read it."""
    return not _SAMPLES.isdisjoint(path.lower().split("/")[:-1])
