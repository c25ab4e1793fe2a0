"""7z and RAR archives, which nothing here unpacks; malicious models have come as such under names of torch files.

Fact ``content-not-readable``: what lies inside was not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Seen

_KINDS: Final = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR"}
# A first byte that was changed keeps lenient unpackers from nothing.
_BROKEN: Final = b"z\xbc\xaf\x27\x1c"


class SevenZip(Analyser):
    """See the module."""

    name: ClassVar[str] = "seven_zip"
    suffixes: ClassVar[frozenset[str]] = frozenset({".7z", ".rar"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return blob.size > len(_BROKEN) and (head.startswith(tuple(_KINDS)) or head[1:6] == _BROKEN)

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if budget.spend():
            head = blob.read_at(0, 8)
            kind = next((word for magic, word in _KINDS.items() if head.startswith(magic)), "7z")
            yield Fact("content-not-readable", f"a {kind} archive", subject=kind)
            yield Blank(f"{kind} archives are not unpacked")
