"""Static manifests: what a server was seen to show, in a file, a folder of files, or on standard input."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from driftseal import snapshot
from driftseal.collect._surface import is_surface, items_of
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import known, mcpb, paths
from driftseal.collect.discovery import walk
from driftseal.collect.models import tree
from driftseal.errors import FormatError, LimitExceeded, TargetError
from driftseal.formats import jsonc
from driftseal.formats.base import Document
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, AnomalyKind, Gap, Item
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.observe import aside
from driftseal.records import dataclass
from driftseal.regexes import regex

__all__ = ["ManifestCollector", "is_surface", "items_of"]

_STDIN: Final = "-"
_SUFFIX: Final = ".json"
_NAMED: Final = regex(r"(?:.*/)?(?:[^/]*[-_.])?(?:tools|tools[-_]list|mcp[-_]manifest)\.json", re.IGNORECASE)
"""What manifests are called that lie among other files; those of the pre-commit hook."""
_MOST_BROKEN: Final = 50
"""A folder that begins with so many unreadable files is no set of manifests."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One document: read, or the reason why it cannot be."""

    target: Target
    source: Digest | None = None
    document: Document | None = None
    taken: Snapshot | None = None
    """For a snapshot file of ours: what it holds."""
    failure: str = ""


class ManifestCollector(Collector):
    """Documents that hold a server's tools, prompts and resources."""

    name: ClassVar[str] = "manifest"
    form: ClassVar[str] = "a JSON file or a folder of them with tools/list results, or - for standard input"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._among: dict[str, tuple[Manifest, ...]] = {}
        self._known: dict[str, Manifest] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``. A file that no client reads is a manifest, or a broken one."""
        if reference == _STDIN:
            return True
        path = paths.absolute(Path(reference), self.context)
        if paths.is_folder(path):
            return self.is_set(reference) or bool(self._of_project(reference, path))
        if not paths.is_file(path) or path.suffix.casefold() != _SUFFIX or known.is_configuration(path, self.context):
            return False
        return not tree.is_configuration(path)

    def is_set(self, reference: str) -> bool:
        """Whether a reference names a folder that holds manifests and nothing else."""
        path = paths.absolute(Path(reference), self.context)
        return paths.is_folder(path) and self._folder(reference, path) is not None

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``.

        Raises:
            TargetError: the one file that is named cannot be read or holds no manifest.
        """
        path = paths.absolute(Path(reference), self.context)
        if reference == _STDIN:
            manifests: tuple[Manifest, ...] = (self._stdin(),)
        elif paths.is_folder(path):
            manifests = self._folder(reference, path) or self._of_project(reference, path)
        else:
            shown = paths.shown(path, self.context)
            data = paths.read(path, shown, self.context.limits)
            manifests = (self._parse(data, self._target(path, shown)),)
        for manifest in manifests:
            manifest_of = self._unlike(manifest)
            self._known[manifest_of.target.identity] = manifest_of
            yield manifest_of.target

    def source(self, target: Target) -> Digest | None:
        """See ``Collector.source``."""
        return self._known[target.identity].source

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``."""
        for target in targets:
            manifest = self._known[target.identity]
            if manifest.taken is not None:
                yield replace(manifest.taken, target=target, source=manifest.source)
            else:
                yield snapshot.take(
                    target,
                    _things(manifest),
                    origin=Origin.STATIC,
                    collected_at=self.context.now,
                    source=manifest.source,
                )

    # --- reading -----------------------------------------------------------------------------

    def _stdin(self) -> Manifest:
        data = self.context.stdin
        if data is None:
            raise TargetError("-: nothing was given on standard input", hint="pipe a manifest into the command")
        limits = self.context.limits
        if len(data) > limits.file_bytes:
            raise LimitExceeded(f"standard input: larger than {limits.file_bytes} bytes")
        target = Target(self.name, _STDIN, "standard input", "manifest:standard-input")
        return self._parse(data, target)

    def _target(self, path: Path, shown: str) -> Target:
        return Target(self.name, shown, path.stem, f"manifest:{shown}")

    def _unlike(self, manifest: Manifest) -> Manifest:
        """A manifest of one identity with another one of this run keeps apart from it."""
        identity, number = manifest.target.identity, 1
        while (other := self._known.get(identity)) is not None and other.target.reference != manifest.target.reference:
            number += 1
            identity = f"{manifest.target.identity}#{number}"
        return replace(manifest, target=replace(manifest.target, identity=identity))

    def _parse(self, data: bytes, target: Target) -> Manifest:
        """Parse one document.

        Raises:
            FormatError: not JSON, or no manifest.
            LimitExceeded: larger or deeper than the limits allow.
        """
        name = "standard input" if target.reference == _STDIN else target.reference
        document = jsonc.parse(data, name, self.context.limits)
        source = Digest.of(data)
        if snapshot.is_snapshot(document.value):
            taken = snapshot.load(data, name, self.context.limits)
            # The server's own identity: its snapshot is compared with its baseline, wherever the file lies.
            named = replace(target, name=taken.target.name, identity=taken.target.identity)
            return Manifest(named, source, taken=taken)
        if not is_surface(document.value) or mcpb.is_manifest(document.value):
            raise FormatError(
                f"{name}: holds no tools, prompts or resources",
                hint='a manifest is a tools/list result, a list of tools, or {"tools": […], "prompts": […]}',
            )
        return Manifest(target, source, document)

    # --- folders -----------------------------------------------------------------------------

    def _folder(self, reference: str, folder: Path) -> tuple[Manifest, ...] | None:
        """The manifests of a folder that holds nothing else; ``None`` for any other folder."""
        read = self.context.manifests
        if reference not in read:
            read[reference] = self._manifests(folder)
        return read[reference]

    def _manifests(self, folder: Path) -> tuple[Manifest, ...] | None:
        files = self._files(folder, 0)
        if not files or known.any_configuration(files, self.context):
            return None
        manifests: list[Manifest] = []
        for path in files:
            shown = paths.shown(path, self.context)
            target = self._target(path, shown)
            try:
                manifests.append(self._parse(paths.read(path, shown, self.context.limits), target))
            except FormatError as cause:
                if cause.line == 0 and "holds no tools" in str(cause):
                    return None
                manifests.append(Manifest(target, failure=_sentence(cause)))
            except TargetError as cause:
                manifests.append(Manifest(target, failure=_sentence(cause)))
            if len(manifests) == _MOST_BROKEN and all(manifest.failure for manifest in manifests):
                return None
        return tuple(manifests) if any(not manifest.failure for manifest in manifests) else None

    def _of_project(self, reference: str, folder: Path) -> tuple[Manifest, ...]:
        """The manifests of a folder that holds much else: files of their usual names that hold tools indeed.

        A list of parts has the servers themselves, from their source or a configuration.
        """
        if self.context.discover is not None:
            return ()
        if reference not in self._among:
            found: list[Manifest] = []
            for file in walk.walk(folder, self.context.limits):
                if not isinstance(file, walk.File) or not _NAMED.fullmatch(file.path) or aside.is_aside(file.path):
                    continue
                path = folder / file.path
                shown = paths.shown(path, self.context)
                # Other programs call files so too, and what does not parse is nobody's manifest.
                with contextlib.suppress(TargetError):
                    found.append(self._parse(paths.read(path, shown, self.context.limits), self._target(path, shown)))
            self._among[reference] = tuple(found)
        return self._among[reference]

    def _files(self, folder: Path, depth: int) -> list[Path] | None:
        """Every file, sorted; ``None`` as soon as one is met that can be no manifest."""
        if depth > self.context.limits.folder_depth:
            return None
        found: list[Path] = []
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif entry.is_file(follow_symlinks=False) and entry.name.casefold().endswith(_SUFFIX):
                        found.append(folder / entry.name)
                    else:
                        return None
        except OSError:
            return None
        for name in folders:
            below = self._files(folder / name, depth + 1)
            if below is None or len(found) + len(below) > self.context.limits.files:
                return None
            found.extend(below)
        return sorted(found)


def _things(manifest: Manifest) -> Iterator[Item | Gap | Anomaly]:
    reference = manifest.target.reference
    if manifest.failure or manifest.document is None:
        yield Gap(reference, reference, manifest.failure)
        return
    document = manifest.document
    for name in document.duplicate_keys:
        yield Anomaly(AnomalyKind.DUPLICATE_KEY, "", f"one object holds {name!r} twice")
    yield from items_of(document.value, uri=reference, line=document.line)


def _sentence(cause: TargetError) -> str:
    return f"{cause}; {cause.hint}" if cause.hint else str(cause)
