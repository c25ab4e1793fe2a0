"""Models of Ollama: from its local store where they lie there, else from its registry. Nothing is loaded or run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from driftseal import snapshot
from driftseal.canonical import show
from driftseal.collect.base import Collector, Context
from driftseal.collect.clients import paths
from driftseal.errors import TargetError
from driftseal.model.digest import Digest
from driftseal.model.item import Anomaly, Gap, Item, Json
from driftseal.model.snapshot import Origin, Snapshot
from driftseal.model.target import Target

if TYPE_CHECKING:
    from driftseal.collect.images.layers import Told
    from driftseal.collect.images.manifest import Descriptor, Manifest
    from driftseal.collect.images.registry import Registry

_PREFIX: Final = "ollama:"
_HOST: Final = "registry.ollama.ai"
_NAMESPACE: Final = "library"
_TAG: Final = "latest"
_PART: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOSTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,253}(?::[0-9]{1,5})?")
_DEEPEST: Final = 3
"""``host/namespace/model``."""


@dataclass(frozen=True, slots=True)
class Name:
    """A model as Ollama names it, with the parts that may be left out filled in."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Name | None:
        """From ``llama3.2:1b`` or ``host/namespace/model:tag``; ``None`` for what names no model."""
        head, slash, last = text.rpartition("/")
        model, _, tag = last.partition(":")
        parts = [*(head.split("/") if slash else ()), model]
        parts = [*(_HOST, _NAMESPACE)[: max(0, _DEEPEST - len(parts))], *parts] if len(parts) <= _DEEPEST else []
        if not parts or not _HOSTED.fullmatch(parts[0]) or ".." in parts[0]:
            return None
        tag = tag if ":" in last else _TAG
        whole = all(_PART.fullmatch(one) for one in (*parts[1:], tag))
        return cls(parts[0], parts[1], parts[2], tag) if whole else None

    def __str__(self) -> str:
        host = f"{self.host}/" if self.host != _HOST else ""
        namespace = f"{self.namespace}/" if host or self.namespace != _NAMESPACE else ""
        return f"{host}{namespace}{self.model}:{self.tag}"

    @property
    def repository(self) -> str:
        """What the registry calls it."""
        return f"{self.namespace}/{self.model}"


@dataclass(frozen=True, slots=True)
class _Known:
    name: Name
    store: Path | None
    """Where it lies here; ``None`` where the registry is asked."""
    data: bytes = field(repr=False)
    """Its manifest, where it lies here."""


class OllamaCollector(Collector):
    """See the module."""

    name: ClassVar[str] = "ollama"
    form: ClassVar[str] = "ollama:NAME:TAG"
    asks: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known: dict[str, _Known] = {}

    def claims(self, reference: str) -> bool:
        """See ``Collector.claims``."""
        return reference.startswith(_PREFIX)

    def targets(self, reference: str) -> Iterator[Target]:
        """See ``Collector.targets``. No registry is asked yet: a baseline of strangers may name any host."""
        name = Name.parse(reference.removeprefix(_PREFIX))
        if name is None:
            shown = show(reference[: self.context.limits.name_chars])
            raise TargetError(f"{shown}: names no model of Ollama", hint="write ollama:llama3.2:1b")
        found = self._here(name) or _Known(name, None, b"")
        identity = f"ollama/{name.host}/{name.repository}:{name.tag}"
        self._known[identity] = found
        yield Target(self.name, f"{_PREFIX}{name}", f"{name.model}:{name.tag}", identity)

    def collect(self, targets: Sequence[Target]) -> Iterator[Snapshot]:
        """See ``Collector.collect``. What each layer shows is left in ``Context.readings``."""
        for target in targets:
            known = self._known[target.identity]
            origin = Origin.STATIC if known.store else Origin.PUBLISHED
            yield snapshot.take(target, self._things(target, known), origin=origin, collected_at=self.context.now)

    def _here(self, name: Name) -> _Known | None:
        for store in self._stores():
            path = store / "manifests" / name.host / name.repository / name.tag
            if paths.is_file(path):
                return _Known(name, store, paths.read(path, f"{_PREFIX}{name}", self.context.limits))
        return None

    def _there(self, name: Name) -> bytes:
        self.context.progress(f"asks {name.host} for {name}")
        with self._registry(name) as registry:
            return registry.manifest(name.tag, f"{_PREFIX}{name}")

    def _registry(self, name: Name) -> Registry:
        from driftseal.collect.images.registry import Registry

        context = self.context
        mend = f"for a private one: ollama pull {name}, and scan it again"
        return Registry(name.host, name.repository, context.environment, context.home, context.limits, private=mend)

    def _stores(self) -> tuple[Path, ...]:
        """Where Ollama keeps models: where the user says, else in the home, or for its service on Linux."""
        told = self.context.environment.get("OLLAMA_MODELS", "")
        if told:
            return (self.context.home / told.removeprefix("~/"),)
        mine = self.context.home / ".ollama" / "models"
        service = (Path("/usr/share/ollama/.ollama/models"),) if self.context.platform == "linux" else ()
        return (mine, *service)

    def _things(self, target: Target, known: _Known) -> Iterator[Item | Gap | Anomaly]:
        from driftseal.collect.images import layers, manifest, walk

        try:
            data = known.data if known.store is not None else self._there(known.name)
            read = manifest.parse(data, target.reference, self.context.limits)
        except TargetError as cause:
            why = str(cause).removeprefix(f"{target.reference}: ")
            yield Gap(target.reference, target.reference, f"{why}; {cause.hint}" if cause.hint else why)
            return
        told = layers.Told()
        if known.store is not None:
            yield from layers.oddities(read, target.reference)
            yield from self._local(target, known.name, known.store, read, told)
        else:
            with self._registry(known.name) as registry:
                yield from walk.Walker(registry, target.reference, self.context).model(read, told)
        self.context.readings[target.identity] = told.readings
        yield layers.model_item(read, told, target.reference, {})

    def _local(self, target: Target, name: Name, store: Path, read: Manifest, told: Told) -> Iterator[Item | Gap]:
        from driftseal.collect.images import layers
        from driftseal.collect.models import stream, tree

        limits = self.context.limits
        mend = f"fetch it again: ollama pull {name}"
        own = list(layers.named(read))
        if read.config is not None:
            try:
                told.config = self._configuration(store, read.config)
            except TargetError as cause:
                yield Gap(target.reference, "config", f"{str(cause).removeprefix('config: ')}; {mend}")
        members = []
        for one in own:
            path = _blob(store, one.blob)
            members.append(tree.Member(one.name, path, "" if paths.is_file(path) else f"it does not lie here; {mend}"))
        yield from layers.things(own, stream.measure(members, limits), target.reference, mend, told, limits)

    def _configuration(self, store: Path, config: Descriptor) -> Json:
        from driftseal.collect.images import layers

        data = paths.read(_blob(store, config), "config", self.context.limits)
        if Digest.of(data) != config.digest:
            raise TargetError("its bytes are not those that the manifest names")
        return layers.configuration(data, "config", self.context.limits)


def _blob(store: Path, blob: Descriptor) -> Path:
    return store / "blobs" / f"{blob.digest.algorithm}-{blob.digest.value}"
