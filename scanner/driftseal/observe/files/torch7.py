"""Files of Torch 7: Lua's objects, functions among them, which are made again of the bytecode that they bring along.

Facts:

- ``torch7-code``: bytecode of Lua, or the name of one of its functions that runs programs or more code (subject: it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from driftseal.formats.blob import Blob
from driftseal.observe.files._found import signs
from driftseal.observe.files.base import Analyser, Budget, Seen

_HEADER: Final = re.compile(rb"\x04\0\0\0.{4}\x03\0\0\0V \d|4\n\d{1,9}\n3\nV \d", re.DOTALL)
"""An object of a class of torch, in binary and as text."""
_CODE: Final = re.compile(
    rb"(\x1bLua|\x1bLJ|\bos\s{0,9}\.\s{0,9}execute|\bos\s{0,9}\[\s{0,9}['\"]execute|\bio\s{0,9}\.\s{0,9}popen|\bloadstring\b"
    rb"|\bdofile\b|\bloadfile\b|\bpackage\.loadlib|\bffi\.(?:load|cdef)|\bos\.(?:remove|rename|getenv))"
)


class Torch7(Analyser):
    """See the module."""

    name: ClassVar[str] = "torch7"
    suffixes: ClassVar[frozenset[str]] = frozenset({".t7"})

    def claims(self, head: bytes, blob: Blob) -> bool:
        """See ``Analyser.claims``."""
        del blob
        return _HEADER.match(head) is not None

    def read(self, blob: Blob, name: str, budget: Budget) -> Iterator[Seen]:
        """See ``Analyser.read``."""
        del name
        yield from signs(blob, _CODE, "torch7-code", budget)
