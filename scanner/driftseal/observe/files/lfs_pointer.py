"""Pointers of Git LFS, which lie where a model should when its content was not fetched.

Fact ``content-not-present``: with the digest of what is missing. Property ``lfs``: its ``oid`` and ``size``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files.base import Analyser, Blank, Budget, Fact, Property, Seen

_VERSION: Final = b"version https://git-lfs.github.com/spec/"
_LONGEST: Final = 1024
"""Bytes of a pointer, as Git LFS bounds it."""
_OID: Final = re.compile(rb"^oid (sha256:[0-9a-f]{64})$", re.MULTILINE)
_SIZE: Final = re.compile(rb"^size ([0-9]{1,19})$", re.MULTILINE)


class LfsPointer(Analyser):
    """See the module."""

    name: ClassVar[str] = "lfs_pointer"

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        return head.startswith(_VERSION) and blob.size < _LONGEST

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        if not budget.spend():
            return
        data = blob.read_at(0, _LONGEST)
        oid, size = _OID.search(data), _SIZE.search(data)
        told = oid[1].decode() if oid else "no digest"
        yield Fact("content-not-present", f"a pointer of Git LFS to {told}", subject=told)
        yield Property("lfs", {"oid": told, "size": int(size[1]) if size else 0})
        yield Blank("its content is not here; fetch it with git lfs pull")
