"""Versions of models and prompts of an MLflow registry: every file read and hashed, as MLflow keeps no digests.

The registry is a server, or a store on this machine. A version's number stands for whatever lies in its folder now:
what was changed in place, a source or an alias that leads elsewhere, show as drift because files and all that the
registry says are items. Nothing is loaded or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from driftseal import snapshot
from driftseal.collect.base import Collector
from driftseal.collect.mlflows import registered
from driftseal.collect.models import contents, loaded, signatures, tree
from driftseal.errors import TargetError
from driftseal.model.item import Gap, Item, ItemKind, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.mlflows.fetching import Seen
    from driftseal.collect.mlflows.places import Place
    from driftseal.collect.mlflows.registered import Version, Wanted
    from driftseal.collect.models.stream import Measured
    from driftseal.limits import Limits


class MlflowCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "mlflow"
    form: ClassVar[str] = registered.FORM
    asks: ClassVar[bool] = True

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith(registered.PREFIX)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``."""
        wanted = registered.wanted(reference)
        yield Target(self.name, reference, wanted.name, f"model/{registered.PREFIX}{wanted.name}")

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``. What each file shows is left in ``Context.readings``."""
        for target in targets:
            things = self._things(target)
            yield snapshot.take(target, things, origin=Origin.PUBLISHED, collected_at=self.context.now)

    def _things(self, target: Target) -> Iterator[Item | Gap]:
        from driftseal.collect.mlflows import places

        wanted = registered.wanted(target.reference)
        try:
            known = places.read(self.context)
            yield from self._asked(target, wanted) if known is None else self._kept(target, wanted, known)
        except TargetError as cause:
            why = str(cause).removeprefix(f"{registered.PREFIX}{wanted}: ")
            yield Gap(target.reference, target.reference, f"{why}; {cause.hint}" if cause.hint else why)

    def _asked(self, target: Target, wanted: Wanted) -> Iterator[Item | Gap]:
        """A version that a server has."""
        from driftseal.collect.mlflows import artifacts, client, fetching, settings

        context, limits = self.context, self.context.limits
        servers = settings.read(context.environment, context.home, limits)
        with ExitStack() as stack:
            registry, tracking = (
                stack.enter_context(client.MlflowClient(index, context.environment, limits, servers.workspace))
                for index in (servers.registry, servers.tracking)
            )
            context.progress(f"asks for {target.reference}")
            version = registered.version(wanted, registry)
            page = _page(servers.registry.url, version)
            if version.is_prompt:
                yield from _prompt(version, target, page, limits)
                return
            shelf, place = artifacts.shelf(version, registry, tracking)
            source = fetching.Fetching(shelf, shelf.client, limits, whole=context.consent.download)
            yield from self._model(target, version, place, page, source.seen(context.progress))

    def _kept(self, target: Target, wanted: Wanted, known: tuple[Place, Place]) -> Iterator[Item | Gap]:
        """A version that lies on this machine."""
        from driftseal.collect.mlflows import local

        found = local.find(wanted, known, self.context)
        if found.folder is None:
            yield from _prompt(found.version, target, found.page, self.context.limits)
            return
        files = local.seen(found.folder, self.context.limits, self.context.progress)
        yield from self._model(target, found.version, found.place, found.page, files)

    def _model(
        self, target: Target, version: Version, place: str, page: str, files: Iterable[Seen]
    ) -> Iterator[Item | Gap]:
        context = self.context
        status = version.said.get("status", "READY")
        if status != "READY":
            yield Gap(target.reference, target.reference, f"its registration is not done: {status}")
        known: list[Measured] = []
        said: dict[str, Json] = {}
        for seen in files:
            yield from self._file(target, seen, page, known, said)
        if not known:
            yield Gap(target.reference, target.reference, "no file of it could be read")
            return
        found = loaded.together(context, target, known, {})
        yield from loaded.gaps(target, found)
        context.signatures[target.identity] = tuple(signatures.of_files(known, context.limits))
        item = contents.model_item(said, known, page)
        registry_says: dict[str, Json] = {**version.said, "artifacts": place}
        told: dict[str, Json] = {**_object(item.content), registered.REGISTRY: registry_says}
        yield loaded.with_runs(snapshot.make_item(ItemKind.MODEL, "", told, evidence=item.evidence), found)

    def _file(
        self, target: Target, seen: Seen, page: str, known: list[Measured], said: dict[str, Json]
    ) -> Iterator[Item | Gap]:
        """The item of one file, and what of it was not looked at; ``known`` and ``said`` learn of it."""
        limits, one = self.context.limits, seen.measured
        if seen.why:
            yield Gap(target.reference, seen.path, seen.why)
        if one is None:
            return
        try:
            said[seen.path] = contents.document(one, limits)
        except TargetError as cause:
            yield Gap(target.reference, seen.path, str(cause).removeprefix(f"{seen.path}: "))
        for blank in one.reading.blanks:
            yield Gap(target.reference, f"{seen.path}/{blank.path}" if blank.path else seen.path, blank.why)
        if tree.is_weights(seen.path) and not one.reading.format and not one.reading.blanks:
            why = "its format is not known, so only its digest was taken" if one.size else "it is empty"
            yield Gap(target.reference, seen.path, why)
        known.append(one)
        item = contents.file_item(one, said.get(seen.path), f"{page}/{quote(seen.path)}", limits)
        if one.hashed:
            yield item
        else:
            told = {key: value for key, value in _object(item.content).items() if key != "sha256"}
            yield snapshot.make_item(item.kind, item.name, told, evidence=item.evidence)


def _prompt(version: Version, target: Target, page: str, limits: Limits) -> Iterator[Item | Gap]:
    from driftseal.collect.mlflows import prompt

    yield from prompt.things(version, target, page, limits)


def _page(server: str, version: Version) -> str:
    """Where a person sees it."""
    if version.is_prompt:
        return f"{server}#/prompts/{quote(version.name, safe='')}"
    return f"{server}#/models/{quote(version.name, safe='')}/versions/{version.number}"


def _object(content: Json) -> Mapping[str, Json]:
    return content if isinstance(content, dict) else {}
