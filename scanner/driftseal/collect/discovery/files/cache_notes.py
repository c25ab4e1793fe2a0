"""Caches of models inside a tree, told by small files in them: references of the hub's cache, manifests of Ollama."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal import canonical
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._models import HUB, Model
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json

_REFERENCE: Final = re.compile(r"(?:.*/)?(models|datasets)--([\w.-]+?)/refs/[^/]+")
_MANIFEST: Final = re.compile(r"(?:.*/)?models/manifests/([\w.-]+)/([\w.-]+)/([\w.-]+)/([\w.-]+)")
_COMMIT: Final = re.compile(rb"[0-9a-f]{40}\s*")
_OLLAMA: Final = "registry.ollama.ai"
_OWN: Final = "library"


class CacheNotes(FileFinder):
    """See the module."""

    name: ClassVar[str] = "cache_notes"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        return ("--" in path and _REFERENCE.fullmatch(path) is not None) or (
            "models/manifests/" in path and _MANIFEST.fullmatch(path) is not None
        )

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``."""
        return size <= limits.metadata_bytes

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        if found := _REFERENCE.fullmatch(source.path):
            if _COMMIT.fullmatch(source.data):
                name, commit = found[2].replace("--", "/"), source.data.strip().decode()
                if found[1] == "models":
                    yield _models.sighting(Model(HUB, name, commit), line=1)
                else:
                    content: dict[str, Json] = {"provider": HUB, "id": name, "revision": commit}
                    yield Sighting(ItemKind.DATASET, f"{HUB}:{name}", content, line=1)
        elif found := _MANIFEST.fullmatch(source.path):
            yield from _pulled(source, *found.groups())


def _pulled(source: Source, host: str, owner: str, name: str, tag: str) -> Iterator[Sighting]:
    value = canonical.parse_json(source.data, source.path, source.limits).value
    layers = value.get("layers") if isinstance(value, dict) else None
    digests: list[Json] = []
    for layer in layers if isinstance(layers, list) else []:
        kind = layer.get("mediaType") if isinstance(layer, dict) else None
        if isinstance(layer, dict) and isinstance(kind, str) and kind.endswith(".model"):
            digests.append(str(layer.get("digest")))
    if not digests:
        return
    if host in {"hf.co", "huggingface.co"}:
        model = Model(HUB, f"{owner}/{name}")
    else:
        own = f"{name}:{tag}" if owner == _OWN else f"{owner}/{name}:{tag}"
        model = Model("ollama", own if host == _OLLAMA else f"{host}/{own}")
    yield _models.sighting(model, line=1, more={"files": digests})
