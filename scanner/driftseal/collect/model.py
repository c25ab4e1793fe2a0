"""Models that lie here as files or folders: hashed whole, their structure read, never loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import canonical, snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.collect.models import contents, loaded, opening, signatures, stream, tree
from driftseal.errors import TargetError
from driftseal.model.item import Gap, Item, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target
from driftseal.records import dataclass

if TYPE_CHECKING:
    from driftseal.collect.models.stream import Measured

_OTHERS: Final = frozenset({".mcpb", ".dxt", ".md", ".mdc", ".whl"})
"""Endings of what other target kinds read, whatever the first bytes are."""
_INDEX: Final = ".index.json"
_ARCHIVES: Final = frozenset({"zip", "tar", "compressed", "seven_zip"})
"""Formats that say nothing of what is inside."""


@dataclass(frozen=True, slots=True)
class _Known:
    root: Path
    whole: bool
    """All of the folder in which it was found was looked through."""


class ModelCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "model"
    form: ClassVar[str] = "a model file, or a folder with a model"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, _Known] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``. A file that goes under no name of models is one by its first bytes."""
        if reference == "-" or "://" in reference:
            return False
        path = paths.absolute(Path(reference), self.context)
        if paths.is_folder(path):
            return True
        if not paths.is_file(path):
            return False
        suffix = path.suffix.lower()
        if suffix in tree.WEIGHTS | tree.PERHAPS or tree.is_configuration(path):
            return True
        from driftseal.code import front_ends

        if suffix in _OTHERS or front_ends.language(path.name) is not None:
            return False
        return not _is_json(path) and opening.format_of(path) != ""

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. A folder without models is no target.

        Models inside a project are targets of their own, which need no baseline unless they are named.
        """
        path = paths.absolute(Path(reference), self.context)
        if not paths.is_folder(path):
            yield self._target(path, incidental=False, whole=True)
            return
        if path != self.context.root and tree.is_empty(path):
            raise TargetError(
                f"{paths.shown(path, self.context)}: the folder is empty, so nothing was looked at",
                hint="see whether what should lie there was fetched",
            )
        models = tree.find(path, self.context.limits)
        for root in models.roots:
            yield self._target(root, incidental=root != path and not models.only, whole=models.whole)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``. What each file shows is left in ``Context.readings``."""
        for target in targets:
            things = self._things(target, self._known[target.identity])
            yield snapshot.take(target, things, origin=Origin.STATIC, collected_at=self.context.now)

    def _target(self, path: Path, *, incidental: bool, whole: bool) -> Target:
        shown = paths.shown(path, self.context)
        identity = f"model:{paths.lasting(path, self.context)}"
        self._known[identity] = _Known(path, whole)
        return Target(self.name, shown, path.name, identity, incidental=incidental)

    def _things(self, target: Target, known: _Known) -> Iterator[Item | Gap]:
        limits = self.context.limits
        folder = known.root.is_dir()
        prefix = "" if target.reference == "." else f"{target.reference}/"
        measured: list[Measured] = []
        said: dict[str, Json] = {}
        if not known.whole:
            yield Gap(target.reference, target.reference, "more files than are looked at (limits.files)")
        digest_of = self.context.discover.digest_of if self.context.discover is not None else None
        members = self._told(tree.members(known.root, limits))
        for one in stream.measure(members, limits, digest_of, self.context.hashing):
            if isinstance(one, tree.Member):
                yield Gap(target.reference, one.name if folder else target.reference, one.why)
                continue
            name = one.member.name
            try:
                said[name] = contents.document(one, limits)
            except TargetError as cause:
                yield Gap(target.reference, name, _why(cause, name))
            uri = prefix + name if folder else target.reference
            item = contents.file_item(one, said.get(name), uri, limits)
            measured.append(one)
            yield item
            yield from _gaps(target, one, name if folder else target.reference, asked=not folder)
        indexes: dict[str, Json] = {}
        yield from self._absent(target, known.root, measured, indexes)
        if not measured:
            yield Gap(target.reference, target.reference, "no file of it could be read")
            return
        found = loaded.together(self.context, target, measured, indexes)
        yield from loaded.gaps(target, found, "" if folder else target.reference)
        self.context.signatures[target.identity] = tuple(signatures.of_tree(known.root, measured, limits))
        yield loaded.with_runs(contents.model_item(said, measured, target.reference), found)

    def _told(self, members: Iterator[tree.Member]) -> Iterator[tree.Member]:
        for member in members:
            self.context.progress(f"reads {member.name}")
            yield member

    def _absent(
        self, target: Target, root: Path, measured: Sequence[Measured], indexes: dict[str, Json]
    ) -> Iterator[Gap]:
        """Parts of the weights that are missing; what indexes say is left in ``indexes``."""
        limits = self.context.limits
        names = frozenset(one.member.name for one in measured)
        if not root.is_dir():
            names |= {other.name for other in root.parent.iterdir() if contents.of_series(root.name, other.name)}
        absent = dict.fromkeys(contents.missing_by_name(names, limits))
        for one in measured:
            if one.member.name.endswith(_INDEX):
                try:
                    data = paths.read(one.member.path, one.member.name, limits)
                    value = canonical.parse_json(data, one.member.name, limits).value
                except TargetError as cause:
                    yield Gap(target.reference, one.member.name, _why(cause, one.member.name))
                else:
                    indexes[one.member.name] = value
                    absent |= dict.fromkeys(contents.missing(one.member.name, value, names))
        for name in sorted(absent)[: limits.matches]:
            yield Gap(target.reference, name, "a part of the weights is not there; download the model again")


def _why(cause: TargetError, name: str) -> str:
    return str(cause).removeprefix(f"{name}: ")


def _gaps(target: Target, measured: Measured, name: str, *, asked: bool) -> Iterator[Gap]:
    """What of one file, shown as ``name``, was not looked at; where it was asked for, it has to be a model."""
    named = contents.pointer(measured)
    if named is not None:
        oid, size = named.get("oid", "unknown"), named.get("size", "?")
        why = f"a Git LFS pointer lies in its place ({oid}, {size} bytes); fetch the file with: git lfs pull"
        yield Gap(target.reference, name, why)
        return
    for blank in measured.reading.blanks:
        yield Gap(target.reference, f"{name}/{blank.path}" if blank.path else name, blank.why)
    if measured.size == 0 and (asked or tree.is_weights(name)):
        yield Gap(target.reference, name, "it is empty; download it again")
    elif not measured.reading.format and (asked or tree.is_weights(name)):
        yield Gap(target.reference, name, "its format is not known, so only its digest was taken")
    elif asked and {measured.reading.format, *measured.reading.formats.values()} <= _ARCHIVES:
        yield Gap(target.reference, name, "no file of a model is in this archive; unpack it, and scan the folder")


def _is_json(path: Path) -> bool:
    if path.suffix.lower() != ".json":
        return False
    try:
        with opening.opened(path, path.name) as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b"")
    except (TargetError, OSError):
        return True
