"""Models in OCI registries: by tag or digest, every layer a file, signatures listed. Nothing is loaded or run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import snapshot
from driftseal.canonical import show
from driftseal.collect.base import Collector, Context
from driftseal.errors import TargetError
from driftseal.model.item import Anomaly, Gap, Item, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.images.registry import Registry
    from driftseal.model.digest import Digest
    from driftseal.model.signature import FoundSignature

_PREFIX: Final = "oci:"
_FORM: Final = "oci:HOST/REPOSITORY:TAG or oci:HOST/REPOSITORY@sha256:DIGEST"
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")
_PART: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST: Final = 255
_DOCKER: Final = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
"""The name of Docker's registry, and where it is asked."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An artifact as a person names it."""

    host: str
    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Reference | None:
        """From ``host/repository:tag`` with or without ``@sha256:…``; ``None`` for what names no artifact."""
        before, at, digest = text.removeprefix("//").partition("@")
        host, slash, rest = before.partition("/")
        repository, colon, tag = rest.partition(":")
        if (at and not _DIGEST.fullmatch(digest)) or (colon and not _TAG.fullmatch(tag)) or not slash:
            return None
        parts = repository.split("/")
        if not _HOST.fullmatch(host) or len(repository) > _LONGEST or not all(map(_PART.fullmatch, parts)):
            return None
        if host in _DOCKER and len(parts) == 1:
            repository = f"library/{repository}"
        return cls(host, repository, tag or ("" if at else "latest"), digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def identity(self) -> str:
        """Without the digest, which is what drifts."""
        return f"oci/{self.host}/{self.repository}" + (f":{self.tag}" if self.tag else "")


class OciCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "oci"
    form: ClassVar[str] = _FORM
    asks: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, Reference] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith(_PREFIX)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. Nothing is asked yet: a baseline of strangers may name any host."""
        limits = self.context.limits
        named = Reference.parse(reference.removeprefix(_PREFIX))
        if named is None:
            raise TargetError(f"{show(reference[: limits.name_chars])}: names no artifact", hint=f"write {_FORM}")
        shown = f"{_PREFIX}{named}"
        if self._known.setdefault(named.identity, named) != named:
            raise TargetError(f"{shown}: is asked for beside another digest of it", hint="look at one after the other")
        yield Target(self.name, shown, named.repository.rpartition("/")[2], named.identity)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``. What each layer shows is left in ``Context.readings``."""
        for target in targets:
            things = self._things(target, self._known[target.identity])
            yield snapshot.take(target, _or_gap(things, target), origin=Origin.PUBLISHED, collected_at=self.context.now)

    def _registry(self, named: Reference) -> Registry:
        from driftseal.collect.images.registry import Registry

        context = self.context
        host = _DOCKER.get(named.host, named.host)
        mend = f"for a private one: docker login {named.host}"
        return Registry(host, named.repository, context.environment, context.home, context.limits, private=mend)

    def _things(self, target: Target, named: Reference) -> Iterator[Item | Gap | Anomaly]:
        from driftseal.collect.images import layers, manifest, walk
        from driftseal.collect.models import loaded, signatures

        told = layers.Told()
        more: dict[str, Json] = {}
        self.context.progress(f"asks for {target.reference}")
        with self._registry(named) as registry:
            data = registry.manifest(named.digest or named.tag, target.reference)
            read = manifest.parse(data, target.reference, self.context.limits)
            walker = walk.Walker(registry, target.reference, self.context)
            yield from walker.model(read, told)
            yield from self._attached(target, read.digest, registry, more)
        self.context.signatures[target.identity] += tuple(signatures.of_files(told.measured, self.context.limits))
        self.context.readings[target.identity] = told.readings
        item = layers.model_item(read, told, target.reference, more)
        if len({one.member.name for one in told.measured}) < len(told.measured):
            # Of two files of one name nobody can tell which of them others mean.
            yield item
            return
        found = loaded.together(self.context, target, told.measured, {})
        self.context.readings[target.identity] = {**told.readings, **self.context.readings[target.identity]}
        yield from loaded.gaps(target, found)
        yield loaded.with_runs(item, found)

    def _attached(
        self, target: Target, digest: Digest, registry: Registry, more: dict[str, Json]
    ) -> Iterator[Item | Gap]:
        """Signatures that the registry has for the manifest are left in the context, for those who check them."""
        from driftseal.collect.images import attached

        limits = self.context.limits
        self.context.signatures[target.identity] = ()
        try:
            found = attached.referrers(registry, digest, limits)
        except TargetError as cause:
            yield Gap(target.reference, "referrers", f"its signatures could not be listed: {cause}")
            return
        more["referrers"] = [one.told() for one in found]
        signed: list[FoundSignature] = []
        for one in attached.signatures(registry, found, digest, target.reference, limits):
            if isinstance(one, Gap):
                yield one
            else:
                signed.append(one)
        self.context.signatures[target.identity] = tuple(signed)


def _or_gap(things: Iterator[Item | Gap | Anomaly], target: Target) -> Iterator[Item | Gap | Anomaly]:
    """What was read, and a gap where the rest could not be."""
    try:
        yield from things
    except TargetError as cause:
        why = str(cause).removeprefix(f"{target.reference}: ")
        yield Gap(target.reference, target.reference, f"{why}; {cause.hint}" if cause.hint else why)
