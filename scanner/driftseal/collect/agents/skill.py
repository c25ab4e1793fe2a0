"""A skill: its SKILL.md, the further texts and scripts of its folder, and what it names that is not there."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from pathlib import Path, PurePosixPath
from typing import Final

from driftseal import snapshot
from driftseal.collect.agents import document
from driftseal.collect.agents.table import SKILL_FILE
from driftseal.collect.agents.walk import SKIPPED
from driftseal.collect.base import Context
from driftseal.collect.clients import paths
from driftseal.errors import LimitExceeded, TargetError
from driftseal.limits import Limits
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, Evidence, Gap, Item, ItemKind, Json
from driftseal.records import dataclass
from driftseal.regexes import regex

_PROSE: Final = frozenset({"md", "mdc", "mdx", "markdown", "txt", "rst", "adoc"})
"""What models are told to read."""
_SCRIPTS: Final = frozenset(
    {
        "sh",
        "bash",
        "zsh",
        "fish",
        "ps1",
        "psm1",
        "bat",
        "cmd",
        "py",
        "pyw",
        "js",
        "mjs",
        "cjs",
        "ts",
        "mts",
        "tsx",
        "jsx",
    }
    | {
        "rb",
        "pl",
        "pm",
        "php",
        "lua",
        "r",
        "jl",
        "go",
        "rs",
        "swift",
        "kt",
        "java",
        "scala",
        "applescript",
        "awk",
        "sql",
    }
)
"""What is run. Of all else digest and size are told: settings and data hold keys, which must not enter an item."""
_SHEBANG: Final = b"#!"
_LINKED: Final = regex(r"\]\(\s*<?([^)\s>#?]{1,300})")
_QUOTED: Final = regex(
    # A part of a longer path or of a URL is no path of the skill's own.
    r"(?<![\w/.~$:@-])(?:\$\{?(?:CLAUDE_SKILL_DIR|CLAUDE_PLUGIN_ROOT)\}?/|\{baseDir\}/)?"
    r"(\.{1,2}/[\w./@+-]{1,300}|(?:scripts?|references?|assets|resources|templates|bin|lib)/[\w./@+-]{1,300})"
)
_HOME: Final = regex(
    r"""(?:^|[\s`"'(=])((?:~|\$HOME|\$\{HOME\})/[\w./@+-]{1,300}\.(?:sh|py|js|ts|rb|pl|ps1|bash|zsh))\b"""
)
_SCHEME: Final = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MOST_REFERENCES: Final = 100

Shown = Callable[[Path], tuple[str, str]]
"""Name of an item, and path as people type it, of a file."""


@dataclass(frozen=True, slots=True)
class Skill:
    """One folder with a SKILL.md."""

    file: Path
    context: Context
    shown: Shown
    root: Path
    """Nothing outside of it is read."""
    reference: str
    """The target's, for gaps."""
    others: frozenset[Path] = frozenset()
    """Files of its folder that are items by themselves."""

    def things(self) -> Iterator[Item | Gap | Anomaly]:
        """Its items, SKILL.md first."""
        name, uri = self.shown(self.file)
        files = _Files(self.file.parent, self.root, self.context.limits)
        listed = list(files.walk())
        known = {path.relative_to(self.file.parent).as_posix() for path in listed}
        try:
            data = paths.read(self.file, uri, bounded(self.context.limits))
            content = document.read(data, uri, self.context.limits)
        except TargetError as cause:
            yield Gap(self.reference, uri, sentence(cause))
        else:
            value = {**content.value, **self._references(content.value, known, files.leaving)}
            yield from content.anomalies
            yield snapshot.make_item(ItemKind.SKILL, name, value, evidence=content.evidence)
        for why in files.unseen:
            yield Gap(self.reference, uri, why)
        for path in listed:
            if path not in self.others:
                yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Item | Gap | Anomaly]:
        name, uri = self.shown(path)
        try:
            content = self._content(path, uri, paths.read(path, uri, self.context.limits))
        except TargetError as cause:
            yield Gap(self.reference, uri, sentence(cause))
            return
        yield from content.anomalies
        kind = ItemKind.SKILL if _is_prose(path) else ItemKind.SOURCE_FILE
        yield snapshot.make_item(kind, name, content.value, evidence=content.evidence)

    def _content(self, path: Path, uri: str, data: bytes) -> document.Content:
        limits = self.context.limits
        is_small = len(data) <= limits.document_bytes
        if _is_prose(path):
            if is_small:
                return document.read(data, uri, limits)
            raise LimitExceeded(
                f"{uri}: larger than {limits.document_bytes} bytes",
                hint="raise limits.document_bytes if this text is meant to be that large",
            )
        if is_small and (_suffix(path) in _SCRIPTS or data.startswith(_SHEBANG)):
            return document.plain(data, uri)
        return document.Content({"digest": str(Digest.of(data)), "size": len(data)}, (Evidence(uri, "", 1),))

    def _references(self, value: Json, known: set[str], leaving: list[str]) -> dict[str, Json]:
        """What the text names and is not in the folder, and what leads out of it."""
        there = known.union(*({str(above) for above in PurePosixPath(path).parents} for path in known))
        absent: dict[str, None] = {}
        outside: dict[str, None] = dict.fromkeys(leaving)
        for text in document.texts(value):
            for named in _named(text):
                inside = _inside(named)
                if inside is None:
                    outside[named] = None
                elif inside not in there:
                    absent[named] = None
        told: dict[str, Json] = {}
        for key, names in (("absent", absent), ("outside", outside)):
            if names:
                told[key] = list[Json](sorted(names)[:_MOST_REFERENCES])
        return told


def _suffix(path: Path) -> str:
    return path.suffix.removeprefix(".").casefold()


def _is_prose(path: Path) -> bool:
    return _suffix(path) in _PROSE


def _named(text: str) -> Iterator[str]:
    """Paths that a text names as its own: linked, below the usual folders, or scripts in the user's home."""
    for found in _LINKED.finditer(text):
        if not _SCHEME.match(found[1]) and not found[1].startswith("/"):
            yield found[1]
    for pattern in (_QUOTED, _HOME):
        for found in pattern.finditer(text):
            yield found[1].rstrip(".")


def _inside(named: str) -> str | None:
    """The path in the skill's folder; ``None`` for one that leads out of it."""
    if named.startswith(("~", "$")):
        return None
    plain = os.path.normpath(named.replace("\\", "/"))
    return None if plain.startswith(("../", "/")) or plain == ".." else PurePosixPath(plain).as_posix()


@dataclasses.dataclass
class _Files:
    """The files of a skill's folder; a skill in a folder below is one of its own."""

    folder: Path
    root: Path
    limits: Limits
    leaving: list[str] = field(default_factory=list)
    """Links that lead out of what is scanned, as ``name -> target``."""
    unseen: list[str] = field(default_factory=list)

    def walk(self) -> Iterator[Path]:
        """Every file but SKILL.md itself, in a fixed order."""
        left = self.limits.skill_files
        stack = [self.folder]
        seen: set[str] = set()
        while stack:
            folder = stack.pop()
            below: list[Path] = []
            for entry in self._entries(folder, seen):
                path = folder / entry.name
                if self._leaves(entry, path):
                    self.leaving.append(f"{path.relative_to(self.folder).as_posix()} -> {path.readlink()}")
                elif entry.is_dir():
                    below.append(path)
                elif left == 0:
                    self.unseen.append(f"more than {self.limits.skill_files} files; raise limits.skill_files")
                    return
                else:
                    left -= 1
                    yield path
            stack.extend(reversed(below))

    def _entries(self, folder: Path, seen: set[str]) -> list[os.DirEntry[str]]:
        # A linked folder is looked into once, so that no circle is.
        real = os.path.realpath(folder)
        if real in seen or len(folder.parts) - len(self.folder.parts) > self.limits.folder_depth:
            return []
        seen.add(real)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as cause:
            self.unseen.append(f"{folder.name}: cannot be listed: {cause.strerror}")
            return []
        others = [entry for entry in entries if entry.name.casefold() != SKILL_FILE and entry.name not in SKIPPED]
        has_own = any(entry.name.casefold() == SKILL_FILE for entry in entries)
        return [] if has_own and folder != self.folder else others

    def _leaves(self, entry: os.DirEntry[str], path: Path) -> bool:
        if not entry.is_symlink():
            return False
        real, root = os.path.realpath(path), os.path.realpath(self.root)
        return real != root and not real.startswith(root.rstrip(os.sep) + os.sep)


def bounded(limits: Limits) -> Limits:
    """Limits under which a text for models is read whole."""
    return replace(limits, file_bytes=limits.document_bytes)


def sentence(cause: TargetError) -> str:
    """One sentence that names what is wrong and how to mend it."""
    told = f"{cause}; {cause.hint}" if cause.hint else str(cause)
    return told.replace("limits.file_bytes", "limits.document_bytes") if isinstance(cause, LimitExceeded) else told
