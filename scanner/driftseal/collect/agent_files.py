"""Texts that instruct agents: AGENTS.md and its like, rules, skills, sub-agents, commands and prompt files.

All of a folder are one target, ``FOLDER#agent-files``, so that a file that is new, gone or renamed is drift of what was
approved; a file that is named is a target of its own, and a SKILL.md that is named stands for its folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import ClassVar, Final

from driftseal import snapshot
from driftseal.collect.agents import document, table, walk
from driftseal.collect.agents.skill import Skill, bounded, sentence
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.collect.clients.table import Place
from driftseal.errors import LimitExceeded, TargetError
from driftseal.model.item import Anomaly, Evidence, Gap, Item, ItemKind
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass
from driftseal.regexes import regex

_MACHINE: Final = "machine"
_MARK: Final = "#agent-files"
_IMPORT: Final = regex(r"(?:^|[\s(])@([\w./~-]{1,300}\.(?:md|mdc|txt))(?=$|[\s),;:])", re.MULTILINE)
"""How Claude Code and Gemini CLI take a further file in."""
_MOST_IMPORTS: Final = 200

_LEAVES: Final = "a link that leads out of the folder; put the file itself there, or scan what it leads to"

_Things = Iterator[Item | Gap | Anomaly]


@dataclass(slots=True)
class _Known:
    """One target with what was found of it."""

    target: Target
    root: Path
    found: list[walk.Found] = field(default_factory=list)
    settings: list[Path] = field(default_factory=list)
    leaving: list[walk.Leaving] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class AgentFilesCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "agent_files"
    form: ClassVar[str] = "a folder with agent files or skills, FOLDER#agent-files, or such a file"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, _Known] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        if reference.removesuffix(_MARK) == _MACHINE:
            return True
        if reference == "-" or "://" in reference:
            return False
        path = self._path(reference)
        if paths.is_folder(path):
            return True
        return paths.is_file(path) and self._kind(path) is not None

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. A folder without any such file is no target."""
        if reference.removesuffix(_MARK) == _MACHINE:
            known = self._machine()
        else:
            path = self._path(reference)
            known = self._folder(path) if paths.is_folder(path) else self._file(path)
        holds_any = any(found.kind is not None or known.settings for found in known.found)
        if holds_any or known.leaving or known.gaps:
            self._known[known.target.identity] = known
            yield known.target

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        for target in targets:
            things = self._things(self._known[target.identity])
            yield snapshot.take(target, things, origin=Origin.STATIC, collected_at=self.context.now)

    # --- finding -----------------------------------------------------------------------------

    def _path(self, reference: str) -> Path:
        whole = paths.absolute(Path(reference), self.context)
        if reference.endswith(_MARK) and not (paths.is_file(whole) or paths.is_folder(whole)):
            return paths.absolute(Path(reference.removesuffix(_MARK)), self.context)
        return whole

    def _kind(self, path: Path) -> ItemKind | None:
        index = table.load().project
        place = index.match(path.parts, index.anchors(path.parent.parts))
        return place.kind if place is not None else None

    def _folder(self, folder: Path) -> _Known:
        shown = paths.shown(folder, self.context)
        target = Target(self.name, f"{shown}{_MARK}", "agent files", f"agent-files/project/{self._lasting(folder)}")
        known = _Known(target, folder)
        try:
            for thing in walk.walk(folder, table.load(), self.context.limits):
                if isinstance(thing, walk.Found):
                    known.found.append(thing)
                elif isinstance(thing, walk.Settings):
                    known.settings.append(thing.path)
                elif isinstance(thing, walk.Leaving):
                    known.leaving.append(thing)
                else:
                    known.gaps.append(Gap(target.reference, paths.shown(thing.path, self.context), thing.why))
        except LimitExceeded as cause:
            known.gaps.append(Gap(target.reference, shown, sentence(cause)))
        known.found = _each_once(known.found, folder)
        return known

    def _file(self, path: Path) -> _Known:
        shown = paths.shown(path, self.context)
        kind = self._kind(path)
        target = Target(self.name, shown, path.name, f"agent-files/file/{self._lasting(path)}")
        return _Known(target, path.parent, [walk.Found(path, kind)])

    def _machine(self) -> _Known:
        target = Target(self.name, f"{_MACHINE}{_MARK}", "agent files", "agent-files/user")
        known = _Known(target, self.context.home)
        for place in table.load().machine:
            for path in paths.machine(Place(place.client, "user", place.pattern, ()), self.context):
                known.found.append(walk.Found(path, place.kind))
        known.found = _each_once(known.found, self.context.home)
        return known

    def _lasting(self, path: Path) -> str:
        """The path as an identity holds it: from our own checkout or working directory where it lies in there."""
        root = self.context.root
        ours = next((above for above in (root, *root.parents) if (above / ".git").exists()), root)
        return path.relative_to(ours).as_posix() if path.is_relative_to(ours) else paths.lasting(path, self.context)

    # --- reading -----------------------------------------------------------------------------

    def _things(self, known: _Known) -> _Things:
        yield from known.gaps
        for leaving in known.leaving:
            name, uri = self._shown(leaving.path, known)
            link = f"{leaving.path.name} -> {leaving.leads_to}"
            yield snapshot.make_item(leaving.kind, name, {"link": link}, evidence=[Evidence(uri, "", 1)])
            yield Gap(known.target.reference, uri, _LEAVES)
        named: list[str] = []
        others = frozenset(found.path for found in known.found if found.kind is not None)
        imports = _Imports(known.root, set(others))
        for found in known.found:
            if found.kind is ItemKind.SKILL:
                yield from Skill(
                    found.path,
                    self.context,
                    lambda path: self._shown(path, known),
                    known.root,
                    known.target.reference,
                    others,
                ).things()
            elif found.kind is not None:
                for thing in self._document(found.path, found.kind, known):
                    if isinstance(thing, Item) and found.kind is ItemKind.AGENT:
                        texts = document.texts(thing.content)
                        named += texts
                        imports.of(found.path, texts)
                    yield thing
        yield from self._referred(known, imports, named)

    def _referred(self, known: _Known, imports: _Imports, named: list[str]) -> _Things:
        """Files that count because an agent file takes them in, or names them."""
        for path in imports.inside:
            for thing in self._document(path, ItemKind.AGENT, known):
                if isinstance(thing, Item):
                    named += (texts := document.texts(thing.content))
                    imports.of(path, texts)
                yield thing
        for path in imports.leaving:
            yield Gap(known.target.reference, paths.shown(path, self.context), _LEAVES)
        for path in known.settings:
            try:
                data = paths.read(path, path.name, bounded(self.context.limits))
            except TargetError:
                continue  # its own client's collector tells so
            named.append(data.decode("utf-8", "replace"))
        for found in known.found:
            if (
                found.kind is None
                and found.path not in imports.inside
                and any(found.path.name in text for text in named)
            ):
                yield from self._document(found.path, ItemKind.AGENT, known)

    def _document(self, path: Path, kind: ItemKind, known: _Known) -> _Things:
        name, uri = self._shown(path, known)
        try:
            data = paths.read(path, uri, bounded(self.context.limits))
            content = document.read(data, uri, self.context.limits)
        except TargetError as cause:
            yield Gap(known.target.reference, uri, sentence(cause))
            return
        yield from content.anomalies
        yield snapshot.make_item(kind, name, content.value, evidence=content.evidence)

    def _shown(self, path: Path, known: _Known) -> tuple[str, str]:
        """What its item is called, whatever the working directory is, and where people find it."""
        if known.root == self.context.home or not path.is_relative_to(known.root):
            return paths.lasting(path, self.context), paths.shown(path, self.context)
        return path.relative_to(known.root).as_posix(), paths.shown(path, self.context)


class _Imports:
    """Files that agent files take in by name, each once, in the order in which they are met."""

    def __init__(self, root: Path, known: set[Path]) -> None:
        self._root = root
        self._known = known
        self.inside: list[Path] = []
        """Grows while it is read, since what is taken in takes in further files."""
        self.leaving: list[Path] = []
        """Links that lead out of the folder."""

    def of(self, path: Path, texts: Sequence[str]) -> None:
        """Note what one file takes in. A path that leads out of the folder is left to whoever reads the text."""
        for text in texts:
            for found in _IMPORT.finditer(text):
                target = Path(os.path.normpath(path.parent / found[1]))
                if target in self._known or len(self.inside) >= _MOST_IMPORTS or not target.is_relative_to(self._root):
                    continue
                if paths.is_file(target):
                    self._known.add(target)
                    stays = Path(os.path.realpath(target)).is_relative_to(os.path.realpath(self._root))
                    (self.inside if stays else self.leaving).append(target)


def _each_once(found: Sequence[walk.Found], root: Path) -> list[walk.Found]:
    """Without links to what was found as well: ``CLAUDE.md`` is often a link to ``AGENTS.md``."""
    real_root = os.path.realpath(root)
    kept: dict[str, walk.Found] = {}
    for thing in found:
        real = os.path.realpath(thing.path)
        if real not in kept or real == os.path.join(real_root, os.path.relpath(thing.path, root)):  # noqa: PTH118  # as realpath gives it
            kept[real] = thing
    return list(kept.values())
