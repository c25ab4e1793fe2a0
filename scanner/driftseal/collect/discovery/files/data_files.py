"""Data that other files stand for: DVC's pointers, Croissant descriptions, and pointers of Git LFS to weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.canonical import escape_pointer
from driftseal.collect.discovery.base import FileFinder, Sighting, Source
from driftseal.collect.discovery.files import _documents
from driftseal.collect.discovery.files._models import HUB
from driftseal.collect.discovery.files._packages import basename
from driftseal.collect.models.tree import WEIGHTS
from driftseal.formats.base import Document
from driftseal.limits import Limits
from driftseal.model.item import ItemKind, Json

_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\r?\noid sha256:([0-9a-f]{64})\r?\nsize ([0-9]{1,15})\s*"
)
_LARGEST_POINTER: Final = 1024
"""Git LFS gives its pointers fewer bytes than these."""
_HUB_DATASET: Final = re.compile(r"https://huggingface\.co/datasets/([\w.-]{1,96}/[\w.-]{1,96})/?")
_NAME: Final = re.compile(r"[^\x00-\x1f]{1,200}")


class DataFiles(FileFinder):
    """See the module."""

    name: ClassVar[str] = "data_files"

    def wants(self, path: str) -> bool:
        """See ``FileFinder.wants``."""
        name = basename(path)
        return name.endswith((".dvc", "croissant.json")) or _is_weights(name)

    def takes(self, size: int, limits: Limits) -> bool:
        """See ``FileFinder.takes``: what is larger than a pointer is the data itself, or no description of it."""
        return size <= min(limits.slow_text_bytes, limits.file_bytes)

    def look(self, source: Source) -> Iterator[Sighting]:
        """See ``FileFinder.look``."""
        name = basename(source.path)
        if name.endswith(".dvc"):
            yield from _dvc(source)
        elif name.endswith("croissant.json"):
            yield from _croissant(source.document)
        elif len(source.data) <= _LARGEST_POINTER and (found := _POINTER.fullmatch(source.data)):
            content: dict[str, Json] = {
                "sha256": found[1].decode(),
                "size": int(found[2]),
                "format": name.rpartition(".")[2],
                "storage": "git-lfs",
            }
            yield Sighting(ItemKind.MODEL_FILE, source.path, content, line=1)


def _is_weights(name: str) -> bool:
    dot = name.rfind(".")
    return dot >= 0 and (name[dot:] in WEIGHTS or name[dot:] == ".bin")


def _dvc(source: Source) -> Iterator[Sighting]:
    """What DVC keeps: weights are files of models, anything else is data."""
    document = _documents.first(source)
    outs = document.value.get("outs") if isinstance(document.value, dict) else None
    folder = source.path.rpartition("/")[0]
    for index, about in enumerate(outs if isinstance(outs, list) else []):
        path = about.get("path") if isinstance(about, dict) else None
        if not isinstance(about, dict) or not isinstance(path, str) or not _NAME.fullmatch(path) or ".." in path:
            continue
        told = f"{folder}/{path}" if folder else path
        line = document.line(f"/outs/{index}/path")
        content: dict[str, Json] = {"storage": "dvc"}
        content |= {key: value for key in ("md5", "size") if isinstance(value := about.get(key), str | int)}
        if _is_weights(path.lower()):
            yield Sighting(ItemKind.MODEL_FILE, told, content | {"format": path.rpartition(".")[2]}, line=line)
        else:
            yield Sighting(ItemKind.DATASET, f"dvc:{told}", content | {"provider": "dvc", "id": told}, line=line)


def _croissant(document: Document) -> Iterator[Sighting]:
    value = document.value if isinstance(document.value, dict) else {}
    told = value.get("conformsTo", value.get("dct:conformsTo"))
    name, url = value.get("name"), value.get("url")
    if "croissant" not in f"{told} {value.get('@context')}" or not isinstance(name, str) or not _NAME.fullmatch(name):
        return
    found = _HUB_DATASET.fullmatch(url) if isinstance(url, str) else None
    provider, known = (HUB, found[1]) if found else ("croissant", name)
    content: dict[str, Json] = {"provider": provider, "id": known}
    for key in ("license", "version"):
        if isinstance(value.get(key), str):
            content[key] = value[key]
    line = document.line(f"/{escape_pointer('name')}")
    yield Sighting(ItemKind.DATASET, f"{provider}:{known}", content, line=line, symbol="name")
