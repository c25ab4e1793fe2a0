"""Models of the Hugging Face Hub, pinned to a commit: small files are fetched, of weights what their analysers ask for.

The digest of a large file is the Hub's own claim, and its item says so. What was fetched whole, with ``--download``
everything, was hashed here: where it does not fit the claim, that is a gap, and the item holds the true digest. Where
the user has set ``HF_HUB_OFFLINE``, nothing is asked, and what the Hub's own library downloaded is read instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import canonical, snapshot
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.collect.models import contents, hub, loaded, signatures, tree
from driftseal.collect.models.stream import Measured
from driftseal.errors import TargetError
from driftseal.model.item import Gap, Item, ItemKind, Json
from driftseal.model.signature import FoundSignature
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.models.hub_settings import Settings
    from driftseal.collect.models.hub_source import Fetched, Seen

_INDEX: Final = ".index.json"
_HUB: Final = "hub"
_OURS: Final = "driftseal"
_AGAIN: Final = "remove it there, and download it again"


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
        from driftseal.collect.models import hub_settings

        context = self.context
        for target in targets:
            wanted = hub.wanted(target.reference)
            origin = Origin.PUBLISHED
            try:
                settings = hub_settings.read(context.environment, context.home, context.limits)
                origin = Origin.STATIC if settings.offline else origin
                asks = self._here if settings.offline else self._there
                things = _or_gap(asks(target, wanted, settings), target, wanted)
            except TargetError as cause:
                things = iter((_failed(cause, target, wanted),))
            yield snapshot.take(target, things, origin=origin, collected_at=context.now)

    def _there(self, target: Target, wanted: hub.Wanted, settings: Settings) -> Iterator[Item | Gap]:
        """Asks the Hub."""
        from driftseal.collect.models import hub_client, hub_history, hub_remote

        context, limits = self.context, self.context.limits
        page = hub.page(settings.index.url, wanted.name)
        with hub_client.HubClient(settings, context.environment, limits, page=page) as client:
            context.progress(f"asks for {target.reference}")
            revision = hub.pin(wanted, client, limits)
            history = hub_history.history(wanted, revision, client, limits)
            yield from (Gap(target.reference, what, why) for what, why in (*revision.problems, *history.problems))
            asking = hub_remote.Asking(client, revision, limits, whole=context.consent.download)
            uri = hub.page(settings.index.url, revision.name, revision.commit)

            def place(path: str) -> str:
                return hub.page(settings.index.url, revision.name, revision.commit, path)

            look = _Look(context, target, uri, place, whose="the Hub")
            look.flags = revision.flags
            said = {**revision.said, "hub": {**revision.status, **history.said}}
            names = frozenset(one.path for one in revision.files)
            known = {"id": revision.name, "commit": revision.commit}
            yield from look.things(asking.seen(context.progress), names, said, known)

    def _here(self, target: Target, wanted: hub.Wanted, settings: Settings) -> Iterator[Item | Gap]:
        """Reads the cache."""
        from driftseal.collect.models import hub_cache

        context = self.context
        found = hub_cache.find(wanted, settings.cache, context.limits)
        uri = paths.shown(found.root, context)
        names = frozenset(one.name for one in found.members())
        known = {"id": wanted.name, "commit": found.commit}
        look = _Look(context, target, uri, f"{uri}/{{}}".format, whose="the cache of the Hub", mend=_AGAIN)
        yield from look.things(found.seen(context.progress), names, {}, known)


class _Look:
    """Makes items of the files of one model."""

    def __init__(
        self, context: Context, target: Target, uri: str, place: Callable[[str], str], *, whose: str, mend: str = ""
    ) -> None:
        """``place`` tells where a person sees a file, ``whose`` claims its bytes are compared with, and the mend."""
        self._context = context
        self._limits = context.limits
        self._target = target
        self._uri = uri
        self._place = place
        self._whose = whose
        self._mend = f"; {mend}" if mend else ""
        self.flags: Mapping[str, Json] = {}
        """What the Hub's own scanners say of files, by their path."""
        self._known: list[Measured] = []
        self._said: dict[str, Json] = {}
        self._absent: dict[str, None] = {}
        self._indexes: dict[str, Json] = {}
        self._signatures: list[FoundSignature] = []

    def things(
        self, seen: Iterator[Seen], names: frozenset[str], said: Mapping[str, Json], known: Mapping[str, Json]
    ) -> Iterator[Item | Gap]:
        """Every file, the model as a whole, and what could not be looked at.

        ``names`` are those of all files, ``said`` is what is told of the model beside them, and ``known`` what is sure.
        """
        for one in seen:
            yield from self._file(one, names)
        self._absent |= dict.fromkeys(contents.missing_by_name(names, self._limits))
        for name in sorted(self._absent)[: self._limits.matches]:
            yield self._gap(name, "a part of the weights is not in the repository")
        if not self._known:
            yield self._gap(self._target.reference, "no file of it could be read")
            return
        owner = known.get("id")
        found = loaded.together(
            self._context, self._target, self._known, self._indexes, owner if isinstance(owner, str) else ""
        )
        yield from loaded.gaps(self._target, found)
        self._context.signatures[self._target.identity] = tuple(self._signatures)
        item = contents.model_item(self._said, self._known, self._uri)
        told: dict[str, Json] = {**said, **_object(item.content), **known}
        yield loaded.with_runs(snapshot.make_item(ItemKind.MODEL, "", told, evidence=item.evidence), found)

    def _file(self, seen: Seen, names: frozenset[str]) -> Iterator[Item | Gap]:
        from driftseal.collect.models.hub_source import lies

        claimed = seen.claimed
        if seen.why:
            yield self._gap(claimed.path, seen.why)
        if seen.fetched is None:
            if claimed.sha256:
                yield self._unread(claimed)
            return
        one = self._flagged(seen.fetched.measured)
        yield from (self._gap(claimed.path, why + self._mend) for why in lies(claimed, seen.fetched, self._whose))
        yield from self._documents(seen.fetched, names)
        yield from (self._gap(claimed.path, why) for why in _unseen(one))
        for blank in one.reading.blanks:
            yield self._gap(f"{claimed.path}/{blank.path}" if blank.path else claimed.path, blank.why)
        yield self._item(one, claimed)

    def _documents(self, fetched: Fetched, names: frozenset[str]) -> Iterator[Gap]:
        """Keeps what configurations say, and which parts of the weights an index names."""
        from driftseal.collect.models.remote import why

        one = fetched.measured
        name = one.member.name
        self._signatures += signatures.of_file(name, fetched.data, one.size, self._limits)
        try:
            self._said[name] = contents.document(one, self._limits)
            if name.endswith(_INDEX) and fetched.data:
                value = self._indexes[name] = canonical.parse_json(fetched.data, name, self._limits).value
                self._absent |= dict.fromkeys(contents.missing(name, value, names))
        except TargetError as cause:
            yield self._gap(name, why(cause, name))

    def _unread(self, claimed: hub.Claimed) -> Item:
        """A file of which the Hub's claim is all that is known: it can still drift."""
        from driftseal.observe.files.base import Reading as Nothing

        member = tree.Member(claimed.path, Path(claimed.path))
        unread = Measured(member, claimed.size, claimed.sha256, b"", Nothing(""), hashed=False)
        return self._item(self._flagged(unread), claimed)

    def _flagged(self, one: Measured) -> Measured:
        """With what the Hub's own scanners say of it."""
        from driftseal.observe import reading

        level = self.flags.get(one.member.name)
        return replace(one, reading=reading.flagged(one.reading, level)) if isinstance(level, str) else one

    def _item(self, one: Measured, claimed: hub.Claimed) -> Item:
        name = one.member.name
        item = contents.file_item(one, self._said.get(name), self._place(name), self._limits)
        # The same whether all of the file was fetched or not: to look closer is no drift.
        told: dict[str, Json] = {"sha256_by": _HUB if one.sha256 == claimed.sha256 else _OURS}
        if claimed.git_oid:
            told["git_oid"] = claimed.git_oid
        self._known.append(one)
        return snapshot.make_item(ItemKind.MODEL_FILE, name, {**_object(item.content), **told}, evidence=item.evidence)

    def _gap(self, what: str, why: str) -> Gap:
        return Gap(self._target.reference, what, why)


def _or_gap(things: Iterator[Item | Gap], target: Target, wanted: hub.Wanted) -> Iterator[Item | Gap]:
    try:
        yield from things
    except TargetError as cause:
        yield _failed(cause, target, wanted)


def _failed(cause: TargetError, target: Target, wanted: hub.Wanted) -> Gap:
    why = str(cause).removeprefix(f"hf:{wanted.name}@{wanted.revision}: ")
    return Gap(target.reference, target.reference, f"{why}; {cause.hint}" if cause.hint else why)


def _object(content: Json) -> Mapping[str, Json]:
    return content if isinstance(content, dict) else {}


def _unseen(one: Measured) -> Iterator[str]:
    """Why less is known of a file than its name promises."""
    named = contents.pointer(one)
    if named is not None:
        yield f"the repository holds a Git LFS pointer in its place ({named.get('oid', 'unknown')}), and not the file"
    elif tree.is_weights(one.member.name) and one.size == 0:
        yield "it is empty"
    elif tree.is_weights(one.member.name) and not one.reading.format:
        yield "its format is not known, so only its digest was taken"
