"""NumPy arrays in a file, ``.npy``; those of an ``.npz`` are members of a ZIP file.

Facts, beside ``trailing-data``:

- ``numpy-objects``: an array of Python objects, which is a pickle; it is read as a file within the file.
- ``numpy-header``: a header that is more than the plain literal that NumPy writes, or none.
- ``numpy-truncated``: fewer bytes than type and shape take.

Property ``array``: type and shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from driftseal.formats import numpy_array
from driftseal.formats.blob import Blob
from driftseal.observe.files._archive import trailing
from driftseal.observe.files.base import Analyser, Blank, Budget, Embedded, Fact, Property, Seen


class Numpy(Analyser):
    """See the module."""

    name: ClassVar[str] = "numpy"
    suffixes: ClassVar[frozenset[str]] = frozenset({".npy"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return head.startswith(numpy_array.MAGIC) and blob.size > len(numpy_array.MAGIC)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if not budget.spend():
            return
        try:
            header = numpy_array.read(blob)
        except numpy_array.Malformed as cause:
            yield Fact("numpy-header", str(cause))
            yield Blank(f"the array's header: {cause}")
            # Whatever it is, a pickle may stand behind it.
            yield Embedded("#behind-header", blob.part(len(numpy_array.MAGIC), blob.size))
            return
        yield Property("array", {"descr": header.descr, "shape": list(header.shape)})
        if header.objects:
            yield Fact("numpy-objects", f"an array of Python objects, {header.descr}", header.start)
            yield Embedded("objects", blob.part(header.start, blob.size), hint="pickle")
            return
        size = header.size
        if size is None:
            yield Blank("how many bytes the array takes cannot be told")
        elif header.start + size > blob.size:
            yield Fact("numpy-truncated", f"{blob.size - header.start} of {size} bytes", header.start)
            yield Blank("the file ends within its array")
        else:
            yield from trailing(blob, header.start + size)
