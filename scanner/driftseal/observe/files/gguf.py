"""GGUF: metadata, chat templates and tensors of llama.cpp, Ollama and their like.

Facts, beside ``trailing-data``:

- ``gguf-overflow``: a count, length, dimension or product that the file has no room for or that overflows in C.
- ``gguf-malformed``: no such version or type, arrays too deep in one another, an odd alignment or offset.
- ``gguf-beyond-end``: a tensor ends behind the end of the file (cut off, or a number that leads out).
- ``gguf-overlap``: bytes of two tensors.
- ``gguf-duplicate-key``: a key or tensor that stands twice, of which readers take different ones.
- ``gguf-unknown-type``: a tensor's type that is not known; ``gguf-unread``: more entries than are read.

Properties: ``metadata`` (long arrays by count and digest), ``tensors`` (name to type and shape), ``architecture`` and
``template`` for every chat template, with its key. Templates are files within the file, read as ``jinja``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import gguf
from driftseal.formats.blob import Blob
from driftseal.formats.gguf import Contents
from driftseal.model.item import Json
from driftseal.observe.files._archive import trailing
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen

_TEMPLATE: Final = "tokenizer.chat_template"


class Gguf(Analyser):
    """See the module."""

    name: ClassVar[str] = "gguf"
    suffixes: ClassVar[frozenset[str]] = frozenset({".gguf"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return head.startswith(gguf.MAGIC) and blob.size > len(gguf.MAGIC)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        found = gguf.read(blob, budget.limits)
        if not budget.spend(len(found.tensors) + len(found.metadata)):
            return
        for odd in found.oddities:
            yield Fact(odd.name, odd.evidence, odd.offset, subject=odd.subject)
        yield from _properties(found, budget)
        yield from _templates(blob, found)
        if found.unread:
            yield Blank(found.unread)
            return
        if any(odd.name == "gguf-beyond-end" for odd in found.oddities):
            yield Blank("the file ends within its tensors")
        yield from trailing(blob, found.end)


def _properties(found: Contents, budget: Budget) -> Iterator[Seen]:
    most = budget.limits.stated_entries
    if len(found.metadata) <= most:
        yield Property("metadata", found.metadata)
    else:
        yield Blank("more metadata than limits.stated_entries")
    architecture = found.metadata.get("general.architecture")
    if isinstance(architecture, str):
        yield Property("architecture", architecture)
    stated: Json = {"count": len(found.tensors)}
    if len(found.tensors) <= most:
        stated = {tensor.name: {"type": tensor.kind, "shape": list(tensor.shape)} for tensor in found.tensors}
    yield Property("tensors", stated)


def _templates(blob: Blob, found: Contents) -> Iterator[Seen]:
    for key, (offset, length) in found.places.items():
        if key.startswith(_TEMPLATE):
            yield Property("template", {"key": key, "text": found.metadata[key]})
            yield Embedded(key, blob.part(offset, length), hint="jinja")
