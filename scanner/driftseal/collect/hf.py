"""Models of the Hugging Face Hub, pinned to a commit: small files are fetched, of weights what their analysers ask for.

The digest of a large file is the Hub's own claim, and its item says so. What was fetched whole, with ``--download``
everything, was hashed here: where it does not fit the claim, that is a gap, and the item holds the true digest.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, ClassVar, Final

from driftseal import canonical, snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.models import contents, hub, tree
from driftseal.collect.models.remote import Allowance, Remote, downloaded
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.formats.blob import Blob, Bytes
from driftseal.model.item import Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.models.hub_client import HubClient
    from driftseal.observe.files.base import Reading

_INDEX: Final = ".index.json"
_HUB: Final = "hub"
_OURS: Final = "driftseal"


@dataclass(frozen=True, slots=True)
class _Fetched:
    """One file, looked at."""

    measured: Measured
    data: bytes
    """All of it, where it is small; else nothing."""


class HubCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "hf"
    form: ClassVar[str] = hub.FORM
    asks: ClassVar[bool] = True

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith("hf:")

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``."""
        name = hub.wanted(reference).name
        yield Target(self.name, reference, name, f"model/hf:{name}")

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``. What each file shows is left in ``Context.readings``."""
        for target in targets:
            things = self._things(target)
            yield snapshot.take(target, things, origin=Origin.PUBLISHED, collected_at=self.context.now)

    def _things(self, target: Target) -> Iterator[Item | Gap]:
        from driftseal.collect.models import hub_client

        wanted = hub.wanted(target.reference)
        limits = self.context.limits
        try:
            index = hub_client.index(self.context.environment, self.context.home)
            page = hub.page(index.url, wanted.name)
            with hub_client.HubClient(index, self.context.environment, limits, page=page) as client:
                self.context.progress(f"asks for {target.reference}")
                revision = hub.pin(wanted, client, limits)
                yield from _Look(self.context, target, client, revision).things()
        except TargetError as cause:
            why = str(cause).removeprefix(f"hf:{wanted.name}@{wanted.revision}: ")
            yield Gap(target.reference, target.reference, f"{why}; {cause.hint}" if cause.hint else why)


class _Look:
    """Reads the files of one model at one commit."""

    def __init__(self, context: Context, target: Target, client: HubClient, revision: hub.Revision) -> None:
        self._context = context
        self._limits = context.limits
        self._target = target
        self._client = client
        self._revision = revision
        self._allowance = Allowance(self._limits, whole=context.consent.download)
        self._fetched: list[Measured] = []
        self._said: dict[str, Json] = {}
        self._absent: dict[str, None] = {}

    def things(self) -> Iterator[Item | Gap]:
        """Every file, the model as a whole, and what could not be looked at."""
        yield from (self._gap(path, why) for path, why in self._revision.problems)
        readings: dict[str, Reading] = {}
        for number, claimed in enumerate(self._revision.files):
            if self._allowance.late:
                rest = len(self._revision.files) - number
                yield self._gap(claimed.path, f"{rest} files were not reached in time (limits.remote_seconds)")
                break
            for thing in self._file(claimed):
                if isinstance(thing, Item):
                    readings[thing.key] = self._fetched[-1].reading
                yield thing
        names = frozenset(one.path for one in self._revision.files)
        self._absent |= dict.fromkeys(contents.missing_by_name(names, self._limits))
        for name in sorted(self._absent)[: self._limits.matches]:
            yield self._gap(name, "a part of the weights is not in the repository")
        if not self._fetched:
            yield self._gap(self._target.reference, "no file of it could be read")
            return
        self._context.readings[self._target.identity] = readings
        yield self._model()

    def _file(self, claimed: hub.Claimed) -> Iterator[Item | Gap]:
        self._context.progress(f"reads {claimed.path}")
        try:
            fetched = self._look(claimed)
        except (TargetError, OSError) as cause:
            yield self._gap(claimed.path, _why(cause, claimed.path))
            if claimed.sha256:
                yield self._unread(claimed)
            return
        one = fetched.measured
        yield from (self._gap(claimed.path, why) for why in _lies(claimed, fetched))
        yield from self._documents(one, fetched.data)
        yield from (self._gap(claimed.path, why) for why in _unseen(one))
        for blank in one.reading.blanks:
            yield self._gap(f"{claimed.path}/{blank.path}" if blank.path else claimed.path, blank.why)
        yield self._item(one, claimed)

    def _look(self, claimed: hub.Claimed) -> _Fetched:
        """The bytes of a small file, or as many of a large one as tell what it is."""
        limits = self._limits
        url = hub.address(self._client, self._revision, claimed.path)
        if not claimed.sha256 or claimed.size <= limits.model_text_bytes:
            if claimed.size > limits.file_bytes:
                raise OSError(f"larger than {limits.file_bytes} bytes, and of unknown digest (limits.file_bytes)")
            self._allowance.spend(claimed.size)
            data = self._client.whole(url, claimed.path)
            return self._read(claimed, Bytes(data), data, sha256=hashlib.sha256(data).hexdigest())

        def part(offset: int, count: int) -> bytes:
            return self._client.part(url, claimed.path, offset, count, claimed.size)

        if not self._context.consent.download:
            blob = Remote(part, claimed.size, self._allowance, limits)
            return self._read(claimed, blob, b"", sha256=claimed.sha256)

        def into(file: IO[bytes]) -> None:
            self._client.download(url, claimed.path, claimed.size, file, self._allowance.spend)

        with downloaded(into) as (whole, digest):
            return self._read(claimed, whole, b"", sha256=digest)

    def _read(self, claimed: hub.Claimed, blob: Blob, data: bytes, *, sha256: str) -> _Fetched:
        from driftseal.observe import reading

        shown = reading.read(blob, PurePosixPath(claimed.path).name, self._limits)
        text = data if len(data) <= self._limits.model_text_bytes else b""
        member = tree.Member(claimed.path, Path(claimed.path))
        return _Fetched(Measured(member, blob.size, sha256, text, shown), data)

    def _documents(self, one: Measured, data: bytes) -> Iterator[Gap]:
        """Keeps what configurations say, and which parts of the weights an index names."""
        name = one.member.name
        try:
            self._said[name] = contents.document(one, self._limits)
            if name.endswith(_INDEX) and data:
                names = frozenset(file.path for file in self._revision.files)
                value = canonical.parse_json(data, name, self._limits).value
                self._absent |= dict.fromkeys(contents.missing(name, value, names))
        except TargetError as cause:
            yield self._gap(name, _why(cause, name))

    def _unread(self, claimed: hub.Claimed) -> Item:
        """A file of which the Hub's claim is all that is known: it can still drift."""
        from driftseal.observe.files.base import Reading as Nothing

        member = tree.Member(claimed.path, Path(claimed.path))
        return self._item(Measured(member, claimed.size, claimed.sha256, b"", Nothing("")), claimed)

    def _item(self, one: Measured, claimed: hub.Claimed) -> Item:
        name = one.member.name
        uri = hub.page(self._client.index.url, self._revision.name, self._revision.commit, name)
        item = contents.file_item(one, self._said.get(name), uri, self._limits)
        # The same whether all of the file was fetched or not: to look closer is no drift.
        told: dict[str, Json] = {"sha256_by": _HUB if one.sha256 == claimed.sha256 else _OURS}
        if claimed.git_oid:
            told["git_oid"] = claimed.git_oid
        self._fetched.append(one)
        return snapshot.make_item(ItemKind.MODEL_FILE, name, {**_object(item.content), **told}, evidence=item.evidence)

    def _model(self) -> Item:
        uri = hub.page(self._client.index.url, self._revision.name, self._revision.commit)
        item = contents.model_item(self._said, self._fetched, uri)
        told: dict[str, Json] = {**self._revision.said, **_object(item.content)}
        told |= {"id": self._revision.name, "commit": self._revision.commit}
        return snapshot.make_item(ItemKind.MODEL, "", told, evidence=item.evidence)

    def _gap(self, what: str, why: str) -> Gap:
        return Gap(self._target.reference, what, why)


def _object(content: Json) -> Mapping[str, Json]:
    return content if isinstance(content, dict) else {}


def _why(cause: Exception, name: str) -> str:
    if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
        return "there is no room for it among temporary files; set TMPDIR to a folder that has room"
    hint = cause.hint if isinstance(cause, TargetError) else ""
    why = str(cause).removeprefix(f"{name}: ")
    return f"{why}; {hint}" if hint else why


def _lies(claimed: hub.Claimed, fetched: _Fetched) -> Iterator[str]:
    """Where the bytes are other than the Hub claims. A pointer of Git LFS has a git object of its own."""
    one, data = fetched.measured, fetched.data
    if one.size != claimed.size:
        yield f"the Hub says {claimed.size} bytes, and {one.size} were sent"
    if claimed.sha256 and one.sha256 != claimed.sha256:
        yield f"its SHA-256 is not the one that the Hub tells ({claimed.sha256})"
    if claimed.git_oid and not claimed.sha256:
        named = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        if named != claimed.git_oid:
            yield f"its git object is not the one that the Hub tells ({claimed.git_oid})"


def _unseen(one: Measured) -> Iterator[str]:
    """Why less is known of a file than its name promises."""
    named = contents.pointer(one)
    if named is not None:
        yield f"the repository holds a Git LFS pointer in its place ({named.get('oid', 'unknown')}), and not the file"
    elif tree.is_weights(one.member.name) and one.size == 0:
        yield "it is empty"
    elif tree.is_weights(one.member.name) and not one.reading.format:
        yield "its format is not known, so only its digest was taken"
