"""A model in a registry, from its manifest or index down to every layer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from driftseal.collect.images import layers, manifest, remote
from driftseal.errors import TargetError
from driftseal.model.item import Anomaly, Gap, Item

if TYPE_CHECKING:
    from driftseal.collect.base import Context
    from driftseal.collect.images.layers import Told
    from driftseal.collect.images.manifest import Descriptor, Manifest
    from driftseal.collect.images.registry import Registry

_EMPTY: Final = "application/vnd.oci.empty.v1+json"
_MEND: Final = "fetch it again"


class Walker:
    """Reads one model of one repository."""

    def __init__(self, registry: Registry, reference: str, context: Context) -> None:
        self._registry = registry
        self._reference = reference
        self._context = context
        self._limits = context.limits
        self._left = context.limits.remote_files

    def model(self, top: Manifest, told: Told) -> Iterator[Item | Gap | Anomaly]:
        """Every layer of a manifest; of an index those of each manifest, in a folder named by its platform."""
        waiting = deque([(top, "", 0)])
        while waiting:
            one, folder, depth = waiting.popleft()
            yield from layers.oddities(one, self._reference)
            yield from self._layers(one, folder, told)
            if one.manifests and depth == self._limits.archive_depth:
                yield Gap(self._reference, folder or "index", "indexes are nested too deep (limits.archive_depth)")
                continue
            taken: set[str] = set()
            for number, child in enumerate(one.manifests, start=1):
                name = child.platform or f"manifest-{number}"
                name = f"{name}-{number}" if name in taken else name
                taken.add(name)
                if not self._is_left():
                    yield Gap(self._reference, folder + name, "more manifests than are fetched (limits.remote_files)")
                    break
                try:
                    waiting.append((self._child(child, folder + name), f"{folder}{name}/", depth + 1))
                except TargetError as cause:
                    yield Gap(self._reference, folder + name, _why(cause, folder + name))

    def _child(self, child: Descriptor, name: str) -> Manifest:
        return manifest.parse(self._registry.manifest(str(child.digest), name), name, self._limits)

    def _is_left(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _layers(self, one: Manifest, folder: str, told: Told) -> Iterator[Item | Gap]:
        if one.config is not None and one.config.media_type != _EMPTY:
            yield from self._configuration(one.config, folder, told)
        own = list(layers.named(one, folder))
        kept = [layer for layer in own if self._is_left()]
        if len(kept) < len(own):
            yield Gap(self._reference, folder or "layers", "more layers than are fetched (limits.remote_files)")
        whole = self._context.consent.download
        seen = remote.measure(self._registry, self._told(kept), self._limits, whole=whole)
        yield from layers.things(kept, seen, self._reference, _MEND, told, self._limits)

    def _told(self, kept: list[layers.Layer]) -> Iterator[layers.Layer]:
        for layer in kept:
            self._context.progress(f"fetches {layer.name}")
            yield layer

    def _configuration(self, config: Descriptor, folder: str, told: Told) -> Iterator[Gap]:
        name = f"{folder}config"
        if config.size > self._limits.model_text_bytes:
            why = f"larger than {self._limits.model_text_bytes} bytes (limits.model_text_bytes)"
            yield Gap(self._reference, name, why)
            return
        try:
            said = layers.configuration(self._registry.blob(config, name), name, self._limits)
        except TargetError as cause:
            yield Gap(self._reference, name, _why(cause, name))
            return
        if not folder:
            told.config = said
        else:
            several = told.config if isinstance(told.config, dict) else {}
            told.config = {**several, folder.rstrip("/"): said}


def _why(cause: TargetError, name: str) -> str:
    told = str(cause).removeprefix(f"{name}: ")
    return f"{told}; {cause.hint}" if cause.hint else told
