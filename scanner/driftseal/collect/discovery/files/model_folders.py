"""Files that stand beside weights and say what those were made from: adapters, configurations, pipelines, MLflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents, _models
from driftseal.collect.discovery.files._packages import basename
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import Json

_JSON: Final[dict[str, tuple[str, ...]]] = {
    "adapter_config.json": ("/base_model_name_or_path",),
    "config.json": ("/_name_or_path",),
    "model_index.json": ("/_name_or_path",),
    "tokenizer_config.json": ("/name_or_path",),
    "config_sentence_transformers.json": ("/base_model",),
}
_MLMODEL: Final = ("source_model_name", "pretrained_model", "hf_model")
_CONFIDENCE: Final = 0.8


class ModelFolders(FileFinder):
    """See the module."""

    name: ClassVar[str] = "model_folders"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name in _JSON or path.rpartition("/")[2] == "MLmodel"

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``: a tokenizer's configuration may be large, others are data."""
        return size <= limits.slow_text_bytes

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        name = basename(source.path)
        if name == "mlmodel":
            document = _documents.first(source)
            value = document.value if isinstance(document.value, dict) else {}
            flavors = value.get("flavors")
            for flavor, about in flavors.items() if isinstance(flavors, dict) else []:
                for key in _MLMODEL if isinstance(about, dict) else ():
                    yield from _at(
                        document, f"/flavors/{flavor}/{key}", about.get(key) if isinstance(about, dict) else None
                    )
        elif b"name_or_path" in source.data or b"base_model" in source.data:
            document = source.document
            value = document.value if isinstance(document.value, dict) else {}
            for pointer in _JSON[name]:
                yield from _at(document, pointer, value.get(pointer[1:]))


def _at(document: Document, pointer: str, value: Json) -> Iterator[Sighting]:
    model = _models.hub(value) if isinstance(value, str) else None
    if model is not None:
        symbol = pointer.rpartition("/")[2]
        yield _models.sighting(model, line=document.line(pointer), symbol=symbol, confidence=_CONFIDENCE)
