"""Safetensors: nothing in it runs, so that what matters is whether something else hides in it.

Facts, beside ``trailing-data``:

- ``safetensors-header-length``: the header would be longer than the file, or than readers take.
- ``safetensors-header-syntax``: no JSON object, or other bytes around it.
- ``safetensors-duplicate-key``: a name that stands twice, of which readers take different ones.
- ``safetensors-tensor-invalid``: an entry without type, shape or place, or with more than these.
- ``safetensors-size-differs``: bytes that are more or fewer than type and shape take.
- ``safetensors-overlap``, ``safetensors-hole``, ``safetensors-beyond-end``: bytes of two tensors, of none, not there.
- ``safetensors-metadata-type``: metadata that is other than text.
- ``metadata-holds-code``: metadata that looks like a program or a pickle (subject: its key).

Properties: ``metadata``, ``tensors`` (name to type and shape; past ``limits.stated_entries`` their number alone).
Holes, trailing bytes, and tensors that begin as a program or an archive does, are read as files within the file. Of a
file that is read from afar, tensors are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import safetensors
from driftseal.formats.blob import Blob
from driftseal.formats.pickle import pickled_inside
from driftseal.formats.safetensors import Header
from driftseal.model.item import Json
from driftseal.observe.files import _graph
from driftseal.observe.files._archive import Once, begins_as_file, trailing
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen

_SHOWN: Final = 200
_SHARED: Final = "tensors share more bytes than are read again (limits.unpacked_bytes)"


class Safetensors(Analyser):
    """See the module."""

    name: ClassVar[str] = "safetensors"
    suffixes: ClassVar[frozenset[str]] = frozenset({".safetensors"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return safetensors.looks_like(head, blob.size)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        found = safetensors.read(blob, budget.limits)
        if not budget.spend(len(found.tensors)):
            return
        for odd in found.oddities:
            yield Fact(odd.name, odd.evidence, odd.offset, subject=odd.subject)
        for offset, length in found.holes:
            yield Embedded(f"#hole-{offset}", blob.part(offset, length))
        if found.unread:
            yield Blank(found.unread)
            return
        yield from _properties(found, budget)
        once = Once(blob.size)
        for tensor in found.tensors[: 0 if blob.distant else budget.limits.stated_entries]:
            if begins_as_file(blob.read_at(tensor.start, 8)):
                part = blob.part(tensor.start, tensor.end - tensor.start)
                yield Embedded(tensor.name, part) if once.allows(part.size, budget) else Blank(_SHARED, tensor.name)
        if any(odd.name == "safetensors-beyond-end" for odd in found.oddities):
            yield Blank("the file ends within its tensors")
        yield from trailing(blob, found.end)


def _properties(found: Header, budget: Budget) -> Iterator[Seen]:
    for key, value in list(found.metadata.items())[: budget.limits.stated_entries]:
        if isinstance(value, str) and (_graph.looks_like_code(value) or pickled_inside(value)):
            yield Fact("metadata-holds-code", f"{key}: {value[:_SHOWN]}", subject=key)
    if found.metadata:
        if len(found.metadata) <= budget.limits.stated_entries:
            yield Property("metadata", found.metadata)
        else:
            yield Blank("more metadata than limits.stated_entries")
    stated: Json = {"count": len(found.tensors)}
    if len(found.tensors) <= budget.limits.stated_entries:
        stated = {tensor.name: {"dtype": tensor.dtype, "shape": list(tensor.shape)} for tensor in found.tensors}
    yield Property("tensors", stated)
