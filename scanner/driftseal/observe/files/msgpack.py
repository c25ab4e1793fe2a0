"""MessagePack, as Flax writes its parameters: values alone, and names of Python's machinery are none of them.

Facts:

- ``msgpack-code``: a text that is code, or a name that makes readers run some (subject: it).

Pickles among the values are read as files within the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats import pickle
from driftseal.formats.blob import Blob
from driftseal.observe.files._found import signs
from driftseal.observe.files.base import Analyser, Budget, Embedded, Seen

_CODE: Final = re.compile(
    rb"(__(?:reduce(?:_ex)?|import|globals|builtins|class|getattr|setstate|call|code)__|\bos\.(?:system|popen|exec\w{1,4})\b"
    rb"|\bsubprocess\b|\b(?:eval|exec|compile)\s{0,9}\(|\bpickle\.loads?\b|\bimport\s{1,9}(?:os|sys|socket|subprocess)\b"
    rb"|\bmarshal\.loads\b|\bhost_callback\b|\bpure_callback\b|\bio_callback\b)"
)


class Msgpack(Analyser):
    """See the module."""

    name: ClassVar[str] = "msgpack"
    suffixes: ClassVar[frozenset[str]] = frozenset({".msgpack", ".flax"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``. Nearly any bytes are MessagePack."""
        del head, blob
        return False

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        yield from signs(blob, _CODE, "msgpack-code", budget)
        start = pickle.next_call(blob, 0)
        if start is not None:
            yield Embedded(f"pickle@{start}", blob.part(start, blob.size - start), "pickle")
