"""What the files of a model state of it: its card's front matter, its configuration, the headers of its weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from driftseal.model.item import Item, ItemKind, Json
from driftseal.model.snapshot import Snapshot
from driftseal.narrow import text_or_empty

if TYPE_CHECKING:
    from driftseal.observe.files.base import Reading

_CARD: Final = "README.md"
_CONFIG: Final = "config.json"
_ADAPTER: Final = "adapter_config.json"
_TOKENIZER: Final = "tokenizer_config.json"
_FLOATS: Final = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})
"""Types of which one element is one parameter; integers hold several packed ones, or none."""
_MOST_SIZES: Final = 16
"""Dimensions of a tensor."""
_MOST_TOKENS: Final = 1 << 40
"""A length above this says that there is none: tokenizers write 10**30 for it."""


def _nothing() -> Mapping[str, Json]:
    return {}


@dataclass(frozen=True, slots=True)
class Header:
    """What one file of weights states."""

    name: str
    metadata: Mapping[str, Json]
    tensors: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Stated:
    """Everything that a model states, by where it does."""

    whole: Mapping[str, Json] = field(default_factory=_nothing)
    """The content of the model's own item."""
    card: Mapping[str, Json] = field(default_factory=_nothing)
    config: Mapping[str, Json] = field(default_factory=_nothing)
    adapter: Mapping[str, Json] = field(default_factory=_nothing)
    tokenizer: Mapping[str, Json] = field(default_factory=_nothing)
    headers: tuple[Header, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Path of the card, the configuration and so on, by their last names."""

    def first(self, *places: tuple[str, str]) -> tuple[Json, str]:
        """The first value that is there, and the file that states it; ``("card", "license")`` names a place."""
        for part, key in places:
            for name, told in self._part(part):
                if told.get(key) not in (None, "", [], {}):
                    return told[key], name
        return None, ""

    def _part(self, part: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        if part == "card":
            yield self.names.get(_CARD, ""), self.card
        elif part == "config":
            yield self.names.get(_CONFIG, ""), self.config
            # Models of several media keep what is said of the language model one level below.
            for key in ("text_config", "llm_config", "language_config"):
                yield self.names.get(_CONFIG, ""), _object(self.config.get(key))
        elif part == "adapter":
            yield self.names.get(_ADAPTER, ""), self.adapter
        elif part == "tokenizer":
            yield self.names.get(_TOKENIZER, ""), self.tokenizer
        elif part == "header":
            yield from ((header.name, header.metadata) for header in self.headers)
        else:
            yield "", self.whole

    @property
    def architecture(self) -> str:
        """What GGUF calls the architecture: its further keys begin with it."""
        told, _ = self.first(("header", "general.architecture"))
        return told if isinstance(told, str) else ""

    def parameters(self) -> tuple[int, str]:
        """How many parameters there are by the shapes of all tensors, and the first file that shows it.

        Zero where a file of weights does not show its tensors, or where numbers are packed.
        """
        total = 0
        for header in self.headers:
            for tensor in header.tensors.values():
                count = _elements(tensor)
                if count is None:
                    return 0, ""
                total += count
            if not header.tensors:
                return 0, ""
        return (total, self.headers[0].name) if total else (0, "")


def stated(snapshot: Snapshot, readings: Mapping[str, Reading]) -> Stated:
    """What the model of this target states; ``readings`` by the keys of its items, as its collector left them."""
    documents: dict[str, Json] = {}
    names: dict[str, str] = {}
    headers: list[Header] = []
    whole: Mapping[str, Json] = {}
    # A file of the model's own folder comes before one of a folder below, which may be of another model.
    for item in sorted(snapshot.items, key=lambda item: (item.name.count("/"), item.name)):
        content = _object(item.content)
        if item.kind is ItemKind.MODEL:
            whole = content
        elif item.kind is ItemKind.MODEL_FILE:
            last = PurePosixPath(item.name).name
            if "document" in content and last not in documents:
                documents[last], names[last] = content["document"], item.name
            headers += _header(item, content, readings.get(item.key))
    return Stated(
        whole,
        _object(documents.get(_CARD)),
        _object(documents.get(_CONFIG)),
        _object(documents.get(_ADAPTER)),
        _object(documents.get(_TOKENIZER)),
        tuple(headers),
        names,
    )


def _header(item: Item, content: Mapping[str, Json], reading: Reading | None) -> Iterator[Header]:
    if text_or_empty(content.get("format")) not in {"safetensors", "gguf"}:
        return
    # An item holds a digest in place of what is large; what was read of the file holds it all.
    kept = reading.properties if reading is not None else ()
    told = {one.name: one.value for one in kept if not one.path} or _object(content.get("properties"))
    tensors = _object(told.get("tensors"))
    shown = tensors if all(isinstance(one, dict) for one in tensors.values()) else {}
    yield Header(item.name, _object(told.get("metadata")), shown)


def _elements(tensor: Json) -> int | None:
    told = _object(tensor)
    shape = told.get("shape")
    if not isinstance(shape, list) or text_or_empty(told.get("dtype", "F32")) not in _FLOATS:
        return None
    sizes = [size for size in shape if isinstance(size, int)]
    # Whoever writes a file may state thousands of dimensions, each of any size.
    whole = len(sizes) == len(shape) <= _MOST_SIZES
    return math.prod(sizes) if whole and all(0 <= size < _MOST_TOKENS for size in sizes) else None


def count(value: Json) -> str:
    """A length or a number of things as text; empty for what is none, or stands for «no limit»."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MOST_TOKENS:
        return ""
    return str(int(value)) if value == int(value) else ""


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
