"""The source of MCP servers in a folder or a file, read and never run."""

from __future__ import annotations

import os
import posixpath
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.errors import TargetError
from driftseal.model.item import Gap, Item
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect._listings import Listing
    from driftseal.observe.program import Program

_MARK: Final = "#source"
_BESIDE: Final = 4 * 1024 * 1024
"""Bytes of a file that is no source by its name and place, and that the source loads."""
_SPOKEN: Final = (b"mcp", b"modelcontextprotocol", b"springframework.ai.tool", b"tools/list", b"tools/call")
"""What a file of a server says somewhere: the name of an SDK or of the protocol, or its messages where it has none.

Spring makes a server of annotated methods where only the manifest and the settings speak of the protocol.
"""


@dataclass(slots=True)
class _Walked:
    """What a walk through a folder found besides files to read."""

    prefix: str
    """Of the paths in the folder, for people."""
    gaps: list[Gap] = field(default_factory=list)
    aside: int = 0


class SourceCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "source"
    form: ClassVar[str] = "a folder with the source of an MCP server, FOLDER#source, or such a file"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._walked: dict[str, _Walked] = {}
        self._listed: dict[str, Listing] = {}
        """Packages of which an earlier run has kept what they declare, by the identity of their target."""

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        if reference == "-" or "://" in reference:
            return False
        path = self._path(reference)
        if paths.is_folder(path):
            return True
        from driftseal.code import front_ends

        return paths.is_file(path) and front_ends.language(path.name) is not None

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. A folder in which nothing speaks of MCP is no target.

        Where everything is to be listed, each package of the folder that holds a server is a target of its own.
        """
        from driftseal.code import front_ends
        from driftseal.collect import _roots
        from driftseal.observe import program

        path = self._path(reference)
        shown = paths.shown(path, self.context)
        folder = paths.is_folder(path)
        if folder and self.context.discover is not None:
            yield from self._packages(path, shown)
            return
        target = Target(
            self.name,
            f"{shown}{_MARK}" if folder else shown,
            path.name,
            f"source/{paths.lasting(path, self.context)}",
            incidental=folder and not reference.endswith(_MARK),
        )
        walked = _Walked("" if not folder or shown == "." else f"{shown}/")
        members = list(self._members(path, target, walked) if folder else self._one(path, shown))
        always: frozenset[str] = frozenset()
        if walked.aside and not any(front_ends.language(name) for name, _ in members):
            # Nothing but the examples of tests and documents lies here, so they are what is asked about.
            walked = replace(walked, gaps=[], aside=0)
            members = list(self._members(path, target, walked, examples=True))
            always = frozenset(name for name, _ in members)
        silent = not any(word in data.lower() for _, data in members for word in _SPOKEN)
        if silent and (members or not walked.gaps):
            return
        beside = partial(self._beside, path) if folder else None
        read = program.read(members, self.context.limits, always=always, texts=beside)
        if not self.context.programs:  # one at a time; of others it is begun once this one is done
            read.ahead()
        if folder and not (read.declared or read.found.dynamic or read.unread or walked.gaps or _roots.uses(members)):
            read.leave()
            return
        self.context.programs[target.identity] = read
        self._walked[target.identity] = walked
        yield target

    def _packages(self, path: Path, shown: str) -> Iterator[Target]:
        """A target for every package root whose source declares what a server serves."""
        from driftseal.collect import _listings, _roots
        from driftseal.observe import program

        below = "" if shown == "." else f"{shown}/"
        whole = Target(self.name, f"{shown}{_MARK}", path.name, f"source/{paths.lasting(path, self.context)}")
        walked = _Walked(below)
        listed = dict(self._paths(path, whole, walked, also=_roots.is_manifest))
        left = self.context.limits.discovery_seconds
        with _listings.Listings(self.context, path) as kept:
            for root, inside in _roots.grouped(listed).items():
                here = _Walked(below)
                # Read one by one to see who speaks of servers, and only what serves is held.
                each = ((name, data) for name in inside for data in self._read(listed[name], name, whole, here))
                chosen = _roots.serving(each)
                if not chosen:
                    walked.gaps += here.gaps
                    continue
                here.gaps.clear()
                began = time.thread_time()
                files = self._held(((name, listed[name]) for name in chosen), whole, here)
                own = {name: listed[name] for name in inside}
                name = _roots.name(root, own, self.context.limits) or posixpath.basename(root) or path.name
                key = kept.key(root, files, own)
                known = kept.get(key, files) if not here.gaps else None
                if known is not None:
                    yield from (self._package(whole, root, name, known, here),) if known.seen else ()
                    continue
                limits = replace(self.context.limits, code_seconds=min(left, self.context.limits.code_seconds))
                read = program.read(files.items(), limits, texts=partial(self._beside, path))
                listing = _listings.Listing.of(read) if not here.gaps else None
                if listing is not None:
                    kept.put(key, listing, chosen[0])
                if _roots.served(read) or _roots.unknown(read) or read.late:
                    yield self._package(whole, root, name, read, here)
                left = max(left - (time.thread_time() - began), 0.0)
        if walked.gaps:
            self.context.programs[whole.identity] = program.read((), self.context.limits)
            self._walked[whole.identity] = walked
            yield replace(whole, incidental=True)

    def _held(self, files: Iterator[tuple[str, Path]], whole: Target, walked: _Walked) -> dict[str, bytes]:
        """What files hold, as far as a program reads: one more file than that tells it that there are more."""
        from driftseal.code import front_ends

        found: dict[str, bytes] = {}
        left = self.context.limits.code_bytes
        for name, path in files:
            for data in self._read(path, name, whole, walked):
                found[name] = data
                # What is no code, a manifest, is not counted there either.
                left -= len(data) if front_ends.language(name) is not None else 0
            if left < 0:
                break
        return found

    def _package(self, whole: Target, root: str, name: str, read: Program | Listing, walked: _Walked) -> Target:
        from driftseal.observe.program import Program

        folder = "/".join(filter(None, (whole.reference.removesuffix(_MARK).removeprefix("."), root))) or "."
        identity = "/".join(filter(None, (whole.identity, root)))
        if isinstance(read, Program):
            self.context.programs[identity] = read
        else:
            self._listed[identity] = read
        self._walked[identity] = walked
        return Target(self.name, f"{folder}{_MARK}", name, identity, incidental=True)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        from driftseal.collect import _program

        for target in targets:
            if target.identity in self._listed:
                yield self._kept(target)
                continue
            read, walked = self.context.programs[target.identity], self._walked[target.identity]
            if self.context.discover is None:
                things = _program.things(read, target.reference, walked.prefix)
            else:
                things = self._inventory(read, target, walked)
            taken = snapshot.take(target, (*walked.gaps, *things), origin=Origin.STATIC, collected_at=self.context.now)
            reading = _program.reading(read, unread=len(walked.gaps), aside=walked.aside)
            yield replace(taken, reading=reading)

    def followed(self, snapshot: Snapshot) -> Snapshot:
        """See ``Collector.followed``. What is only listed is not followed."""
        from driftseal.collect import _program

        read = self.context.programs.get(snapshot.target.identity)
        return _program.followed(read, snapshot) if read is not None and self.context.discover is None else snapshot

    def _kept(self, target: Target) -> Snapshot:
        """What an earlier run has kept of a package that is as it was."""
        known, prefix = self._listed[target.identity], self._walked[target.identity].prefix
        items = known.items(prefix)
        taken = snapshot.take(target, items, origin=Origin.STATIC, collected_at=self.context.now)
        return replace(taken, reading=known.reading)

    @staticmethod
    def _inventory(read: Program, target: Target, walked: _Walked) -> Iterator[Item | Gap]:
        """What is listed, without following what the code does."""
        from driftseal.collect import _program, _roots

        yield from _program.listed(_roots.served(read), _roots.unknown(read), target.reference, walked.prefix)
        for unread in read.unread:
            yield Gap(target.reference, walked.prefix + unread.path, unread.why)

    def _path(self, reference: str) -> Path:
        whole = paths.absolute(Path(reference), self.context)
        if reference.endswith(_MARK) and not (paths.is_file(whole) or paths.is_folder(whole)):
            return paths.absolute(Path(reference.removesuffix(_MARK)), self.context)
        return whole

    def _one(self, path: Path, shown: str) -> Iterator[tuple[str, bytes]]:
        yield path.name, paths.read(path, shown, self.context.limits)

    def _members(
        self, root: Path, target: Target, walked: _Walked, *, examples: bool = False
    ) -> Iterator[tuple[str, bytes]]:
        """Source files below a folder, in order, examples too where they are asked for. Links are not followed."""
        for relative, path in self._paths(root, target, walked, examples=examples):
            for data in self._read(path, relative, target, walked):
                yield relative, data

    def _read(self, path: Path, relative: str, target: Target, walked: _Walked) -> Iterator[bytes]:
        """What a file holds; a gap where nobody can say."""
        try:
            yield paths.read(path, relative, self.context.limits)
        except TargetError as cause:
            walked.gaps.append(Gap(target.reference, relative, str(cause)))

    def _beside(self, root: Path, relative: str) -> bytes | None:
        """A file below a folder that is no source; None where there is none, or a link on the way."""
        path = root
        try:
            for part in relative.split("/"):
                path /= part
                if part == ".." or path.is_symlink():
                    return None
            small = path.is_file() and path.stat().st_size <= _BESIDE
            return paths.read(path, relative, self.context.limits) if small else None
        except (OSError, ValueError, TargetError):  # names that no file can have, too
            return None

    def _paths(
        self,
        root: Path,
        target: Target,
        walked: _Walked,
        also: Callable[[str], bool] = lambda _: False,
        *,
        examples: bool = False,
    ) -> Iterator[tuple[str, Path]]:
        """The files below a folder that are read, in order."""
        from driftseal.observe import aside, program

        is_aside = aside.is_nobodys if examples else aside.is_aside
        left = self.context.limits.files
        for folder, below, names in os.walk(root):
            here = Path(folder)
            inside = here.relative_to(root)
            there = len(below)
            below[:] = sorted(name for name in below if not is_aside(f"{(inside / name).as_posix()}/x"))
            below[:] = [name for name in below if not (here / name / "pyvenv.cfg").exists()]
            walked.aside += there - len(below)
            left -= len(names)
            if left < 0 or len(inside.parts) > self.context.limits.folder_depth:
                why = "more files than are looked at (limits.files)"
                walked.gaps.append(Gap(target.reference, inside.as_posix(), why))
                return
            for name in sorted(names):
                if not (program.is_read(name) or also(name)):
                    continue
                path, relative = here / name, (inside / name).as_posix()
                if path.is_symlink() or _are_weights(path):
                    continue
                if is_aside(relative):
                    walked.aside += 1
                    continue
                yield relative, path


def _are_weights(path: Path) -> bool:
    """Whether a file that is named like one of module paths is too large for that."""
    from driftseal.code import start_up

    return path.suffix == start_up.ENDING and path.stat().st_size > start_up.LARGEST
