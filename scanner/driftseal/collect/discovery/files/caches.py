"""Caches of models inside a tree, told by their paths: Hugging Face, torch hub, LM Studio, Whisper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _models
from driftseal.collect.discovery.files._models import HUB, Model
from driftseal.model.item import ItemKind, Json

_HUB: Final = re.compile(r"(?:.*/)?(models|datasets)--([\w.-]+?)/snapshots/([0-9a-f]{40})/.*")
_TORCH: Final = re.compile(r"(?:.*/)?torch/hub/([A-Za-z0-9.-]++)_([\w.-]+)_([A-Za-z0-9.-]+)/hubconf\.py")
_LM_STUDIO: Final = re.compile(
    r"(?:.*/)?\.?lm-?studio/(?:models|hub/models)/([\w.-]+/[\w.-]+)/[^/]+\.(?:gguf|safetensors)", re.IGNORECASE
)
_WHISPER: Final = re.compile(r"(?:.*/)?\.?cache/whisper/([\w.-]+)\.pt")
_CONFIDENCE: Final = 0.9


class Caches(FileFinder):
    """See the module."""

    name: ClassVar[str] = "caches"
    technique: ClassVar[str] = "filename"
    reads: ClassVar[bool] = False

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        if "--" in path and "/snapshots/" in path:
            return _HUB.fullmatch(path) is not None
        lowered = path.lower()
        return any(mark in lowered for mark in ("torch/hub/", "lm-studio/", "lmstudio/", "cache/whisper/"))

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        path = source.path
        if found := _HUB.fullmatch(path):
            name = found[2].replace("--", "/")
            if found[1] == "models":
                yield _models.sighting(Model(HUB, name, found[3]), confidence=_CONFIDENCE)
            else:
                content: dict[str, Json] = {"provider": HUB, "id": name, "revision": found[3]}
                yield Sighting(ItemKind.DATASET, f"{HUB}:{name}", content, confidence=_CONFIDENCE)
        elif found := _TORCH.fullmatch(path):
            yield _models.sighting(Model("torch-hub", f"{found[1]}/{found[2]}"), confidence=_CONFIDENCE)
        elif found := _LM_STUDIO.fullmatch(path):
            yield _models.sighting(Model(HUB, found[1]), confidence=_CONFIDENCE)
        elif found := _WHISPER.fullmatch(path):
            yield _models.sighting(Model("openai-whisper", found[1]), confidence=_CONFIDENCE)
