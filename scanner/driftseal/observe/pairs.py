"""Which running server and which source are one server: by its package, by the script that it starts, by its tools."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from driftseal.model.item import Item, ItemKind
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.narrow import object_or_empty, text_or_empty, texts_among
from driftseal.observe.program import Program

_SOURCE: Final = "source/"
"""What the identity of a source starts with; the folder follows."""
_PACKAGE: Final = "package/"
_MARK: Final = "#source"
_LISTED: Final = frozenset({"manifest"})
"""Kinds of targets that hold what a server listed, saved by a person."""


class Pair(NamedTuple):
    """One server, seen from both sides."""

    live: Snapshot
    static: Snapshot
    program: Program


def find(snapshots: Sequence[Snapshot], programs: Mapping[str, Program]) -> Iterator[Pair]:
    """Each running server with its source, where that was read in the same run."""
    read = [snapshot for snapshot in snapshots if snapshot.target.identity in programs and tools(snapshot)]
    listed = [snapshot for snapshot in snapshots if snapshot not in read and _is_listed(snapshot) and tools(snapshot)]
    for live in listed:
        own = next((static for static in read if _starts(live, static, programs[static.target.identity])), None)
        if own is None and len(read) == len(listed) == 1 and _alike(live, read[0]):
            # Named side by side, with the same tools: whoever names both means one server.
            own = read[0]
        if own is not None:
            yield Pair(live, own, programs[own.target.identity])


def tools(snapshot: Snapshot) -> Mapping[str, Item]:
    """The tools of a snapshot by key."""
    return {item.key: item for item in snapshot.items if item.kind is ItemKind.TOOL}


def _is_listed(snapshot: Snapshot) -> bool:
    return snapshot.origin is Origin.LIVE or snapshot.target.kind in _LISTED


def _alike(one: Snapshot, other: Snapshot) -> bool:
    """Whether half of the tools of the smaller side are tools of the other."""
    first, second = tools(one).keys(), tools(other).keys()
    return 2 * len(first & second) >= min(len(first), len(second))


def _starts(live: Snapshot, static: Snapshot, program: Program) -> bool:
    """Whether a running server was started from this source."""
    identity = static.target.identity
    for item in live.items:
        if item.kind is ItemKind.PACKAGE and identity.startswith(_PACKAGE):
            if item.name.split("@", 1)[0] == identity.removeprefix(_PACKAGE).split("@", 1)[0]:
                return True
        elif item.kind is ItemKind.LAUNCH and identity.startswith(_SOURCE):
            folders = (identity.removeprefix(_SOURCE), static.target.reference.removesuffix(_MARK))
            if any(_inside(word, folder, program) for word in _words(item) for folder in folders):
                return True
    return False


def _words(launch: Item) -> Iterator[str]:
    """Paths that a launch names, from its working folder where it names one."""
    content = object_or_empty(launch.content)
    base = text_or_empty(content.get("cwd"))
    words = [text_or_empty(content.get("command")), *texts_among(content.get("args"))]
    for index, word in enumerate(words):
        plain = word.replace("\\", "/")
        if index and words[index - 1] == "-m":
            plain = word.replace(".", "/")
            yield from (posixpath.join(base, f"{plain}{end}") for end in (".py", "/__main__.py"))
        elif "/" in plain or posixpath.splitext(plain)[1]:
            yield posixpath.normpath(posixpath.join(base, plain))


def _inside(word: str, folder: str, program: Program) -> bool:
    """Whether a path leads into a folder's source, or to the folder itself."""
    if word == folder and folder != ".":
        return True
    if folder.startswith("~/"):
        # Home is not known here; what lies below it says enough.
        before, _, inner = word.partition(f"/{folder[2:]}/")
        return bool(before) and inner in program.project.modules
    inner = word if folder == "." else word.removeprefix(f"{folder}/")
    if (folder != "." and inner == word) or inner.startswith(("/", "../")):
        return False
    # What is started may have been built from what was read.
    return inner in program.project.modules or folder != "."
